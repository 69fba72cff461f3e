package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// classifiedFile is a classified that is sent.
type classifiedFile struct {
	File string `arg:"" name:"FILE.json" takes:"files" help:"The whole classified with all its media, as the body of PUT /classifieds/{id}; - reads it from the standard input."`
	ID   string `name:"id" placeholder:"UUID" help:"The classified to change; without it a new one is made."`
}

// read gives what is in the file.
func (f *classifiedFile) read(stdin io.Reader) (json.RawMessage, error) {
	if f.File != "-" {
		body, err := os.ReadFile(f.File)
		if err != nil {
			return nil, err
		}
		return checked(f.File, body)
	}
	body, err := io.ReadAll(stdin)
	if err != nil {
		return nil, fmt.Errorf("read the standard input: %w", err)
	}
	return checked("what came in", body)
}

// checked refuses what the server can't read, before it goes anywhere.
func checked(name string, body []byte) (json.RawMessage, error) {
	const no = "%s is not a classified: "
	body = bytes.TrimSpace(body)
	switch {
	case len(body) == 0:
		return nil, usage(no+"the body is empty", name)
	case bytes.HasPrefix(body, []byte("\ufeff")):
		return nil, usage(no+"it begins with a byte order mark", name)
	case body[0] == '[' && json.Valid(body):
		return nil, usage(no+"it is a list; send the objects in it one by one", name)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, usage(no+"%v", name, err)
	}
	return body, nil
}

type classifiedPutCommand struct {
	classifiedFile
	Wait bool `help:"Wait until the classified has settled and show what came of its media."`
}

// Run sends the classified and shows its plan.
func (cmd *classifiedPutCommand) Run(ctx context.Context, cli *commands, stdin io.Reader, out *output) error {
	body, err := cmd.read(stdin)
	if err != nil {
		return err
	}
	c, err := cli.connect()
	if err != nil {
		return err
	}
	var written client.ClassifiedWritten
	if cmd.ID == "" {
		written, err = c.PostClassified(ctx, body)
	} else {
		written, err = c.PutClassified(ctx, cmd.ID, body)
	}
	if err != nil {
		return explained(err)
	}
	if cmd.Wait {
		return settleClassified(ctx, c, written, cli.JSON, out)
	}
	if cli.JSON {
		return printJSON(out.stdout, written)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Classified %s was accepted, revision %d.\n", clean(written.ClassifiedID), written.Revision)
	writeMessage(&b, written)
	b.WriteString("\n")
	writePlan(&b, written.Plan)
	_, err = io.WriteString(out.stdout, b.String())
	return err
}

// explained adds what to do to the refusal of a classified.
func explained(err error) error {
	if of, ok := client.DuplicateOf(err); ok {
		return &hinted{err, "that estate is there already; to change it, add --id " + of}
	}
	return unknown(err, "without --id a new classified is made")
}

// settleClassified waits until a write has come to its end and tells of it.
func settleClassified(ctx context.Context, c *client.Client, written client.ClassifiedWritten, asJSON bool, out *output) error {
	progress := newProgress(out.stderr)
	defer progress.end()
	status, err := c.WaitClassified(ctx, written.ClassifiedID, written.Revision, func(s client.ClassifiedStatus) {
		if !s.Ended() {
			progress.stage(strings.ToLower(string(s.Status)))
		}
	})
	if err != nil {
		return err
	}
	progress.end()
	media, err := c.ClassifiedMedia(ctx, written.ClassifiedID)
	if err != nil {
		return err
	}
	if asJSON {
		err = printJSON(out.stdout, struct {
			client.ClassifiedWritten
			Status client.ClassifiedStatus  `json:"status"`
			Media  []client.ClassifiedMedia `json:"media"`
		}{written, status, media})
	} else {
		var b strings.Builder
		fmt.Fprintf(&b, "Classified %s, revision %d: %s\n", clean(status.ClassifiedID), status.Revision, sentence(status))
		b.WriteString("\n")
		writePlan(&b, written.Plan)
		writeMediaFailures(&b, status.ClassifiedID, media)
		_, err = io.WriteString(out.stdout, b.String())
	}
	if err == nil && !good(status.Status) {
		return errFailed
	}
	return err
}

// good reports whether a classified has come to the end that was wished for.
func good(s vitrine.ListingStatus) bool {
	return s == vitrine.StatusCreated || s == vitrine.StatusUpdated || s == vitrine.StatusDeleted
}

type classifiedPlanCommand struct {
	classifiedFile
}

// Run shows what a classified would do, and does nothing.
func (cmd *classifiedPlanCommand) Run(ctx context.Context, cli *commands, stdin io.Reader, out *output) error {
	body, err := cmd.read(stdin)
	if err != nil {
		return err
	}
	c, err := cli.connect()
	if err != nil {
		return err
	}
	plan, err := c.PlanClassified(ctx, cmd.ID, body)
	if err != nil {
		return explained(err)
	}
	if cli.JSON {
		return printJSON(out.stdout, plan)
	}
	var b strings.Builder
	b.WriteString("Nothing was changed. It would be so:\n")
	writeMessage(&b, plan)
	b.WriteString("\n")
	writePlan(&b, plan.Plan)
	_, err = io.WriteString(out.stdout, b.String())
	return err
}

// writeMessage tells why a write will come to nothing.
func writeMessage(b *strings.Builder, written client.ClassifiedWritten) {
	if written.Message != "" {
		b.WriteString(clean(written.Message) + ".\n")
	}
}

// writePlan tells what a write does with each media, and how much of it is
// work.
func writePlan(b *strings.Builder, plan []client.PlanLine) {
	if len(plan) == 0 {
		b.WriteString("There are no media.\n")
		return
	}
	table := [][]string{{"ACTION", "FROM", "TO", "MEDIA"}}
	counted := map[vitrine.Action]int{}
	for _, line := range plan {
		counted[line.Action]++
		name := shorten(clean(nameOf(line.URL, line.URL)))
		switch {
		case line.Why != "":
			name += " (" + clean(line.Why) + ")"
		case line.MediaStays:
			name += " (it stays in another place)"
		}
		table = append(table, []string{string(line.Action), place(line.From), place(line.To), name})
	}
	writeTexts(b, table)
	var parts []string
	for _, action := range []vitrine.Action{vitrine.Add, vitrine.Refetch, vitrine.Move, vitrine.Keep, vitrine.Remove} {
		if n := counted[action]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d to %s", n, action))
		}
	}
	fmt.Fprintf(b, "\n%s.\n", strings.Join(parts, ", "))
}

// place is a place in a list, counted from 1 as people do.
func place(i int) string {
	if i < 0 {
		return "-"
	}
	return fmt.Sprint(i + 1)
}

// writeTexts writes a table of texts, all to the left.
func writeTexts(b *strings.Builder, table [][]string) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, row := range table {
		_, _ = fmt.Fprintln(w, strings.Join(row, "\t")) // a Builder takes everything
	}
	_ = w.Flush()
}
