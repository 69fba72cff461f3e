package main

import (
	"fmt"
	"html"
	"io"
	"math"
	"strings"
)

// Colours of the charts: vitrine's and the others'. Both stand out on white and
// on black, as the background is the page's.
const (
	ourColour   = "#0b7a75"
	otherColour = "#8a94a0"
	inkColour   = "#7a7f87"
)

// Measures of the charts, px.
const (
	chartWidth  = 760
	labelWidth  = 250 // of the bars' names
	valueWidth  = 90  // room for the figure behind a bar
	rowHeight   = 26
	titleHeight = 44
	curveHeight = 320
)

// write draws the chart as an SVG.
func (c *chart) write(w io.Writer) error {
	var b strings.Builder
	height := titleHeight + len(c.bars)*rowHeight + 10
	if len(c.curves) > 0 {
		height = titleHeight + curveHeight
	}
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" fill="%s" role="img">`+"\n", chartWidth, height, inkColour)
	fmt.Fprintf(&b, "<title>%s</title>\n", html.EscapeString(c.title))
	fmt.Fprintf(&b, `<text x="8" y="18" font-weight="bold">%s</text><text x="8" y="34">%s</text>`+"\n", html.EscapeString(c.title), html.EscapeString(c.unit))
	if len(c.curves) > 0 {
		c.drawCurves(&b)
	} else {
		c.drawBars(&b)
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// drawBars draws the medians, and lines from the least to the greatest figure.
func (c *chart) drawBars(b *strings.Builder) {
	var greatest float64
	for _, each := range c.bars {
		greatest = max(greatest, each.quantile(1))
	}
	x := func(value float64) float64 {
		return labelWidth + share(value, greatest)*(chartWidth-labelWidth-valueWidth)
	}
	for i, each := range c.bars {
		y := float64(titleHeight + i*rowHeight)
		colour := otherColour
		if each.ours {
			colour = ourColour
		}
		fmt.Fprintf(b, `<text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n", labelWidth-8, y+15, html.EscapeString(each.name))
		fmt.Fprintf(b, `<rect x="%d" y="%.1f" width="%.1f" height="%d" fill="%s"/>`+"\n", labelWidth, y+3, x(each.median())-labelWidth, rowHeight-8, colour)
		low, high := x(each.quantile(0)), x(each.quantile(1))
		fmt.Fprintf(b, `<path d="M%.1f %.1fH%.1fM%.1f %.1fv8M%.1f %.1fv8" stroke="%s" stroke-width="1.5"/>`+"\n", low, y+12, high, low, y+8, high, y+8, inkColour)
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f">%s</text>`+"\n", high+8, y+16, short(each.median()))
	}
}

// drawCurves draws medians over a logarithmic axis; the upright one begins at 0.
func (c *chart) drawCurves(b *strings.Builder) {
	const left, right, top, bottom = 60, chartWidth - 160, titleHeight + 10, titleHeight + curveHeight - 40
	lowest, highest, greatest := math.Inf(1), 0.0, 0.0
	for _, each := range c.curves {
		for _, p := range each.points {
			lowest, highest, greatest = min(lowest, p.at), max(highest, p.at), max(greatest, p.quantile(1))
		}
	}
	x := func(at float64) float64 {
		return left + share(math.Log(at/lowest), math.Log(highest/lowest))*(right-left)
	}
	y := func(value float64) float64 { return bottom - share(value, greatest)*(bottom-top) }
	for _, part := range []float64{0, 0.25, 0.5, 0.75, 1} {
		fmt.Fprintf(b, `<path d="M%d %.1fH%d" stroke="%s" stroke-opacity=".25"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n",
			left, y(part*greatest), right, inkColour, left-6, y(part*greatest)+4, short(part*greatest))
	}
	for at := lowest; at <= highest*1.01; at *= 10 {
		fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", x(at), bottom+18, short(at))
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", right, bottom+34, html.EscapeString(c.across))
	for _, each := range c.curves {
		colour := otherColour
		if each.ours {
			colour = ourColour
		}
		var line strings.Builder
		for i, p := range each.points {
			verb := "L"
			if i == 0 {
				verb = "M"
			}
			fmt.Fprintf(&line, "%s%.1f %.1f", verb, x(p.at), y(p.median()))
			fmt.Fprintf(b, `<path d="M%.1f %.1fV%.1f" stroke="%s"/>`+"\n", x(p.at), y(p.quantile(0)), y(p.quantile(1)), colour)
		}
		fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", line.String(), colour)
		last := each.points[len(each.points)-1]
		fmt.Fprintf(b, `<text x="%d" y="%.1f" fill="%s">%s</text>`+"\n", right+8, y(last.median())+4, colour, html.EscapeString(each.name))
	}
}

// share is what part is of a whole, 0 of nothing.
func share(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return part / whole
}

// short is a number with three digits that count, and k or M for thousands and
// millions.
func short(value float64) string {
	switch {
	case value >= 1e6:
		return fmt.Sprintf("%.3gM", value/1e6)
	case value >= 1e4:
		return fmt.Sprintf("%.3gk", value/1e3)
	case value >= 100:
		return fmt.Sprintf("%.0f", value)
	}
	return fmt.Sprintf("%.3g", value)
}
