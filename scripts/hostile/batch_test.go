package hostile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// batch sends files and learns from the feed of events what comes of them.
type batch struct {
	client *client.Client
	server *server
	origin *origin
	seen   int64 // the last event
}

// outcome is what came of a file.
type outcome struct {
	file    file
	media   client.Media
	slowest time.Duration // of all attempts at it
}

// code is ready or the failure code.
func (o *outcome) code() string {
	if o.media.Optimization == client.Success {
		return ready
	}
	if o.media.Failure == nil {
		return string(o.media.Optimization)
	}
	return string(o.media.Failure.Code)
}

// send sends files and waits until each has ended.
func (b *batch) send(t *testing.T, files []file) []outcome {
	t.Helper()
	waiting := map[int64]file{}
	for some := range slices.Chunk(files, client.MaxOps) {
		var ops []client.MediaOp
		for _, f := range some {
			ops = append(ops, client.MediaOp{Op: client.OpUploadFromURL, URL: b.origin.URL + "/" + f.name, ExternalID: f.name})
		}
		ctx, cancel := ask(t)
		answer, err := b.client.BulkMedia(ctx, ops)
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		for i, result := range answer.Results {
			if !result.Success {
				t.Fatalf("%s: %s", some[i].name, result.Error)
			}
			waiting[result.MediaID] = some[i]
		}
	}
	var outcomes []outcome
	for deadline := time.Now().Add(patience); len(waiting) > 0; {
		if time.Now().After(deadline) {
			t.Fatalf("nothing has ended for %v, these have not: %v", patience, names(waiting))
		}
		for _, id := range b.ended(t) {
			if f, ok := waiting[id]; ok {
				delete(waiting, id)
				outcomes = append(outcomes, b.outcome(t, id, f))
				deadline = time.Now().Add(patience)
			}
		}
	}
	return outcomes
}

// ended are the media that have come to their end since it was asked last.
func (b *batch) ended(t *testing.T) (media []int64) {
	t.Helper()
	ctx, cancel := ask(t)
	defer cancel()
	page, err := b.client.Events(ctx, b.seen, client.MaxEvents, 5*time.Second)
	if err != nil {
		t.Fatalf("%v\n%s", err, b.server.lastWords())
	}
	for _, event := range page.Items {
		b.seen = event.ID
		if event.Type == vitrine.EventMediaReady || event.Type == vitrine.EventMediaFailed {
			media = append(media, event.Data.MediaID)
		}
	}
	return media
}

func (b *batch) outcome(t *testing.T, id int64, f file) outcome {
	t.Helper()
	ctx, cancel := ask(t)
	defer cancel()
	media, err := b.client.Media(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	attempts, err := b.client.Timeline(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	got := outcome{file: f, media: media}
	for _, attempt := range attempts {
		got.slowest = max(got.slowest, time.Duration(attempt.DurationMs)*time.Millisecond)
	}
	return got
}

// judge holds an outcome against what the file may come to. A file that is
// ended by the clock has cost a worker all of its time: any sender could do that
// to the others.
func (b *batch) judge(t *testing.T, got *outcome) {
	t.Helper()
	if code := got.code(); !got.file.allows(code) {
		t.Errorf("%s: %s, want %v: %s", got.file.name, code, got.file.want, why(got))
		b.keep(t, got.file)
	} else if reason := why(got); strings.Contains(reason, "took longer") || strings.Contains(reason, "more CPU time") {
		t.Errorf("%s: %s", got.file.name, reason)
		b.keep(t, got.file)
	}
	for _, v := range got.media.Variants {
		if err := checkVariant(v); err != nil {
			t.Errorf("%s: %v", got.file.name, err)
			b.keep(t, got.file)
		}
	}
	if url := got.media.OriginalURL; url != "" {
		if err := checkOriginal(url); err != nil {
			t.Errorf("%s: %v", got.file.name, err)
		}
	}
}

func why(got *outcome) string {
	if got.media.Failure == nil {
		return "it is shown"
	}
	return got.media.Failure.Message
}

// keep keeps a file that did harm for whoever looks into it, see go test
// -artifacts.
func (b *batch) keep(t *testing.T, f file) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(t.ArtifactDir(), f.name), f.data(), 0o600); err != nil {
		t.Error(err)
	}
}

// checkVariant reports what a variant shouldn't be: of another type than it is
// said to be, for browsers to guess at, or with anything in it of the file's own
// making.
func checkVariant(v client.Variant) error {
	header, body, err := get(v.URL)
	if err != nil {
		return err
	}
	form, begins, at := "image/webp", "RIFF", 0
	if v.Video() {
		form, begins, at = "video/mp4", "ftyp", 4
	}
	switch {
	case header.Get("Content-Type") != form || v.ContentType != form || header.Get("X-Content-Type-Options") != "nosniff":
		return fmt.Errorf("variant %s is served as %q, %q", v.VariantSize, header.Get("Content-Type"), header.Get("X-Content-Type-Options"))
	case len(body) < at+4 || string(body[at:at+4]) != begins:
		return fmt.Errorf("variant %s begins with %q", v.VariantSize, body[:min(len(body), 16)])
	case bytes.Contains(body, []byte("<script")) || bytes.Contains(body, []byte("<svg")):
		return fmt.Errorf("variant %s has what the file had beside the picture", v.VariantSize)
	}
	return nil
}

// checkOriginal reports an original that a browser might show.
func checkOriginal(url string) error {
	header, _, err := get(url)
	if err != nil {
		return err
	}
	form := header.Get("Content-Type")
	if !vitrine.IsVideo(form) && (!strings.HasPrefix(form, "image/") || form == "image/svg+xml") ||
		header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(header.Get("Content-Disposition"), "attachment") {
		return fmt.Errorf("the original is served as %q, %q, %q", form,
			header.Get("X-Content-Type-Options"), header.Get("Content-Disposition"))
	}
	return nil
}

func get(url string) (http.Header, []byte, error) {
	response, err := http.Get(url)
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return nil, nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("%s: %s", url, response.Status)
	}
	return response.Header, body, nil
}

func names(files map[int64]file) (all []string) {
	for _, f := range files {
		all = append(all, f.name)
	}
	return all
}
