package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/feedcheck"
)

type checkCommand struct {
	File    string         `arg:"" name:"FEED.json" takes:"files" help:"One listing or classified as it would be sent, an array of them, or the body of a bulk request; - reads it from the standard input."`
	Online  bool           `help:"Hold it against the limits of the server, not those of the contract. Nothing of the feed is sent."`
	Portals []string       `name:"portals" placeholder:"NAME" sep:"," help:"The portals that a classified may name, if the server has others than the contract."`
	Allow   []netip.Prefix `name:"fetch-allow" placeholder:"CIDR" sep:"," help:"Networks that the server downloads from though they are not public: its --fetch-allow."`
}

// Run tells what is wrong with a feed.
func (cmd *checkCommand) Run(ctx context.Context, cli *commands, stdin io.Reader, out *output) error {
	text, name, err := cmd.read(stdin)
	if err != nil {
		return err
	}
	rules := feedcheck.Rules{Limits: vitrine.DefaultLimits(), Portals: cmd.Portals, Allow: cmd.Allow, Now: time.Now()}
	if cmd.Online {
		if rules.Limits, err = limitsOf(ctx, cli, rules.Limits); err != nil {
			return err
		}
	}
	report := feedcheck.Check(text, rules)
	if cli.JSON {
		err = printJSON(out.stdout, struct {
			File  string `json:"file"`
			Works bool   `json:"works"`
			feedcheck.Report
		}{name, report.Works(), report})
	} else {
		var b strings.Builder
		writeCheck(&b, name, report)
		_, err = io.WriteString(out.stdout, b.String())
	}
	if err == nil && !report.Works() {
		return errFailed
	}
	return err
}

// read gives the feed, with what it is called.
func (cmd *checkCommand) read(stdin io.Reader) (text []byte, name string, err error) {
	if cmd.File != "-" {
		text, err = os.ReadFile(cmd.File)
		return text, cmd.File, err
	}
	if text, err = io.ReadAll(stdin); err != nil {
		err = fmt.Errorf("read the standard input: %w", err)
	}
	return text, "stdin", err
}

// limitsOf is limits with those that the server tells of in their places.
func limitsOf(ctx context.Context, cli *commands, limits vitrine.Limits) (vitrine.Limits, error) {
	c, err := cli.connect()
	if err != nil {
		return limits, err
	}
	agency, err := c.Agency(ctx)
	if err != nil {
		return limits, err
	}
	told := agency.Limits
	limits.MinPhotos = cmp.Or(told.MinPhotos, limits.MinPhotos)
	limits.MaxPhotos = cmp.Or(told.MaxPhotos, limits.MaxPhotos)
	limits.MaxVideos = cmp.Or(told.MaxVideos, limits.MaxVideos)
	limits.MaxFiles = cmp.Or(told.MaxFiles, limits.MaxFiles)
	limits.MaxBodyBytes = cmp.Or(told.MaxBodyBytes, limits.MaxBodyBytes)
	return limits, nil
}

// writeCheck tells of a feed as compilers tell of a program.
func writeCheck(b *strings.Builder, name string, report feedcheck.Report) {
	for _, f := range report.Findings {
		fmt.Fprintf(b, "%s:%d:%d: %s: %s\n    ", clean(name), f.Line, f.Column, f.Severity, clean(f.Problem))
		writeIndented(b, len("    "), clean(f.Remedy))
	}
	separate(b)
	if report.Listings+report.Classifieds == 0 && !report.Works() {
		b.WriteString("This feed can't be read.\n")
		return
	}
	var things []string
	if report.Listings > 0 || report.Classifieds == 0 {
		things = append(things, count(report.Listings, "listing"))
	}
	if report.Classifieds > 0 {
		things = append(things, count(report.Classifieds, "classified"))
	}
	verdict := "this feed would be taken"
	if !report.Works() {
		verdict = "this feed would not work as it is"
	}
	fmt.Fprintf(b, "%s with %s: %s%s.\n", strings.Join(things, " and "), count(report.Media, "file"), verdict, tally(report.Findings))
}

// tally counts findings by how much they matter.
func tally(findings []feedcheck.Finding) string {
	counted := map[feedcheck.Severity]int{}
	for _, f := range findings {
		counted[f.Severity]++
	}
	text := ""
	add := func(s feedcheck.Severity, one, many string) {
		switch n := counted[s]; {
		case n == 1:
			text += ", 1 " + one
		case n > 1:
			text += fmt.Sprintf(", %d %s", n, many)
		}
	}
	add(feedcheck.Refused, "rule broken", "rules broken")
	add(feedcheck.Fails, "file bound to fail", "files bound to fail")
	add(feedcheck.Doubt, "doubt", "doubts")
	return text
}
