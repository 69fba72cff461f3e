package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
	"github.com/vitrine-media/vitrine/internal/audittest"
	"github.com/vitrine-media/vitrine/internal/pgtest"
	"github.com/vitrine-media/vitrine/internal/s3test"
)

// place is where an installation is, or may be put.
type place struct {
	data, db, blobs string
	environ         []string
}

func folderPlace(t *testing.T) place {
	data := t.TempDir()
	return place{data: data, db: fileURL("sqlite", data, "vitrine.db"), blobs: fileURL("file", data, "blobs")}
}

func storesPlace(t *testing.T) place {
	bucket, environ := s3test.Start(t)
	return place{data: t.TempDir(), db: pgtest.Start(t), blobs: bucket, environ: environ}
}

// start runs a server there.
func (p place) start(t *testing.T, listen string, settings ...string) *server {
	t.Helper()
	s := startWith(t, p.data, listen, p.environ, append(p.settings()[2:], settings...)...)
	s.environ = append(slices.Clone(p.environ), "VITRINE_DB="+p.db, "VITRINE_BLOBS="+p.blobs)
	return s
}

func (p place) settings() []string {
	return []string{"--data", p.data, "--db", p.db, "--blobs", p.blobs}
}

// run runs a command of the installation.
func (p place) run(ctx context.Context, words ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(ctx, append(words, p.settings()...), p.environ, nil, &out, &errs)
	return code, out.String(), errs.String()
}

// want wants a command to end so, and to say these things.
func (p place) want(t *testing.T, code int, command []string, says ...string) {
	t.Helper()
	got, stdout, stderr := p.run(t.Context(), command...)
	unsaid := slices.ContainsFunc(says, func(text string) bool { return !strings.Contains(stdout+stderr, text) })
	if got != code || unsaid {
		t.Fatalf("%v: exit %d, want %d and %q:\n%s%s", command, got, code, says, stdout, stderr)
	}
}

// audit wants nothing to be wrong between the database and the bucket.
func (p place) audit(t *testing.T) {
	t.Helper()
	found, err := audittest.Audit(t.Context(), p.db, p.blobs, p.environ...)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}

// TestBackup saves an installation while others write and delete, loses it, and
// puts it back: on the same kind of machine, and on another.
func TestBackup(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ from, to func(*testing.T) place }{
		"folder":                            {folderPlace, folderPlace},
		"postgres and s3":                   {storesPlace, storesPlace},
		"postgres and s3, back in a folder": {storesPlace, folderPlace},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testRestored(t, row.from(t), row.to(t))
		})
	}
}

func testRestored(t *testing.T, from, to place) {
	address, dir := freeAddress(t), filepath.Join(t.TempDir(), "backup")
	settings := []string{"--rate-limit", "1000000", "--grace", "1s", "--original-kept", "1s", "--store-timeout", "5s"}
	old := from.start(t, address, settings...)
	in := fillServer(t, old)
	if len(from.environ) > 0 {
		in.asked = client.UploadURL{} // the address is one of the old store
	}
	before := in.look(t)

	traffic := newTraffic(t, client.New(old.base, old.keyOf(t, "busy")))
	for range 3 {
		traffic.await(t)
		from.want(t, exitOK, []string{"backup", dir}, "Saved in "+dir, "the rows as of", "objects of")
	}
	traffic.end(t)
	old.kill()

	to.want(t, exitOK, []string{"restore", dir}, "Restored what was saved at ", "tasks.")
	s := to.start(t, address, settings...)
	in.goOn(t, before)
	if wantShown(t, client.New(s.base, s.keyOf(t, "busy")), true) == 0 {
		t.Error("nothing of what came and went was in the backup")
	}
	to.want(t, exitError, []string{"restore", dir}, "not restored")
	s.interrupt(t)
	to.audit(t)
}

