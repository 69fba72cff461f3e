package main

import (
	"context"
	"fmt"
	"time"

	"github.com/vitrine-media/vitrine/client"
)

// The pauses between two looks at the listing: short at first, so that a small
// listing is told of at once, and then far below the rate limit of the API.
const (
	firstLook = 100 * time.Millisecond
	maxLook   = time.Second
)

// watcher follows a listing that was sent until its work is done. A look costs
// one request, and one more for each file when it ends.
type watcher struct {
	client   *client.Client
	put      client.PutResult
	names    []string        // of the files sent, in order
	sent     map[int64]given // the files that were uploaded, by their media
	started  time.Time
	progress progress
}

// watch waits until every file of the listing has ended, and its job has.
func (w *watcher) watch(ctx context.Context) (*report, error) {
	defer w.progress.end()
	ended := make(map[int64]outcome)
	for pause, first := firstLook, true; ; pause, first = min(pause*3/2, maxLook), false {
		listing, err := w.client.Listing(ctx, w.put.ID)
		if err != nil {
			return nil, err
		}
		w.progress.working(len(listing.Files))
		var s standing
		for i, file := range listing.Files {
			if _, known := ended[file.ID]; known {
				continue
			}
			if !file.Optimization.Ended() {
				s.add(file.Optimization, file.Progress)
				continue
			}
			media, err := w.client.Media(ctx, file.ID)
			if err != nil {
				return nil, err
			}
			end := outcome{name: w.name(listing.Files, i), media: media}
			if uploaded, ok := w.sent[file.ID]; !first || ok && !uploaded.reused {
				end.took = time.Since(w.started)
			}
			ended[file.ID] = end
			w.progress.ended(end)
		}
		w.progress.standing(s)
		if len(ended) >= len(listing.Files) {
			report, err := w.finish(ctx, listing, ended)
			if err != nil || report != nil {
				return report, err
			}
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, fmt.Errorf("wait for listing %d: %w", w.put.ID, err)
		}
	}
}

// finish makes the report, or gives nil when the listing's job still runs
// although all its files have ended.
func (w *watcher) finish(ctx context.Context, listing client.Listing, ended map[int64]outcome) (*report, error) {
	r := &report{put: w.put, status: listing.Status()}
	if w.put.JobID != 0 {
		job, err := w.client.Job(ctx, w.put.JobID)
		if err != nil || !job.Ended() {
			return nil, err
		}
		r.reason = job.Error
		// The listing was read before its job was seen to have ended.
		if listing, err = w.client.Listing(ctx, w.put.ID); err != nil {
			return nil, err
		}
		r.status = listing.Status()
	}
	for _, file := range listing.Files {
		if end, ok := ended[file.ID]; ok {
			r.files = append(r.files, end)
		}
	}
	r.took = time.Since(w.started)
	return r, nil
}

// name is what a person would call a file of the listing: its name on this
// machine, its sender's own id, or the end of its URL. The server drops repeats
// from a list, after which the places don't tell which URL is whose.
func (w *watcher) name(files []client.ListingFile, i int) string {
	switch uploaded, ok := w.sent[files[i].ID]; {
	case ok:
		return uploaded.name
	case files[i].ExternalID != "":
		return files[i].ExternalID
	case len(files) == len(w.names) && w.names[i] != "":
		return w.names[i]
	}
	return fmt.Sprintf("media %d", files[i].ID)
}

// sleep waits, or gives the reason why the context ended first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
