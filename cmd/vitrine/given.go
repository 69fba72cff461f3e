package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine/client"
)

// given is a file that was given to the server.
type given struct {
	name   string
	file   client.Import
	reused bool  // the server had it
	err    error // why it didn't take it
}

// mediaRun is one run of a command that gives files to the server.
type mediaRun struct {
	client   *client.Client
	started  time.Time
	progress progress
	verb     string // what the command does: "uploaded"
	files    []given
}

// finish waits for the files, if wished, and tells what came out.
func (r *mediaRun) finish(ctx context.Context, w io.Writer, wait, asJSON bool) error {
	var ended []outcome
	if wait {
		var err error
		if ended, err = r.watch(ctx); err != nil {
			return err
		}
	}
	r.progress.end()
	if err := r.print(w, wait, ended, asJSON); err != nil {
		return err
	}
	for _, f := range r.files {
		if f.err != nil {
			return errFailed
		}
	}
	for _, o := range ended {
		if o.media.Optimization == client.Failed {
			return errFailed
		}
	}
	return nil
}

// watched is how many of the unfinished files one look asks for.
const watched = 4

// watch waits until each file that was taken has ended. One look asks for the
// first few of those that haven't: the server takes them in about their order,
// and the rate limit isn't spent on files whose turn is far.
func (r *mediaRun) watch(ctx context.Context) ([]outcome, error) {
	var open []int // of r.files, in order
	for i, f := range r.files {
		if f.err == nil {
			open = append(open, i)
		}
	}
	r.progress.working(len(open))
	ended := make([]outcome, len(r.files))
	for pause, first := firstLook, true; ; pause, first = min(pause*3/2, maxLook), false {
		var s standing
		var still []int
		for _, i := range open {
			if len(still) >= watched {
				still = append(still, i)
				continue
			}
			m, err := r.client.Media(ctx, r.files[i].file.MediaID)
			if err != nil {
				return nil, err
			}
			if !m.Optimization.Ended() {
				s.add(m.Optimization, m.Progress)
				still = append(still, i)
				continue
			}
			ended[i] = outcome{name: r.files[i].name, media: m}
			if !first || !r.files[i].reused {
				ended[i].took = time.Since(r.started)
			}
			r.progress.ended(ended[i])
		}
		if open = still; len(open) == 0 {
			return taken(r.files, ended), nil
		}
		s.waiting = len(open) - s.working // those not asked for too
		r.progress.standing(s)
		if err := sleep(ctx, pause); err != nil {
			return nil, fmt.Errorf("wait for media %d: %w", r.files[open[0]].file.MediaID, err)
		}
	}
}

// taken are the outcomes of the files that the server took.
func taken(files []given, ended []outcome) []outcome {
	var outcomes []outcome
	for i, f := range files {
		if f.err == nil {
			outcomes = append(outcomes, ended[i])
		}
	}
	return outcomes
}

func (r *mediaRun) print(w io.Writer, waited bool, ended []outcome, asJSON bool) error {
	if asJSON {
		return printJSON(w, r.json(waited, ended))
	}
	var b strings.Builder
	if waited {
		writeReady(&b, ended, time.Since(r.started))
	} else {
		r.writeGiven(&b)
	}
	for _, f := range r.files {
		if f.err != nil {
			separate(&b)
			fmt.Fprintf(&b, "%s was not %s: %s\n", clean(f.name), r.verb, clean(reason(f.err)))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// separate begins a new paragraph, unless nothing is there yet.
func separate(b *strings.Builder) {
	if b.Len() > 0 {
		b.WriteString("\n")
	}
}

// writeGiven writes a table of the files that nobody has waited for.
func (r *mediaRun) writeGiven(b *strings.Builder) {
	table := [][]string{{"FILE", "MEDIA", "STATE"}}
	for _, f := range r.files {
		if f.err != nil {
			continue
		}
		state := string(f.file.Status)
		if f.reused && f.file.Status == client.Success {
			state = "was there"
		}
		table = append(table, []string{shorten(clean(f.name)), fmt.Sprint(f.file.MediaID), state})
	}
	if len(table) > 1 {
		writeColumns(b, table)
	}
}

// writeReady tells of files that were waited for.
func writeReady(b *strings.Builder, files []outcome, took time.Duration) {
	if len(files) == 0 {
		return
	}
	good := 0
	for _, f := range files {
		if f.media.Optimization == client.Success {
			good++
		}
	}
	fmt.Fprintf(b, "%d of %s ready, after %s.\n", good, count(len(files), "file"), seconds(took))
	for i, f := range files {
		files[i].name = fmt.Sprintf("%d %s", f.media.ID, f.name)
	}
	b.WriteString("\n")
	writeTable(b, files, took)
	writeFailures(b, files)
}

// jsonGiven is a given file for a program.
type jsonGiven struct {
	Name           string        `json:"name"`
	Reused         bool          `json:"reused"`
	Error          string        `json:"error,omitempty"`
	*client.Import               // nil after an error
	Seconds        float64       `json:"seconds,omitempty"` // 0: it was there before
	Media          *client.Media `json:"media,omitempty"`   // when it was waited for
}

func (r *mediaRun) json(waited bool, ended []outcome) any {
	files := []jsonGiven{}
	for _, f := range r.files {
		j := jsonGiven{Name: f.name, Reused: f.reused}
		if f.err != nil {
			j.Error = reason(f.err)
			files = append(files, j)
			continue
		}
		j.Import = &f.file
		if waited {
			end := ended[0]
			ended = ended[1:]
			j.Media, j.Status, j.Seconds = &end.media, end.media.Optimization, end.took.Seconds()
		}
		files = append(files, j)
	}
	return struct {
		Files []jsonGiven `json:"files"`
	}{files}
}