// wantShown wants everything of an account to end, and to be served in the end
// or, where it has to be from the beginning, at once. It gives the number of
// pictures.
func wantShown(t *testing.T, c *client.Client, atOnce bool) (pictures int) {
	t.Helper()
	for house, err := range c.AllListings(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range house.Files {
			var media client.Media
			wait(t, fmt.Sprintf("media %d of %s", file.ID, house.ExternalID), func() bool {
				if media, err = c.Media(t.Context(), file.ID); err != nil || media.Failure != nil {
					t.Fatalf("media %d of %s is %+v, %v", file.ID, house.ExternalID, media, err)
				}
				return media.Optimization == client.Success
			})
			urls := []string{media.OriginalURL}
			for _, v := range media.Variants {
				urls = append(urls, v.URL)
			}
			for _, url := range urls {
				wait(t, url, func() bool {
					answer := get(t, url)
					if answer.StatusCode != http.StatusOK && atOnce {
						t.Fatalf("%s answered %d", url, answer.StatusCode)
					}
					return answer.StatusCode == http.StatusOK
				})
				pictures++
			}
		}
	}
	return pictures
}

// traffic is listings that come and go, as fast as the server takes them.
type traffic struct {
	*client.Client
	origin       *origin
	cancel       func()
	running      sync.WaitGroup
	put, deleted atomic.Int64
	seen         [2]int64 // put and deleted at the last await
	failed       atomic.Pointer[error]
}

func newTraffic(t *testing.T, c *client.Client) *traffic {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	tr := &traffic{Client: c, origin: newOrigin(t), cancel: cancel}
	var photos [][]byte
	for seed := range uint64(8) {
		photos = append(photos, photo(t, 900+seed, 160, 120))
	}
	tr.origin.mux.HandleFunc("GET /{photo}/{name}", func(w http.ResponseWriter, r *http.Request) {
		at := int(r.PathValue("photo")[0]-'0') % len(photos)
		_, _ = w.Write(append(bytes.Clone(photos[at]), r.URL.Path...)) // bytes of its own
	})
	for n := range 2 {
		tr.running.Go(func() {
			if err := tr.write(ctx, fmt.Sprintf("busy-%d", n)); ctx.Err() == nil {
				tr.failed.Store(&err)
			}
		})
	}
	t.Cleanup(func() { cancel(); tr.running.Wait() })
	return tr
}

// write puts listings and deletes them again, until ctx ends.
func (tr *traffic) write(ctx context.Context, name string) error {
	const living = 4
	for i := 0; ; i++ {
		var urls []string
		for n := range 3 {
			urls = append(urls, fmt.Sprintf("%s/%d/%s-%d", tr.origin.URL, n, name, i))
		}
		put, err := tr.PutListing(ctx, listing(fmt.Sprintf("%s-%d", name, i), urls...))
		if err != nil {
			return err
		}
		tr.put.Add(1)
		if i%2 == 0 { // others go on while the photos of these are under way
			if _, err := tr.WaitJob(ctx, put.JobID, nil); err != nil {
				return err
			}
		}
		if i >= living {
			if err := tr.DeleteListingByExternalID(ctx, fmt.Sprintf("%s-%d", name, i-living)); err != nil {
				return err
			}
			tr.deleted.Add(1)
		}
	}
}

// await waits until some more have come and gone.
func (tr *traffic) await(t *testing.T) {
	t.Helper()
	wait(t, "listings to come and go", func() bool {
		if err := tr.failed.Load(); err != nil {
			t.Fatal(*err)
		}
		return tr.put.Load() > tr.seen[0]+3 && tr.deleted.Load() > tr.seen[1]+3
	})
	tr.seen = [2]int64{tr.put.Load(), tr.deleted.Load()}
}

func (tr *traffic) end(t *testing.T) {
	t.Helper()
	tr.cancel()
	tr.running.Wait()
	if err := tr.failed.Load(); err != nil {
		t.Fatal(*err)
	}
}

