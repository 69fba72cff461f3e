package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"unicode/utf8"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
	"github.com/vitrine-media/vitrine/internal/openimmo"
)

type openImmoCommand struct {
	File          string `arg:"" name:"FILE.zip" help:"The transfer: a ZIP archive of one XML file and the attachments that it names."`
	Status        string `default:"active" enum:"active,draft,hidden" help:"What the listings are to be: active, draft or hidden; ${default} if not given."`
	DeleteMissing bool   `name:"delete-missing" help:"After a full transfer (umfang VOLL), delete the listings of its providers that came from OpenImmo before and aren't in it."`
	Wait          bool   `help:"Wait until the listings are published."`
}

// Run sends the listings of the transfer, one after another.
func (cmd *openImmoCommand) Run(ctx context.Context, cli *commands, out *output) error {
	archive, err := openimmo.Open(cmd.File)
	if err != nil {
		return &usageError{err.Error()}
	}
	defer func() { _ = archive.Close() }() // only read
	c, err := cli.connect()
	if err != nil {
		return err
	}
	agency, err := c.Agency(ctx)
	if err != nil {
		return err
	}
	t := &transfer{
		archive: archive, client: c, limits: agency.Limits, status: vitrine.ListingStatus(cmd.Status),
		progress: newProgress(out.stderr), seen: map[string]bool{},
	}
	defer t.progress.end()
	for _, p := range archive.Providers {
		t.total += p.Listings
	}
	err = archive.Each(func(l *openimmo.Listing) error {
		defer t.sort()
		return t.take(ctx, l)
	})
	if err != nil {
		return err
	}
	if archive.Transfer.Full {
		if err := t.missing(ctx, cmd.DeleteMissing); err != nil {
			return err
		}
	}
	if cmd.Wait {
		if err := t.wait(ctx); err != nil {
			return err
		}
	}
	t.progress.end()
	if err := t.print(out.stdout, cli.JSON); err != nil {
		return err
	}
	if t.failed() {
		return errFailed
	}
	return nil
}

// transfer is one run of the command.
type transfer struct {
	archive  *openimmo.Archive
	client   *client.Client
	limits   client.Limits
	status   vitrine.ListingStatus // of the listings that are sent
	progress progress
	total    int // listings of the transfer

	done     int
	from     int             // of findings: those of the present listing
	seen     map[string]bool // external ids of listings
	nameless bool            // a listing has none
	results  []sentListing
	findings []openimmo.Finding
}

// outcomes of a listing.
const (
	listingCreated = "created"
	listingUpdated = "updated"
	listingSame    = "unchanged"
	listingDeleted = "deleted"
	listingAbsent  = "was not there" // and was to be deleted
	listingNotSent = "not sent"
)

// sentListing is what became of a listing of the transfer.
type sentListing struct {
	ExternalID string `json:"externalId"`
	Line       int    `json:"line,omitempty"` // 0 for one that isn't in the transfer
	Outcome    string `json:"outcome"`
	ID         int64  `json:"id,omitempty"`
	JobID      int64  `json:"jobId,omitempty"`
	Files      int    `json:"files"`
	Uploaded   int    `json:"uploaded"`        // of these, sent now
	Error      string `json:"error,omitempty"` // why it isn't published, once it was waited for
}

// find notes what a person should know.
func (t *transfer) find(l *openimmo.Listing, line int, isError bool, text, remedy string) {
	t.findings = append(t.findings, openimmo.Finding{Line: line, Listing: l.ExternalID(), Error: isError, Text: text, Remedy: remedy})
}

// take does with a listing what the transfer wants. A listing that can't be
// taken is noted; the error is for trouble that all of them would have.
func (t *transfer) take(ctx context.Context, l *openimmo.Listing) error {
	t.done++
	t.progress.stage(fmt.Sprintf("listing %d of %d: %s", t.done, t.total, nameOfListing(l.ExternalID(), l.Line)))
	t.from = len(t.findings)
	t.findings = append(t.findings, l.Findings...)
	if !t.identify(l) {
		t.results = append(t.results, sentListing{ExternalID: l.ExternalID(), Line: l.Line, Outcome: listingNotSent})
		return nil
	}
	before, err := t.client.ListingByExternalID(ctx, l.ExternalID())
	if err != nil && !isNotFound(err) {
		return fmt.Errorf("look up listing %s: %w", l.ExternalID(), err)
	}
	if l.Action == openimmo.Delete {
		return t.remove(ctx, before, sentListing{ExternalID: l.ExternalID(), Line: l.Line})
	}
	return t.put(ctx, l, before)
}

