package main

// finding is the answer to a section's question.
type finding struct {
	// how tells in Markdown what was measured and what it was measured with.
	how    string
	tables []table
	charts []chart
	// after is Markdown that follows the tables: what the figures mean.
	after string
}

// table is a table of the report; the first column holds names.
type table struct {
	head []string
	rows [][]string
}

// chart is a picture of the report, drawn beside it as benchmarks-NAME.svg.
type chart struct {
	name, title, unit string
	// bars are drawn for their medians, with marks at the least and the greatest figure.
	bars []bar
	// curves are drawn over a logarithmic axis; a chart has either these or bars.
	curves []curve
	across string // what that axis counts
}

// bar is a contender of a chart.
type bar struct {
	name string
	figures
	ours bool // vitrine, drawn in its colour
}

// curve is a contender at several sizes.
type curve struct {
	name   string
	points []point
	ours   bool
}

// point is a curve's figures at one size.
type point struct {
	at float64
	figures
}
