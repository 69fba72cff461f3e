package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine/client"
)

type doctorCommand struct{}

// standingOf is how well something is.
type standingOf string

const (
	well   standingOf = "ok"
	doubts standingOf = "doubt" // it works, but is hardly as it should be
	wrong  standingOf = "wrong"
)

// examined is one thing that was looked at.
type examined struct {
	What     string     `json:"what"`
	Standing standingOf `json:"standing"`
	Says     string     `json:"says"`
	Remedy   string     `json:"remedy,omitempty"`
}

// diagnosis is all that was looked at, up to the first thing without which the
// rest can't be.
type diagnosis struct {
	Server  string         `json:"server"`
	Well    bool           `json:"well"` // nothing is wrong
	Checks  []examined     `json:"checks"`
	Account *client.Agency `json:"account,omitempty"` // whose key it is, with its limits
}

func (d *diagnosis) note(what string, s standingOf, says, remedy string) {
	d.Checks = append(d.Checks, examined{what, s, says, remedy})
}

// Run looks at what a program that sends listings depends on.
func (*doctorCommand) Run(ctx context.Context, cli *commands, out *output) error {
	d := &diagnosis{Server: cli.Server, Checks: []examined{}}
	e := &examination{diagnosis: d, http: &http.Client{Timeout: 10 * time.Second}, server: strings.TrimRight(cli.Server, "/"), key: cli.Key, now: time.Now}
	e.examine(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	d.Well = !slices.ContainsFunc(d.Checks, func(c examined) bool { return c.Standing == wrong })
	var err error
	if cli.JSON {
		err = printJSON(out.stdout, d)
	} else {
		var b strings.Builder
		d.write(&b)
		_, err = io.WriteString(out.stdout, b.String())
	}
	if err == nil && !d.Well {
		return errFailed
	}
	return err
}

func (d *diagnosis) write(b *strings.Builder) {
	fmt.Fprintf(b, "The server %s\n\n", clean(d.Server))
	widest := 0
	for _, c := range d.Checks {
		widest = max(widest, len(c.What))
	}
	counted := map[standingOf]int{}
	for _, c := range d.Checks {
		counted[c.Standing]++
		indent := len("doubt  ") + widest + len("  ")
		fmt.Fprintf(b, "%-5s  %-*s  ", c.Standing, widest, c.What)
		writeIndented(b, indent, clean(c.Says))
		if c.Remedy != "" {
			b.WriteString(strings.Repeat(" ", indent))
			writeIndented(b, indent, "To do: "+clean(c.Remedy))
		}
	}
	if d.Account != nil {
		writeLimits(b, d.Account.Limits)
	}
	switch {
	case !d.Well:
		fmt.Fprintf(b, "\n%s wrong.\n", map[bool]string{true: "One thing is", false: fmt.Sprintf("%d things are", counted[wrong])}[counted[wrong] == 1])
	case counted[doubts] > 0:
		fmt.Fprintf(b, "\nIt works, with %s.\n", count(counted[doubts], "doubt"))
	default:
		b.WriteString("\nAll is well.\n")
	}
}

// writeLimits tells of the limits in force; of one that is not told it is silent.
func writeLimits(b *strings.Builder, l client.Limits) {
	b.WriteString("\nLimits\n")
	line := func(what, format string, limit int64, args ...any) {
		if limit > 0 {
			fmt.Fprintf(b, "  %-12s %s\n", what, fmt.Sprintf(format, args...))
		}
	}
	line("photos", "%d to %d of a listing", int64(l.MaxPhotos), l.MinPhotos, l.MaxPhotos)
	line("videos", "%d of a listing, up to %v each", int64(l.MaxVideos), l.MaxVideos, time.Duration(l.MaxVideoSeconds*float64(time.Second)))
	line("a photo", "up to %s, %d megapixels, %d px a side", l.MaxPhotoBytes, bytesText(l.MaxPhotoBytes), l.MaxPixels/1_000_000, l.MaxSidePx)
	line("a video", "up to %s", l.MaxVideoBytes, bytesText(l.MaxVideoBytes))
	line("a list", "up to %d entries", int64(l.MaxFiles), l.MaxFiles)
	line("a request", "up to %s of JSON", l.MaxBodyBytes, bytesText(l.MaxBodyBytes))
	line("in a minute", "%d requests, of them %d bulk", int64(l.RatePerMinute), l.RatePerMinute, l.BulkPerMinute)
}
