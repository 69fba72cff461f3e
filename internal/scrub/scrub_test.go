package scrub_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/ingest"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/scrub"
	"github.com/vitrine-media/vitrine/internal/store"
)

// tasks are the unfinished tasks of some kinds, each with its key.
func (f *fixture) tasks(t *testing.T, kinds ...string) []string {
	t.Helper()
	found := []string{}
	must(t, f.db.View(t.Context(), func(tx *store.Tx) error {
		for task, err := range f.queue.Unfinished(t.Context(), tx) {
			if err != nil {
				return err
			}
			for _, kind := range kinds {
				if task.Kind == kind {
					found = append(found, task.Kind+" "+task.Key)
				}
			}
		}
		return nil
	}))
	return found
}

func write(t *testing.T, f *fixture, key, text string) {
	t.Helper()
	must(t, f.blobs.Put(t.Context(), key, strings.NewReader(text), int64(len(text))))
}

func TestScrub(t *testing.T) {
	t.Parallel()
	unknown := strings.Repeat("ab", 32)
	tests := map[string]struct {
		harm  func(t *testing.T, f *fixture, c vitrine.Content) (key string)
		want  scrub.Problem // "" for nothing
		tasks func(sha256 string) []string
	}{
		"all is well": {
			harm: func(*testing.T, *fixture, vitrine.Content) string { return "" },
		},
		"an original that is gone": {
			harm: func(t *testing.T, f *fixture, c vitrine.Content) string {
				key := gallery.OriginalKey(c.SHA256)
				must(t, f.blobs.Delete(t.Context(), key))
				return key
			},
			want: scrub.Missing,
		},
		"an original of other bytes": {
			harm: func(t *testing.T, f *fixture, c vitrine.Content) string {
				key := gallery.OriginalKey(c.SHA256)
				write(t, f, key, strings.Repeat("x", int(c.Bytes)))
				return key
			},
			want: scrub.Damaged,
		},
		"a variant that is gone": {
			harm: func(t *testing.T, f *fixture, c vitrine.Content) string {
				key := gallery.VariantKey(c.SHA256, c.Recipe, c.Variants[1])
				must(t, f.blobs.Delete(t.Context(), key))
				return key
			},
			want:  scrub.Missing,
			tasks: func(sha256 string) []string { return []string{"repair " + sha256} },
		},
		"a variant that is too short": {
			harm: func(t *testing.T, f *fixture, c vitrine.Content) string {
				key := gallery.VariantKey(c.SHA256, c.Recipe, c.Variants[0])
				write(t, f, key, "short")
				return key
			},
			want:  scrub.Damaged,
			tasks: func(sha256 string) []string { return []string{"repair " + sha256} },
		},
		"a variant of other bytes": {
			harm: func(t *testing.T, f *fixture, c vitrine.Content) string {
				key := gallery.VariantKey(c.SHA256, c.Recipe, c.Variants[0])
				write(t, f, key, strings.Repeat("x", int(c.Variants[0].Bytes)))
				return key
			},
			want:  scrub.Damaged,
			tasks: func(sha256 string) []string { return []string{"repair " + sha256} },
		},
		"an original that nobody knows": {
			harm: func(t *testing.T, f *fixture, _ vitrine.Content) string {
				key := gallery.OriginalKey(unknown)
				write(t, f, key, "whose?")
				return key
			},
			want:  scrub.Unknown,
			tasks: func(string) []string { return []string{"tidy " + unknown} },
		},
		"a variant of a recipe that is no more": {
			harm: func(t *testing.T, f *fixture, c vitrine.Content) string {
				key := gallery.VariantKey(c.SHA256, "r0", c.Variants[0])
				write(t, f, key, "older")
				return key
			},
			want:  scrub.Unknown,
			tasks: func(sha256 string) []string { return []string{"tidy " + sha256} },
		},
		"an upload that nobody waits for": {
			harm: func(t *testing.T, f *fixture, _ vitrine.Content) string {
				key := gallery.UploadKey("8f14e45f-ceea-467f-a0e6-0123456789ab")
				write(t, f, key, "late")
				return key
			},
			want:  scrub.Unknown,
			tasks: func(string) []string { return []string{"discard "} },
		},
		"what is not ours": {
			harm: func(t *testing.T, f *fixture, _ vitrine.Content) string {
				write(t, f, "original/readme.txt", "hello")
				return "original/readme.txt"
			},
			want: scrub.Unknown,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			c := f.put(t, "1.jpg", []byte("a photo"))
			f.put(t, "2.jpg", []byte("another photo"))
			key := tt.harm(t, f, c)
			f.ahead.Add(int64(2 * grace))
			want := map[string]scrub.Problem{}
			if tt.want != "" {
				want[key] = tt.want
			}
			if diff := cmp.Diff(want, f.scrub(t, true)); diff != "" {
				t.Errorf("found (-want +got)\n%s", diff)
			}
			tasks := []string{}
			if tt.tasks != nil {
				tasks = tt.tasks(c.SHA256)
			}
			if diff := cmp.Diff(tasks, f.tasks(t, gallery.TaskRepair, gallery.TaskTidy, gallery.TaskDiscard)); diff != "" {
				t.Errorf("tasks (-want +got)\n%s", diff)
			}
		})
	}
}

