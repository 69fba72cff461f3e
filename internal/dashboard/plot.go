package dashboard

import (
	"fmt"
	"time"
)

// Measures of a plot, in its own units; the page makes it as wide as there is
// room.
const (
	plotColumns = int(lately / plotStep)
	columnWidth = 10
	plotHeight  = 80
)

// plot is an hour in columns, the newest at the right.
type plot struct {
	Columns []column
	Width   int
	Height  int
	Most    string // what the highest column stands for, "" when all are empty
}

// namedPlot is a plot below the heading of that id.
type namedPlot struct {
	plot
	ID string
}

// column is a step of the hour. Good and bad stand on each other.
type column struct {
	Good, Bad float64

	X              int
	GoodY, GoodTop float64 // where the good begin, and how high they are
	BadY, BadTop   float64
}

func newPlot() plot {
	return plot{Columns: make([]column, plotColumns), Width: plotColumns * columnWidth, Height: plotHeight}
}

// column is the step in which a moment lies, nil for one beyond the plot.
func (p *plot) column(at, since time.Time) *column {
	i := int(at.Sub(since) / plotStep)
	if at.Before(since) || i >= len(p.Columns) {
		return nil
	}
	return &p.Columns[i]
}

// drawn gives the columns their places.
func (p plot) drawn() plot {
	var most float64
	for _, c := range p.Columns {
		most = max(most, c.Good+c.Bad)
	}
	if most == 0 {
		return p
	}
	p.Most = fmt.Sprintf("%.3g", most)
	for i := range p.Columns {
		c := &p.Columns[i]
		c.X = i * columnWidth
		c.GoodTop, c.BadTop = c.Good/most*plotHeight, c.Bad/most*plotHeight
		c.GoodY = plotHeight - c.GoodTop
		c.BadY = c.GoodY - c.BadTop
	}
	return p
}
