package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/vitrine-media/vitrine/client"
	"github.com/vitrine-media/vitrine/internal/openimmo"
)

// remove deletes a listing, if it is there, and those of its files that came
// from OpenImmo.
func (t *transfer) remove(ctx context.Context, listing client.Listing, result sentListing) error {
	result.Outcome = listingAbsent
	if listing.ID != 0 {
		if err := t.client.DeleteListing(ctx, listing.ID); err != nil && !isNotFound(err) {
			return fmt.Errorf("delete listing %s: %w", result.ExternalID, err)
		}
		if err := t.removeFiles(ctx, listing); err != nil {
			return err
		}
		result.Outcome, result.ID = listingDeleted, listing.ID
	}
	t.results = append(t.results, result)
	return nil
}

func (t *transfer) removeFiles(ctx context.Context, listing client.Listing) error {
	var ops []client.MediaOp
	for _, f := range listing.Files {
		if strings.HasPrefix(f.ExternalID, openimmo.FilePrefix(listing.ExternalID)) {
			ops = append(ops, client.MediaOp{Op: client.OpDelete, ID: f.ID})
		}
	}
	for some := range slices.Chunk(ops, client.MaxOps) {
		if _, err := t.client.BulkMedia(ctx, some); err != nil { // one that is gone already is none
			return fmt.Errorf("delete the files of listing %s: %w", listing.ExternalID, err)
		}
	}
	return nil
}

// missing finds the listings of the transfer's providers that aren't in it, and
// deletes them if that is wished. Only listings that came from OpenImmo are
// looked at.
func (t *transfer) missing(ctx context.Context, deletes bool) error {
	providers := t.fullProviders()
	if len(providers) == 0 {
		return nil
	}
	var gone []client.Listing
	for listing, err := range t.client.AllListings(ctx) {
		if err != nil {
			return fmt.Errorf("look for listings that are not in the transfer: %w", err)
		}
		var fields openImmoFields
		if json.Unmarshal(listing.FormData[openImmoField], &fields) != nil || fields.Provider == "" {
			continue // it came another way
		}
		if slices.Contains(providers, fields.Provider) && !t.seen[listing.ExternalID] {
			gone = append(gone, listing)
		}
	}
	for _, listing := range gone {
		if !deletes {
			t.findings = append(t.findings, openimmo.Finding{
				Line: 1, Listing: listing.ExternalID, Text: fmt.Sprintf("the transfer is a full one (umfang VOLL) and listing %s is not in it", listing.ExternalID),
				Remedy: "run again with --delete-missing to delete it",
			})
			continue
		}
		if err := t.remove(ctx, listing, sentListing{ExternalID: listing.ExternalID}); err != nil {
			return err
		}
	}
	return nil
}

// fullProviders are the providers of whom the transfer names all listings. One
// without any is more often a mistake than the end of a business.
func (t *transfer) fullProviders() (ids []string) {
	if t.nameless {
		t.findings = append(t.findings, openimmo.Finding{Line: 1, Text: "a listing has no id, so what the full transfer is without can't be known", Remedy: "mend that listing"})
		return nil
	}
	for _, p := range t.archive.Providers {
		switch {
		case p.ID == "":
			t.findings = append(t.findings, openimmo.Finding{Line: p.Line, Text: "the anbieter has no openimmo_anid, so what the full transfer is without can't be known", Remedy: "send an openimmo_anid"})
		case p.Listings == 0:
			t.findings = append(t.findings, openimmo.Finding{Line: p.Line, Text: fmt.Sprintf("the full transfer has no listing of %s, and nothing is deleted", p.ID), Remedy: "delete its listings with the aktion DELETE"})
		default:
			ids = append(ids, p.ID)
		}
	}
	return ids
}
