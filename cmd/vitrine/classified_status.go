package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// shownStatuses is how much of a classified's history status shows.
const shownStatuses = 5

type classifiedStatusCommand struct {
	ID string `arg:"" name:"UUID" help:"The classified."`
}

// Run shows the newest statuses of a classified, and how its media stand.
func (cmd *classifiedStatusCommand) Run(ctx context.Context, cli *commands, out *output) error {
	c, err := cli.connect()
	if err != nil {
		return err
	}
	page, err := c.ClassifiedStatuses(ctx, cmd.ID, shownStatuses, "")
	if err != nil {
		return err
	}
	media, err := c.ClassifiedMedia(ctx, cmd.ID)
	if err != nil {
		return err
	}
	if cli.JSON {
		return printJSON(out.stdout, struct {
			Statuses []client.ClassifiedStatus `json:"statuses"`
			Media    []client.ClassifiedMedia  `json:"media"`
		}{page.Items, media})
	}
	var b strings.Builder
	writeStatuses(&b, page)
	writeClassifiedMedia(&b, media)
	writeMediaFailures(&b, cmd.ID, media)
	_, err = io.WriteString(out.stdout, b.String())
	return err
}

// writeStatuses tells the newest part of a classified's history, newest first.
func writeStatuses(b *strings.Builder, page client.StatusPage) {
	for _, s := range page.Items {
		fmt.Fprintf(b, "%s  revision %d  %s\n", s.StatusDate.UTC().Format(time.DateTime), s.Revision, sentence(s))
	}
	if page.NextToken != "" {
		b.WriteString("…\n")
	}
}

// sentence is a status with what there is to say about it.
func sentence(s client.ClassifiedStatus) string {
	text := string(s.Status)
	for _, more := range []string{s.Message, s.SubStatusDetails} {
		if more != "" {
			text += ": " + more
		}
	}
	return clean(text)
}

// writeClassifiedMedia tells of each media of a classified how far it has come.
func writeClassifiedMedia(b *strings.Builder, media []client.ClassifiedMedia) {
	if len(media) == 0 {
		return
	}
	b.WriteString("\n")
	table := [][]string{{"ID", "TYPE", "STATUS", "MEDIA"}}
	for _, m := range media {
		status := string(m.Status)
		if m.Stale {
			status += " (stale)"
		}
		if m.Progress > 0 {
			status += fmt.Sprintf(" (%d%%)", m.Progress)
		}
		table = append(table, []string{clean(m.MediaID), clean(string(m.MediaType)), clean(status), described(&m)})
	}
	writeTexts(b, table)
}

// described is the name of a media, and what is special about what it shows.
func described(m *client.ClassifiedMedia) string {
	text := shorten(clean(nameOf(m.URL, m.URL)))
	if m.Altered || vitrine.IsAISourceType(m.DigitalSourceType) {
		text += " (altered)"
	}
	if m.Panorama != nil {
		text += " (panorama)"
	}
	if m.Link != nil && m.Link.Title != "" {
		text += ": " + shorten(clean(m.Link.Title))
	}
	return text
}

// writeMediaFailures tells of each failed media of a classified what happened
// and what to do. A media that stands in two places is told of once.
func writeMediaFailures(b *strings.Builder, classified string, media []client.ClassifiedMedia) {
	told := map[string]bool{}
	for _, m := range media {
		if m.Failure == nil || told[m.MediaID] {
			continue
		}
		told[m.MediaID] = true
		stale := ""
		if m.Stale {
			stale = " The version before it is shown."
		}
		fmt.Fprintf(b, "\n%s failed: %s%s\n  To do, by %s: %s\n",
			clean(nameOf(m.URL, m.URL)), clean(m.Failure.Message), stale, turns[m.Failure.Owner], clean(m.Failure.Remedy))
		if m.Failure.Retryable {
			fmt.Fprintf(b, "  To try the same URL again: vitrine classified retry %s %s\n", clean(classified), clean(m.MediaID))
		}
	}
}

type classifiedRetryCommand struct {
	ID    string `arg:"" name:"UUID" help:"The classified."`
	Media string `arg:"" name:"MEDIA" help:"The id of its media, as status shows it."`
}

// Run has one media fetched again.
func (cmd *classifiedRetryCommand) Run(ctx context.Context, cli *commands, out *output) error {
	c, err := cli.connect()
	if err != nil {
		return err
	}
	if err := c.RetryClassifiedMedia(ctx, cmd.ID, cmd.Media); err != nil {
		return unknown(err, "vitrine classified status "+cmd.ID+" shows the ids of its media")
	}
	if cli.JSON {
		return printJSON(out.stdout, map[string]any{"classifiedId": cmd.ID, "mediaId": cmd.Media, "accepted": true})
	}
	_, err = fmt.Fprintf(out.stdout, "Media %s is being fetched again.\n", clean(cmd.Media))
	return err
}
