package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// printAccepted tells of a listing that isn't waited for.
func printAccepted(w io.Writer, put client.PutResult, asJSON bool) error {
	if asJSON {
		return printJSON(w, put)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Listing %d was accepted: %s.\n\n", put.ID, put.Status)
	writeAddresses(&b, put, put.Status)
	_, err := io.WriteString(w, b.String())
	return err
}

// print tells of a listing that was waited for.
func (r *report) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return printJSON(w, r.json())
	}
	var b strings.Builder
	r.writeSummary(&b)
	writeTable(&b, r.files, r.took)
	writeFailures(&b, r.files)
	b.WriteString("\n")
	writeAddresses(&b, r.put, r.status)
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *report) writeSummary(b *strings.Builder) {
	good := 0
	things := "photos"
	if haveVideo(r.files) {
		things = "files"
	}
	for _, f := range r.files {
		if f.media.Optimization == client.Success {
			good++
		}
	}
	state := "is " + string(r.status)
	switch {
	case r.status == vitrine.StatusActive:
		state = "is published"
	case !r.asWished():
		state = "is not published (" + string(r.status) + ")"
	}
	fmt.Fprintf(b, "Listing %d %s: %d of %d %s are good, after %s.\n", r.put.ID, state, good, len(r.files), things, seconds(r.took))
	if r.reason != "" {
		fmt.Fprintln(b, clean(r.reason))
	}
	b.WriteString("\n")
}

// sizes are the columns of the table (Listings API 3.3).
var sizes = []string{"128", "512", "1024"}

// videoColumn is one more, where there are videos: all that a video gave beside
// its poster.
const videoColumn = "VIDEO"

func haveVideo(files []outcome) bool {
	return slices.ContainsFunc(files, func(f outcome) bool { return isVideo(&f.media) })
}

// writeTable tells of each file what it was and became.
func writeTable(b *strings.Builder, files []outcome, took time.Duration) {
	columns := sizes
	if haveVideo(files) {
		columns = slices.Concat(sizes, []string{videoColumn})
	}
	table := [][]string{slices.Concat([]string{"FILE", "BEFORE"}, columns, []string{"TIME"})}
	var before int64
	after := make([]int64, len(columns))
	for _, f := range files {
		row := []string{shorten(clean(f.name)), bytesText(f.media.Size)}
		before += f.media.Size
		for i, name := range columns {
			size := variantBytes(f.media, name)
			after[i] += size
			row = append(row, bytesText(size))
		}
		table = append(table, append(row, seconds(f.took)))
	}
	total := []string{"together", bytesText(before)}
	for _, size := range after {
		total = append(total, bytesText(size))
	}
	writeColumns(b, append(table, append(total, seconds(took))))
}

// variantBytes is how much a file gave for a column of the table.
func variantBytes(m client.Media, column string) (bytes int64) {
	for _, v := range m.Variants {
		if v.VariantSize == column || column == videoColumn && v.Video() {
			bytes += v.Size
		}
	}
	return bytes
}

// turns says to the sender whose turn it is after a failure.
var turns = map[vitrine.Owner]string{
	vitrine.OwnerSender: "you",
	vitrine.OwnerOrigin: "whoever runs the server of the URL",
	vitrine.OwnerUs:     "whoever runs vitrine",
}

// writeFailures tells of each failed file what happened and what to do. A file
// may have failed and still be shown, as it was before.
func writeFailures(b *strings.Builder, files []outcome) {
	for _, f := range files {
		failure := f.media.Failure
		if failure == nil {
			continue
		}
		stale := ""
		if f.media.Optimization == client.Success {
			stale = " The version before it is shown."
		}
		fmt.Fprintf(b, "\n%s failed: %s%s\n  To do, by %s: %s\n",
			clean(f.name), clean(failure.Message), stale, turns[failure.Owner], clean(failure.Remedy))
	}
}

func writeAddresses(b *strings.Builder, put client.PutResult, status vitrine.ListingStatus) {
	fmt.Fprintf(b, "Page     %s\nGallery  %s\n", clean(put.PublicURL), clean(put.GalleryURL))
	if !status.Public() {
		b.WriteString("Both open once the listing is published.\n")
	}
}

// jsonReport is the report for a program.
type jsonReport struct {
	client.PutResult
	Status  vitrine.ListingStatus `json:"status"`
	Reason  string                `json:"reason,omitempty"`
	Seconds float64               `json:"seconds"`
	Files   []jsonFile            `json:"files"`
}

type jsonFile struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"` // 0: it was there before
	client.Media
}

func (r *report) json() jsonReport {
	j := jsonReport{PutResult: r.put, Status: r.status, Reason: r.reason, Seconds: r.took.Seconds(), Files: []jsonFile{}}
	for _, f := range r.files {
		j.Files = append(j.Files, jsonFile{Name: f.name, Seconds: f.took.Seconds(), Media: f.media})
	}
	return j
}

func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}
