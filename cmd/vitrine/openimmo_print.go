package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/vitrine-media/vitrine"
)

// wait waits until each listing that is to be published is, or can't be.
func (t *transfer) wait(ctx context.Context) error {
	for i := range t.results {
		r := &t.results[i]
		if r.JobID == 0 {
			continue
		}
		t.progress.stage("waiting for " + clean(r.ExternalID))
		job, err := t.client.WaitJob(ctx, r.JobID, nil)
		if err != nil {
			return fmt.Errorf("wait for listing %s: %w", r.ExternalID, err)
		}
		if job.Status == vitrine.JobFailed {
			r.Error = job.Error
		}
	}
	return nil
}

// failed reports whether a listing isn't as the transfer wants it.
func (t *transfer) failed() bool {
	for _, f := range t.findings {
		if f.Error {
			return true
		}
	}
	for _, r := range t.results {
		if r.Error != "" {
			return true
		}
	}
	return false
}

func (t *transfer) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return printJSON(w, t.json())
	}
	var b strings.Builder
	table := [][]string{{"LISTING", "OUTCOME", "FILES", "UPLOADED"}}
	for _, r := range t.results {
		table = append(table, []string{shorten(nameOfListing(r.ExternalID, r.Line)), r.Outcome, fmt.Sprint(r.Files), fmt.Sprint(r.Uploaded)})
	}
	if len(t.results) > 0 {
		writeTexts(&b, table)
	} else {
		b.WriteString("The transfer has no listings.\n")
	}
	for _, r := range t.results {
		if r.Error != "" {
			separate(&b)
			fmt.Fprintf(&b, "Listing %s is not published: %s\n", clean(r.ExternalID), clean(r.Error))
		}
	}
	t.writeFindings(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (t *transfer) writeFindings(b *strings.Builder) {
	listing := ""
	for i, f := range t.findings {
		if i == 0 || f.Listing != listing {
			listing = f.Listing
			separate(b)
			if listing != "" {
				fmt.Fprintf(b, "%s:\n", clean(listing))
			} else {
				b.WriteString("The transfer:\n")
			}
		}
		fmt.Fprintf(b, "  %s\n", clean(f.String()))
	}
}

type jsonFinding struct {
	Line     int    `json:"line"`
	Listing  string `json:"externalId,omitempty"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	Remedy   string `json:"remedy"`
}

func (t *transfer) json() any {
	listings, findings := t.results, []jsonFinding{}
	if listings == nil {
		listings = []sentListing{}
	}
	for _, f := range t.findings {
		findings = append(findings, jsonFinding{Line: f.Line, Listing: f.Listing, Severity: f.Severity(), Message: f.Text, Remedy: f.Remedy})
	}
	return struct {
		Full     bool          `json:"full"`
		Software string        `json:"software,omitempty"`
		Listings []sentListing `json:"listings"`
		Findings []jsonFinding `json:"findings"`
	}{t.archive.Transfer.Full, t.archive.Transfer.Software, listings, findings}
}
