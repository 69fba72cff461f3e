package main

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/pgtest"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// accountListings are the listings of 20 photos that are taken through the
// rules in one round.
const accountListings = 10

// BenchmarkAccount is how long an account's row is locked for one photo: its
// transactions, one after the other, with nothing fetched or decoded. One
// account can have no more photos a second than that allows, however many nodes
// there are.
func BenchmarkAccount(b *testing.B) {
	log := slog.New(slog.DiscardHandler)
	db, err := store.Open(b.Context(), pgtest.Start(b), log)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	backend, err := queue.New(b.Context(), db, queue.DefaultConfig(time.Now, log))
	if err != nil {
		b.Fatal(err)
	}
	blobs, err := blob.Open(b.Context(), "file://"+b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = blobs.Close() }()
	g := gallery.New(gallery.Config{
		DB: db, Queue: backend, Blobs: blobs, Limits: vitrine.DefaultLimits(), PublicURL: "https://vitrine.example", Secret: []byte("secret"), Now: time.Now,
	})
	key, _, err := g.CreateKey(b.Context(), "acme")
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	var millisEach float64
	for b.Loop() {
		var took []float64
		for range *rounds {
			var locked time.Duration
			for range accountListings {
				n++
				locked += lockedFor(b, g, key.Account.ID, n)
			}
			took = append(took, millis(locked)/accountListings/20)
		}
		millisEach = median(took)
	}
	b.ReportMetric(millisEach, "locked-ms/photo")
	record(b, func(m *Measured) { m.PerPhoto.LockedMillis = millisEach })
}

// lockedFor takes the photos of a new listing through the rules, as ingest does.
func lockedFor(b *testing.B, g *gallery.Gallery, account int64, n int) (locked time.Duration) {
	b.Helper()
	ctx := b.Context()
	in := gallery.ListingInput{Ref: gallery.Ref{ExternalID: fmt.Sprint("house-", n)}, Status: vitrine.StatusActive}
	for i := range 20 {
		in.Files = append(in.Files, gallery.File{URL: fmt.Sprintf("https://origin.example/%d/%d.jpg", n, i)})
	}
	put, err := g.PutListing(ctx, account, in)
	if err != nil {
		b.Fatal(err)
	}
	view, err := g.Listing(ctx, account, gallery.Ref{ID: put.Listing.ID})
	if err != nil {
		b.Fatal(err)
	}
	keep := func(context.Context, *store.Tx) error { return nil } // no task is run here
	for i, placed := range view.Media {
		m := placed.Media
		digest := fmt.Sprintf("%064x", n*1000+i)
		attempt := vitrine.Attempt{MediaID: m.ID, JobID: m.JobID, Seq: m.Seq, Number: 1, Stage: "fetch", Bytes: 1000, Type: "image/jpeg", StartedAt: time.Now()}
		content := vitrine.Content{SHA256: digest, Type: "image/jpeg", Width: 4000, Height: 3000, Recipe: "r"}
		for _, name := range []string{"128", "512", "1024"} {
			content.Variants = append(content.Variants, vitrine.Variant{Name: name, Type: "image/webp", Width: 4, Height: 3, Bytes: 9})
		}
		began := time.Now()
		if _, _, err := g.BeginFetch(ctx, gallery.FetchTask{MediaID: m.ID, Seq: m.Seq, Priority: 1}); err != nil {
			b.Fatal(err)
		}
		if _, _, err := g.Claim(ctx, keep, attempt, digest, nil); err != nil {
			b.Fatal(err)
		}
		if err := g.Fetched(ctx, keep, attempt, digest, vitrine.Validator{}, 1); err != nil {
			b.Fatal(err)
		}
		optimised := vitrine.Attempt{Number: 1, Stage: "optimise", StartedAt: time.Now()}
		if err := g.Optimised(ctx, keep, content, optimised); err != nil {
			b.Fatal(err)
		}
		locked += time.Since(began)
	}
	return locked
}
