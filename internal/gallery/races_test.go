package gallery_test

import (
	"context"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

// together has operations of one account begin while none can write, and then
// run. On PostgreSQL that makes sure that they wait for one another; SQLite has
// one writer anyway.
func (f fixture) together(t *testing.T, operations ...func(ctx context.Context) error) []error {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	held, let := make(chan bool), make(chan bool)
	holder := make(chan error, 1)
	go func() {
		holder <- f.db.Write(ctx, func(tx *store.Tx) error {
			if err := tx.LockAccount(ctx, f.account); err != nil {
				return err
			}
			close(held)
			<-let
			return nil
		})
	}()
	<-held
	results := make([]chan error, len(operations))
	for i, operation := range operations {
		results[i] = make(chan error, 1)
		go func() { results[i] <- operation(ctx) }()
		f.blocked(t, i+1)
	}
	close(let)
	if err := <-holder; err != nil {
		t.Fatal(err)
	}
	errs := make([]error, len(results))
	for i, result := range results {
		errs[i] = <-result
		if errs[i] != nil && vitrine.CodeOf(errs[i]) == vitrine.CodeInternal {
			t.Errorf("operation %d: %v", i, errs[i])
		}
	}
	return errs
}

// blocked waits until so many transactions wait for a lock.
func (f fixture) blocked(t *testing.T, want int) {
	t.Helper()
	if f.db.Engine() == store.SQLite {
		return
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		var got int
		err := f.db.View(t.Context(), func(tx *store.Tx) error {
			return tx.QueryRow(t.Context(), `select count(*) from pg_stat_activity
				where wait_event_type = 'Lock' and datname = current_database()`).Scan(&got)
		})
		if err != nil {
			t.Fatal(err)
		}
		if got >= want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d transactions wait for another, want %d", got, want)
		}
	}
}

// wantNoOpenJob asserts that every job of ended or deleted media has ended.
func (f fixture) wantNoOpenJob(t *testing.T) {
	t.Helper()
	var open int
	err := f.db.View(t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(t.Context(), `select count(*) from job where ended_at = 0
			and not exists (select 1 from media where media.job_id = job.id and state in ('pending', 'processing'))
			and not exists (select 1 from listing where listing.job_id = job.id and status = 'pending_active')`).Scan(&open)
	})
	if err != nil || open != 0 {
		t.Errorf("%d jobs never end, %v", open, err)
	}
}

func (f fixture) imported(t *testing.T, name string) vitrine.Media {
	t.Helper()
	result, err := f.Import(t.Context(), f.account, "https://origin.example/"+name, name)
	if err != nil {
		t.Fatal(err)
	}
	return result.Media
}

func attemptAt(m vitrine.Media) vitrine.Attempt {
	return vitrine.Attempt{MediaID: m.ID, JobID: m.JobID, Seq: m.Seq, Number: 1, Stage: "fetch", Bytes: 3, Type: "image/jpeg"}
}

// A media that ends just when another listing takes it in settles that too.
func TestEndWhilePut(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusActive, files("a", "b", "c"))
		media := f.media(t, put.Listing.ID)
		for _, m := range media {
			f.fetched(t, m, digest(m))
		}
		f.optimised(t, "sha-a")
		f.optimised(t, "sha-b")
		var other gallery.PutResult
		last := f.asBegun(t, vitrine.Content{SHA256: "sha-c", Type: "image/jpeg", Recipe: "r"})
		f.together(t, func(ctx context.Context) error {
			return f.Optimised(ctx, noFinish, last, vitrine.Attempt{Stage: "optimise"})
		}, func(ctx context.Context) (err error) {
			other, err = f.PutListing(ctx, f.account, gallery.ListingInput{
				Ref: gallery.Ref{ExternalID: "house-2"}, Status: vitrine.StatusActive,
				Files: []gallery.File{{ID: media[0].ID}, {ID: media[1].ID}, {ID: media[2].ID}},
			})
			return err
		})
		f.wantJob(t, put.JobID, vitrine.JobCompleted)
		f.wantJob(t, other.JobID, vitrine.JobCompleted)
	})
}

// Two that try a failed media again share one try.
func TestTwoRetries(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		m := f.imported(t, "a")
		f.bad(t, m)
		var one, two gallery.ImportResult
		f.together(t,
			func(ctx context.Context) (err error) { one, err = f.Retry(ctx, f.account, m.ID); return err },
			func(ctx context.Context) (err error) { two, err = f.Retry(ctx, f.account, m.ID); return err })
		if one.JobID == 0 || one.JobID != two.JobID {
			t.Errorf("jobs %d and %d, want the same", one.JobID, two.JobID)
		}
		f.wantNoOpenJob(t)
	})
}

