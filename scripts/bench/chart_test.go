package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// drawn is a chart as text, which is well-formed and holds no number that is none.
func drawn(t *testing.T, c *chart) string {
	t.Helper()
	var b strings.Builder
	if err := c.write(&b); err != nil {
		t.Fatal(err)
	}
	for decoder := xml.NewDecoder(strings.NewReader(b.String())); ; {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, b.String())
		}
	}
	for _, none := range []string{"NaN", "Inf"} {
		if strings.Contains(b.String(), none) {
			t.Errorf("%s in\n%s", none, b.String())
		}
	}
	return b.String()
}

// The longest bar is that of the greatest figure; a median's mark is its bar's end.
func TestBars(t *testing.T) {
	t.Parallel()
	text := drawn(t, &chart{title: "A & B", unit: "photos/s", bars: []bar{
		{name: "vitrine <1>", figures: figures{8, 10, 9}, ours: true}, {name: "peer", figures: figures{4.5, 4.5, 4.5}},
	}})
	for _, want := range []string{
		"A &amp; B", "vitrine &lt;1&gt;",
		`width="378.0" height="18" fill="` + ourColour, // 9 of 10, of 420 px
		`width="189.0" height="18" fill="` + otherColour,
		`d="M586.0 56.0H670.0`, // from 8 to 10
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// Charts of nothing, and of one point, are drawn as well.
func TestScantCharts(t *testing.T) {
	t.Parallel()
	drawn(t, &chart{bars: []bar{{name: "nothing", figures: figures{0}}}})
	drawn(t, &chart{curves: []curve{{name: "one", points: []point{{at: 1, figures: figures{3}}}}}})
	drawn(t, &chart{curves: []curve{{name: "two", points: []point{{at: 1, figures: figures{0}}, {at: 100, figures: figures{0}}}}}})
}

func TestShort(t *testing.T) {
	t.Parallel()
	for value, want := range map[float64]string{0.1234: "0.123", 12.34: "12.3", 123.4: "123", 1234: "1234", 12345: "12.3k", 1e6: "1M"} {
		if got := short(value); got != want {
			t.Errorf("%v reads %s, want %s", value, got, want)
		}
	}
}
