package ingest_test

import (
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// While the bucket is full everything waits, longer than any fault of ours is
// tried again. It costs nothing and is in no timeline, and is logged once.
func TestFullForLong(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		prefix   string   // of the keys there is no space for
		timeline []string // while it is full
	}{
		{"original/", nil},
		{"variant/", []string{"fetch ok"}},
	} {
		t.Run(row.prefix, func(t *testing.T) {
			t.Parallel()
			w := start(t, self(t), "imaging-worker")
			w.blobs.full.Store(&row.prefix)
			id := w.send(t, picture(t))
			until(t, "many tries", func() bool {
				w.ahead.Add(int64(10 * time.Second))
				return w.blobs.refused.Load() >= 10
			})
			if m, err := w.Media(t.Context(), w.account, gallery.Ref{ID: id}); err != nil || m.State.Ended() {
				t.Errorf("the media is %s, %v; want it to wait", m.State, err)
			}
			w.wantTimeline(t, id, row.timeline...)
			if said, back := w.said.count("no space left"), w.said.count("there is space again"); said != 1 || back != 0 {
				t.Errorf("logged %d times that it is full, %d times that it isn't", said, back)
			}

			w.blobs.full.Store(nil)
			until(t, "the picture", func() bool {
				w.ahead.Add(int64(10 * time.Second))
				return len(w.timeline(t, id)) == 2
			})
			if m := w.ended(t, id); m.State != vitrine.MediaReady || m.Failure != nil {
				t.Errorf("the media is %s, %v", m.State, m.Failure)
			}
			w.wantTimeline(t, id, "fetch ok", "optimise ok")
			if back := w.said.count("there is space again"); back != 1 {
				t.Errorf("logged %d times that there is space again", back)
			}
		})
	}
}

// A tour whose preview can't be kept waits too: it would be without one for good.
func TestFullForPreview(t *testing.T) {
	t.Parallel()
	w, o := start(t, self(t), "imaging-worker"), newTourOrigin(t, picture(t))
	prefix := "original/"
	w.blobs.full.Store(&prefix)
	result, err := w.PostClassified(t.Context(), w.account, gallery.ClassifiedInput{
		Portals: []string{"SL"}, Data: []byte("{}"), Media: []gallery.ClassifiedMedia{{URL: o.URL + "/tour", Type: vitrine.VirtualTour}},
	}, gallery.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	until(t, "some tries", func() bool {
		w.ahead.Add(int64(10 * time.Second))
		return w.blobs.refused.Load() >= 3
	})
	w.wantTour(t, result.Classified.Gallery, "", false)
	w.blobs.full.Store(nil)
	until(t, "the preview", func() bool {
		w.ahead.Add(int64(10 * time.Second))
		return len(w.keys(t)) > 0
	})
	w.wantTour(t, result.Classified.Gallery, "The house", true)
}