// TestBackupDamaged has an original that is not what it was: it is named, and
// all else is saved and put back. A server refuses what is half put back.
func TestBackupDamaged(t *testing.T) {
	t.Parallel()
	from, to, dir := folderPlace(t), folderPlace(t), t.TempDir()
	old := from.start(t, freeAddress(t))
	o := newOrigin(t)
	c := client.New(old.base, old.key(t))
	put, err := c.PutListing(t.Context(), listing("house-1", o.photos(t, 3)...))
	if err != nil {
		t.Fatal(err)
	}
	if job, err := c.WaitJob(t.Context(), put.JobID, nil); err != nil || job.Status != vitrine.JobCompleted {
		t.Fatalf("the job ended as %+v, %v", job, err)
	}
	original := newestOriginal(t, from.data)
	replace(t, original, []byte("spoilt"))
	digest := strings.TrimSuffix(filepath.Base(original), ".blob")
	from.want(t, exitError, []string{"backup", dir}, "Saved in ", "incomplete", "original/"+digest[:2]+"/"+digest)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	errs := &trigger{text: "moving bytes", then: cancel}
	var out bytes.Buffer
	if code := run(ctx, append([]string{"restore", dir}, to.settings()...), nil, nil, &out, errs); code != exitError || !strings.Contains(errs.String(), "interrupted") {
		t.Fatalf("interrupted: exit %d: %s", code, errs)
	}
	(&moving{t, nil, nil}).wantRefused("--blobs", to.blobs)
	to.want(t, exitOK, []string{"restore", dir}, "Restored what was saved at ", "run vitrined scrub")
}

// TestBackupRefused wants no backup of what is not there, and nothing put back
// where a server is.
func TestBackupRefused(t *testing.T) {
	t.Parallel()
	from, empty, dir := folderPlace(t), folderPlace(t), t.TempDir()
	s := from.start(t, freeAddress(t))
	empty.want(t, exitError, []string{"backup", dir}, "not saved", "no such file")
	from.want(t, exitError, []string{"backup"}, "name one folder")
	from.want(t, exitError, []string{"backup", from.data}, "something else than a backup")
	empty.want(t, exitError, []string{"restore", dir}, "no backup in ")
	from.want(t, exitOK, []string{"backup", dir}, "Saved in ")
	from.want(t, exitError, []string{"restore", dir}, "in use")
	beside := empty
	beside.db = from.db
	beside.want(t, exitError, []string{"restore", dir}, "in use")
	s.interrupt(t)
	from.want(t, exitError, []string{"restore", dir}, "not empty")
	empty.want(t, exitOK, []string{"restore", dir}, "Restored what was saved at ")
	if _, err := os.Stat(filepath.Join(empty.data, "tmp")); err != nil {
		t.Error(err)
	}
}

// TestBackupBytes pairs the bytes with rows that were saved by other means, in
// between: here the database is moved as pg_dump and pg_restore would.
func TestBackupBytes(t *testing.T) {
	t.Parallel()
	from, to, dir := storesPlace(t), storesPlace(t), filepath.Join(t.TempDir(), "backup")
	address := freeAddress(t)
	settings := []string{"--rate-limit", "1000000"}
	old := from.start(t, address, settings...)
	c := client.New(old.base, old.keyOf(t, "busy"))
	traffic := newTraffic(t, c)
	traffic.await(t)
	from.want(t, exitOK, []string{"backup", "bytes", dir}, "Saved in ")
	dumped := filepath.Join(t.TempDir(), "dump")
	from.want(t, exitOK, []string{"backup", dumped}, "the rows as of")
	traffic.await(t)
	from.want(t, exitOK, []string{"backup", "bytes", dir}, "Saved in ")
	traffic.end(t)
	old.kill()

	to.want(t, exitOK, []string{"restore", "bytes", dir}, "have to come from elsewhere")
	rows := to
	rows.blobs = fileURL("file", t.TempDir(), "none")
	rows.want(t, exitOK, []string{"restore", dumped}, "Restored")
	if code, stdout, stderr := to.run(t.Context(), "scrub"); code != exitOK {
		t.Errorf("scrub: exit %d: %s%s", code, stdout, stderr)
	}
	s := to.start(t, address, settings...)
	if wantShown(t, client.New(s.base, s.keyOf(t, "busy")), false) == 0 {
		t.Error("nothing is shown")
	}
}