// Whatever happens to a media while it is deleted leaves nothing behind.
func TestDeleteMeets(t *testing.T) {
	for name, other := range map[string]func(ctx context.Context, f fixture, m vitrine.Media) error{
		"a retry": func(ctx context.Context, f fixture, m vitrine.Media) error {
			_, err := f.Retry(ctx, f.account, m.ID)
			return err
		},
		"a claim": func(ctx context.Context, f fixture, m vitrine.Media) error {
			_, _, err := f.Claim(ctx, noFinish, attemptAt(m), "sha-a", nil)
			return err
		},
		"an attempt": func(ctx context.Context, f fixture, m vitrine.Media) error {
			return f.Postpone(ctx, noFinish, attemptAt(m))
		},
		"a list": func(ctx context.Context, f fixture, m vitrine.Media) error {
			_, err := f.PutListing(ctx, f.account, gallery.ListingInput{Ref: gallery.Ref{ExternalID: "h"}, Files: []gallery.File{{ID: m.ID}}})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			onEngines(t, func(t *testing.T, f fixture) {
				for _, deleteFirst := range []bool{true, false} {
					m := f.imported(t, "a")
					operations := []func(context.Context) error{
						func(ctx context.Context) error { return f.DeleteMedia(ctx, f.account, gallery.Ref{ID: m.ID}) },
						func(ctx context.Context) error { return other(ctx, f, m) },
					}
					if !deleteFirst {
						operations[0], operations[1] = operations[1], operations[0]
					}
					f.together(t, operations...)
					if _, err := f.Media(t.Context(), f.account, gallery.Ref{ID: m.ID}); vitrine.CodeOf(err) != vitrine.CodeNotFound {
						t.Errorf("the media is still there: %v", err)
					}
				}
				f.wantNoOpenJob(t)
				f.wantAllFreed(t)
			})
		})
	}
}

// wantAllFreed asserts that no content is kept for nobody.
func (f fixture) wantAllFreed(t *testing.T) {
	t.Helper()
	var kept int
	err := f.db.View(t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(t.Context(), `select count(*) from content where unused_at = 0
			and not exists (select 1 from media where media.sha256 = content.sha256 or media.wanted_sha256 = content.sha256)
			and not exists (select 1 from shown where shown.sha256 = content.sha256)`).Scan(&kept)
	})
	if err != nil || kept != 0 {
		t.Errorf("%d contents are kept for nobody, %v", kept, err)
	}
}

func TestPutMeetsDeleteListing(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		put := f.put(t, vitrine.StatusDraft, files("a"))
		m := f.media(t, put.Listing.ID)[0]
		f.fetched(t, m, "sha-a")
		begun := f.asBegun(t, vitrine.Content{SHA256: "sha-a", Type: "image/jpeg", Recipe: "r"})
		f.together(t,
			func(ctx context.Context) error {
				return f.DeleteListing(ctx, f.account, gallery.Ref{ID: put.Listing.ID})
			},
			func(ctx context.Context) error {
				_, err := f.PutListing(ctx, f.account, gallery.ListingInput{Ref: gallery.Ref{ExternalID: "house-1"}, Files: files("b")})
				return err
			},
			func(ctx context.Context) error {
				return f.Optimised(ctx, noFinish, begun, vitrine.Attempt{Stage: "optimise"})
			})
		f.wantServed(t, "sha-a", true)
	})
}

// A request for an upload that meets its confirmation doesn't undo it.
func TestRequestMeetsConfirm(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		in := gallery.UploadInput{ContentType: "image/jpeg", ExternalID: "p"}
		upload, err := f.RequestUpload(t.Context(), f.account, in)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.send(t.Context(), upload, "image/jpeg", "abc"); err != nil {
			t.Fatal(err)
		}
		f.together(t,
			func(ctx context.Context) error {
				_, err := f.ConfirmUpload(ctx, f.account, gallery.Ref{ID: upload.Media.ID})
				return err
			},
			func(ctx context.Context) error { _, err := f.RequestUpload(ctx, f.account, in); return err })
		m, err := f.Media(t.Context(), f.account, gallery.Ref{ID: upload.Media.ID})
		if err != nil || m.State != vitrine.MediaPending {
			t.Fatalf("the media is %s, %v", m.State, err)
		}
		f.fetched(t, m, "sha-a")
		f.optimised(t, "sha-a")
		f.later(25 * time.Hour)
		f.together(t, f.Sweep, f.Sweep)
		if _, err := f.Media(t.Context(), f.account, gallery.Ref{ID: m.ID}); err != nil {
			t.Errorf("a day later the photo is gone: %v", err)
		}
	})
}