// sort puts the findings of the present listing in the order of their lines.
func (t *transfer) sort() {
	slices.SortStableFunc(t.findings[t.from:], func(a, b openimmo.Finding) int { return a.Line - b.Line })
}

// nameOfListing is what a person finds a listing by in the transfer.
func nameOfListing(externalID string, line int) string {
	if externalID == "" {
		return fmt.Sprintf("(line %d)", line)
	}
	return clean(externalID)
}

func isNotFound(err error) bool {
	refusal, ok := errors.AsType[*client.Error](err)
	return ok && refusal.StatusCode == http.StatusNotFound
}

// identify reports whether the listing can be known again.
func (t *transfer) identify(l *openimmo.Listing) bool {
	id := l.ExternalID()
	switch {
	case id == "":
		t.nameless = true
		t.find(l, l.Line, true, "the listing has neither an openimmo_obid nor an objektnr_extern", "send one that stays the same in every transfer")
	case utf8.RuneCountInString(id) > openimmo.MaxIDRunes:
		t.find(l, l.Line, true, fmt.Sprintf("the openimmo_obid has more than %d characters", openimmo.MaxIDRunes), "send a shorter one")
	case t.seen[id]:
		t.find(l, l.Line, true, fmt.Sprintf("the listing %s is in the transfer a second time, and the first counts", id), "send each listing once")
	default:
		t.seen[id] = true
		return true
	}
	return false
}

// put sends the listing with its files. Unless all of them are there it isn't
// sent: it would lose the missing ones.
func (t *transfer) put(ctx context.Context, l *openimmo.Listing, before client.Listing) error {
	result := sentListing{ExternalID: l.ExternalID(), Line: l.Line, Outcome: listingNotSent}
	files, err := t.files(ctx, l, before)
	if err != nil {
		return err
	}
	result.Files = len(files)
	if !t.broken() {
		if err := t.send(ctx, l, files, &result); err != nil {
			return err
		}
	}
	t.results = append(t.results, result)
	return nil
}

// broken reports whether a finding keeps the present listing from being sent.
func (t *transfer) broken() bool {
	return slices.ContainsFunc(t.findings[t.from:], func(f openimmo.Finding) bool { return f.Error })
}

func (t *transfer) send(ctx context.Context, l *openimmo.Listing, files []attached, result *sentListing) error {
	wanted := make([]client.File, len(files))
	media := make([]openImmoMedia, len(files))
	for i, f := range files {
		uploaded, err := t.upload(ctx, l, f)
		if err != nil {
			return err
		}
		result.Uploaded += uploaded
		wanted[i], media[i] = f.file, f.about
	}
	if t.broken() {
		return nil
	}
	status := t.status
	if l.Action == openimmo.Reference && status == vitrine.StatusActive {
		status = vitrine.StatusCompleted
	}
	put, err := t.client.PutListing(ctx, client.ListingInput{
		ExternalID: l.ExternalID(), Status: status, Files: wanted,
		Fields: map[string]any{openImmoField: openImmoFields{Provider: l.Provider, Number: l.Number, Media: media}},
	})
	if err != nil && !ofFile(err) {
		return fmt.Errorf("send listing %s: %w", l.ExternalID(), err)
	}
	if err != nil {
		t.find(l, l.Line, true, "the server refuses the listing: "+reason(err), "mend what it names and send the listing again")
		return nil
	}
	result.ID, result.JobID, result.Outcome = put.ID, put.JobID, listingSame
	switch {
	case put.Created:
		result.Outcome = listingCreated
	case put.Updated:
		result.Outcome = listingUpdated
	}
	return nil
}

// openImmoField is the listing's field that says where it comes from. By it a
// later full transfer knows which listings are its provider's.
const openImmoField = "openimmo"

type openImmoFields struct {
	Provider string          `json:"provider"` // openimmo_anid
	Number   string          `json:"objektnrExtern,omitempty"`
	Media    []openImmoMedia `json:"media"` // beside files, in their order
}

// openImmoMedia is what the transfer says of a file.
type openImmoMedia struct {
	Group    string            `json:"gruppe"`
	Type     vitrine.MediaType `json:"mediaType"`
	Category vitrine.Category  `json:"category,omitempty"`
	Title    string            `json:"title,omitempty"`
}
