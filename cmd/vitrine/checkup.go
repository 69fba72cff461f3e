package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/vitrine-media/vitrine/client"
)

type listingCheckUpCommand struct {
	ID       string `arg:"" name:"ID" help:"The listing's number on the server, or with --external your own id."`
	External bool   `help:"ID is your own."`
}

// Run tells what there is to say of the pictures of a listing.
func (cmd *listingCheckUpCommand) Run(ctx context.Context, cli *commands, out *output) error {
	c, err := cli.connect()
	if err != nil {
		return err
	}
	if cmd.External {
		checked, err := c.CheckUpByExternalID(ctx, cmd.ID)
		return printCheckUp(cli, out, checked, unknown(err, "that is an id of your own; for the server's number, leave out --external"))
	}
	id, err := strconv.ParseInt(cmd.ID, 10, 64)
	if err != nil || id <= 0 {
		return &hinted{usage("%q is not the number of a listing", cmd.ID), "for an id of your own, add --external"}
	}
	checked, err := c.CheckUp(ctx, id)
	return printCheckUp(cli, out, checked, unknown(err, "that is the server's number; for an id of your own, add --external"))
}

type classifiedCheckUpCommand struct {
	ID string `arg:"" name:"UUID" help:"The classified."`
}

// Run tells what there is to say of the pictures of a classified.
func (cmd *classifiedCheckUpCommand) Run(ctx context.Context, cli *commands, out *output) error {
	c, err := cli.connect()
	if err != nil {
		return err
	}
	checked, err := c.CheckUpClassified(ctx, cmd.ID)
	return printCheckUp(cli, out, checked, err)
}

// printCheckUp prints a check-up, or gives the error that there was instead.
// Warnings are no failure: they keep nothing from being shown.
func printCheckUp(cli *commands, out *output, checked []client.Checked, err error) error {
	if err != nil {
		return err
	}
	if cli.JSON {
		return printJSON(out.stdout, map[string]any{"items": checked})
	}
	var b strings.Builder
	writeCheckUp(&b, checked)
	_, err = io.WriteString(out.stdout, b.String())
	return err
}

// writeCheckUp tells of each picture with warnings what is the matter and what to
// do; then how many there are.
func writeCheckUp(b *strings.Builder, checked []client.Checked) {
	measured, warned := 0, 0
	for _, m := range checked {
		if m.Measured {
			measured++
		}
		if len(m.Warnings) == 0 {
			continue
		}
		warned++
		fmt.Fprintf(b, "%d. %s\n", m.Position+1, checkedName(&m))
		for _, w := range m.Warnings {
			fmt.Fprintf(b, "   %s: %s%s\n     By: %s\n     To do: %s\n",
				clean(string(w.Code)), clean(w.Message), likeText(w.Like), clean(evidenceText(w.Evidence)), clean(w.Remedy))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(b, "%s: measured %d, warned of %d. A warning keeps nothing from being shown.\n", count(len(checked), "file"), measured, warned)
}

// checkedName is what a person knows a file of a list by.
func checkedName(m *client.Checked) string {
	switch {
	case m.MediaID != "":
		return fmt.Sprintf("%s (media %s)", shorten(clean(nameOf(m.URL, m.URL))), clean(m.MediaID))
	case m.ExternalID != "":
		return fmt.Sprintf("%s (media %d)", shorten(clean(m.ExternalID)), m.ID)
	}
	return fmt.Sprintf("media %d", m.ID)
}

// likeText names the picture that looks the same, "" for none.
func likeText(l *client.Like) string {
	if l == nil {
		return ""
	}
	media, where := clean(l.MediaID), ""
	if l.ID != 0 {
		media = strconv.FormatInt(l.ID, 10)
	}
	switch {
	case l.ListingID != 0:
		where = fmt.Sprintf(" in listing %d", l.ListingID)
	case l.ClassifiedID != "":
		where = " in classified " + clean(l.ClassifiedID)
	}
	return fmt.Sprintf(" It is media %s%s.", media, where)
}

// evidenceText is the figures of a warning: "lights 60, below 95".
func evidenceText(evidence []client.Evidence) string {
	parts := make([]string, len(evidence))
	for i, e := range evidence {
		limit := "at least"
		if e.Limit == "below" {
			limit = "below"
		}
		parts[i] = fmt.Sprintf("%s %v, %s %v", e.Figure, e.Value, limit, e.Of)
	}
	return strings.Join(parts, "; ")
}
