package main

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// The chart's frame, px, and the seconds at the ends of its upright axis.
const (
	chartWidth, chartHeight  = 760, 360
	chartLeft, chartRight    = 70, 740
	chartTop, chartBottom    = 60, 320
	chartLowest, chartUpmost = 0.5, 20000
)

// line is a curve of the chart: a p95 for each hour.
type line struct {
	name, colour, dashes string
	hours                [24]float64 // seconds, 0 for none
}

// writeChart draws two days, one without the rule about bulk and one with it,
// as an SVG: how long a PUT took to be published, by the hour in which it came.
func writeChart(w io.Writer, without, with *Outcome) error {
	lines := []line{
		{name: "edits of small accounts, bulk doesn't yield", colour: "#c0392b"},
		{name: "edits of small accounts, bulk yields", colour: "#2471a3"},
		{name: "bulk that doesn't yield", colour: "#c0392b", dashes: "4 4"},
		{name: "bulk that yields", colour: "#2471a3", dashes: "4 4"},
	}
	for hour := range 24 {
		for i, o := range []*Outcome{without, with} {
			edits, bulk := o.hour(hour)
			lines[i].hours[hour], lines[i+2].hours[hour] = edits.quantile(0.95), bulk.quantile(0.95)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", chartWidth, chartHeight)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", chartWidth, chartHeight)
	fmt.Fprintf(&b, `<text x="%d" y="18" font-weight="bold">From PUT to published, p95, by the hour of the PUT: %d listings, %d nodes of %d cores</text>`+"\n",
		chartLeft, with.Listings, with.Nodes, with.Cores)
	drawAxes(&b)
	for i, l := range lines {
		drawLine(&b, l, chartLeft+(i%2)*350, 36+(i/2)*16)
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func drawAxes(b *strings.Builder) {
	for _, tick := range []struct {
		seconds float64
		text    string
	}{{1, "1 s"}, {10, "10 s"}, {60, "1 min"}, {600, "10 min"}, {3600, "1 h"}, {14400, "4 h"}} {
		y := chartY(tick.seconds)
		fmt.Fprintf(b, `<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n",
			chartLeft, y, chartRight, chartLeft-8, y+4, tick.text)
	}
	for hour := 0; hour < 24; hour += 2 {
		fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="middle">%02d</text>`+"\n", chartX(hour), chartBottom+20, hour)
	}
}

// drawLine draws a curve, and its name at x, y. It has gaps where nothing came.
func drawLine(b *strings.Builder, l line, x, y int) {
	style := fmt.Sprintf(`fill="none" stroke="%s" stroke-width="2" stroke-dasharray="%s"`, l.colour, l.dashes)
	if l.dashes == "" {
		style = fmt.Sprintf(`fill="none" stroke="%s" stroke-width="2"`, l.colour)
	}
	fmt.Fprintf(b, `<path d="M%d %dh24" %s/><text x="%d" y="%d">%s</text>`+"\n", x, y-4, style, x+30, y, l.name)
	var path strings.Builder
	pen := "M"
	for hour, seconds := range l.hours {
		if seconds == 0 {
			pen = "M"
			continue
		}
		fmt.Fprintf(&path, "%s%.1f %.1f", pen, chartX(hour), chartY(seconds))
		if pen = "L"; hour == 0 || l.hours[hour-1] == 0 {
			path.WriteString("h4") // an hour alone is seen too
		}
	}
	fmt.Fprintf(b, `<path d="%s" %s/>`+"\n", path.String(), style)
}

func chartX(hour int) float64 {
	return chartLeft + (float64(hour)+0.5)*(chartRight-chartLeft)/24
}

func chartY(seconds float64) float64 {
	share := math.Log(seconds/chartLowest) / math.Log(chartUpmost/chartLowest)
	return chartBottom - max(0, min(share, 1))*(chartBottom-chartTop)
}