// TestNotYet has what may be on its way to a row, or just been given up by one,
// left alone.
func TestNotYet(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.put(t, "1.jpg", []byte("a photo"))
	write(t, f, gallery.OriginalKey(strings.Repeat("ab", 32)), "on its way")
	write(t, f, gallery.VariantKey(c.SHA256, "r2", c.Variants[0]), "on its way")
	write(t, f, gallery.UploadKey("8f14e45f-ceea-467f-a0e6-0123456789ab"), "on its way")
	if diff := cmp.Diff(map[string]scrub.Problem{}, f.scrub(t, true)); diff != "" {
		t.Errorf("found (-want +got)\n%s", diff)
	}
}

// TestPages goes through more contents than one look at the rows gives, and
// through objects before, between and behind them.
func TestPages(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const rows = 1_100
	must(t, f.db.Write(t.Context(), func(tx *store.Tx) error {
		for i := range rows {
			if _, err := tx.EnsureContent(t.Context(), digestOf(fmt.Append(nil, i)), 1, "image/jpeg", f.now()); err != nil {
				return err
			}
		}
		_, err := tx.Exec(t.Context(), `update content set state = 'ready'`)
		return err
	}))
	for i := range rows {
		if i%3 > 0 {
			write(t, f, gallery.OriginalKey(digestOf(fmt.Append(nil, i))), "1")
		}
	}
	want := map[string]scrub.Problem{}
	for i := 0; i < rows; i += 3 {
		want[gallery.OriginalKey(digestOf(fmt.Append(nil, i)))] = scrub.Missing
	}
	for _, digest := range []string{strings.Repeat("00", 32), strings.Repeat("7f", 32), strings.Repeat("ff", 32)} {
		key := gallery.VariantKey(digest, "r1", vitrine.Variant{Name: "128", Type: "image/webp"})
		write(t, f, key, "1")
		want[key] = scrub.Unknown
	}
	f.ahead.Add(int64(2 * grace))
	if diff := cmp.Diff(want, f.scrub(t, false)); diff != "" {
		t.Errorf("found (-want +got)\n%s", diff)
	}
}

// TestShare reads each content once in any 28 turns.
func TestShare(t *testing.T) {
	t.Parallel()
	read := make(map[string]int)
	for turn := range int64(28) {
		wanted := scrub.Share(1_000_003 + turn)
		for i := range 500 {
			if digest := digestOf(fmt.Append(nil, i)); wanted(digest) {
				read[digest]++
			}
		}
	}
	if len(read) != 500 {
		t.Errorf("%d of 500 contents were read", len(read))
	}
	for digest, n := range read {
		if n != 1 {
			t.Errorf("%s was read %d times", digest, n)
		}
	}
}

// TestNightly has a scrub follow each other one, and none where none is wanted.
func TestNightly(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	must(t, f.ScheduleScrub(t.Context()))
	must(t, f.ScheduleScrub(t.Context())) // another node starts
	var at []time.Time
	var turns []int64
	look := func(ctx context.Context, tx *store.Tx) error {
		for task, err := range f.queue.Unfinished(ctx, tx) {
			if err != nil {
				return err
			}
			if task.Lane == gallery.LaneScrub {
				at = append(at, task.RunAt.UTC())
				var args gallery.ScrubTask
				if err := json.Unmarshal(task.Args.(json.RawMessage), &args); err != nil {
					return err
				}
				turns = append(turns, args.Turn)
			}
		}
		return nil
	}
	must(t, f.db.View(t.Context(), func(tx *store.Tx) error { return look(t.Context(), tx) }))
	if len(at) != 1 || at[0].Hour() != 3 || at[0].Minute() != 0 || !at[0].After(f.now()) || at[0].Sub(f.now()) > 24*time.Hour {
		t.Fatalf("it is %v, and a scrub is at %v", f.now().UTC(), at)
	}
	f.ahead.Add(int64(at[0].Sub(f.now()) + time.Hour))
	stray := gallery.OriginalKey(strings.Repeat("ab", 32))
	write(t, f, stray, "whose?")
	jobs := ingest.New(ingest.Config{
		Gallery: f.Gallery, Blobs: f.blobs, Now: f.now, Log: slog.New(slog.DiscardHandler),
		Scrub: scrub.Config{DB: f.db, Blobs: f.blobs, Now: f.now},
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- f.queue.Work(ctx, []queue.LaneWorkers{{Lane: gallery.LaneScrub, Workers: 1}, {Lane: gallery.LaneSweep, Workers: 1}}, jobs.Handlers())
	}()
	for deadline := time.Now().Add(time.Minute); f.keys(t)[stray]; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing was scrubbed")
		}
	}
	cancel()
	must(t, <-ended)
	first := at[0]
	at = nil
	must(t, f.db.View(t.Context(), func(tx *store.Tx) error { return look(t.Context(), tx) }))
	if len(at) != 1 || !at[0].Equal(first.Add(24*time.Hour)) {
		t.Errorf("the scrub after %v is at %v", first, at)
	}
	if diff := cmp.Diff([]int64{0, 1}, turns); diff != "" {
		t.Errorf("turns (-want +got)\n%s", diff)
	}
}
