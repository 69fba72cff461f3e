package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/pgtest"
	"github.com/vitrine-media/vitrine/internal/s3test"
)

// moving is a move of one installation, made as often as it takes.
type moving struct {
	*testing.T
	args    []string
	environ []string
}

// move runs the command until its end, or until it writes that text.
func (m *moving) move(until string) (code int, stdout, stderr string) {
	m.Helper()
	ctx, cancel := context.WithCancel(m.Context())
	defer cancel()
	var out bytes.Buffer
	errs := &trigger{text: until, then: cancel}
	code = run(ctx, append([]string{"move"}, m.args...), m.environ, nil, &out, errs)
	return code, out.String(), errs.String()
}

// want wants the command to end so, and to say these things.
func (m *moving) want(code int, says ...string) {
	m.Helper()
	got, stdout, stderr := m.move("")
	unsaid := slices.ContainsFunc(says, func(text string) bool { return !strings.Contains(stdout+stderr, text) })
	if got != code || unsaid {
		m.Fatalf("exit %d, want %d and %q:\n%s%s", got, code, says, stdout, stderr)
	}
}

// wantRefused wants a server on the half-moved target to be refused.
func (m *moving) wantRefused(settings ...string) {
	m.Helper()
	ctx, cancel := context.WithTimeout(m.Context(), patience) // for a server that is not refused
	defer cancel()
	var stdout, stderr bytes.Buffer
	args := slices.Concat([]string{"serve", "--data", m.TempDir(), "--listen", freeAddress(m)}, settings)
	if code := run(ctx, args, m.environ, nil, &stdout, &stderr); code != exitError || !strings.Contains(stderr.String(), "half-done move") {
		m.Errorf("a server on the half-moved bucket: exit %d: %s", code, &stderr)
	}
}

// TestMove carries an installation from a folder to PostgreSQL and S3, beside
// the running server and then without it, with every mishap on the way.
func TestMove(t *testing.T) {
	t.Parallel()
	data, address := t.TempDir(), freeAddress(t)
	old := start(t, data, address, "--rate-limit", "100000", "--grace", "1s")
	in := fillServer(t, old)
	from, fromBlobs := fileURL("sqlite", data, "vitrine.db"), fileURL("file", data, "blobs")
	to := pgtest.Start(t)
	toBlobs, environ := s3test.Start(t)
	target := []string{"--db", to, "--blobs", toBlobs}
	m := &moving{t, []string{"--from", from, "--from-blobs", fromBlobs, "--to", to, "--to-blobs", toBlobs}, environ}

	if code, _, stderr := m.move("moving bytes"); code != exitError || !strings.Contains(stderr, "interrupted") {
		t.Fatalf("interrupted: exit %d: %s", code, stderr)
	}
	m.want(exitError, "the old server runs", "are copied")
	m.wantRefused(target...)

	// The server goes on meanwhile.
	in.addHouse(t, "house-3", 300)
	before := in.look(t)
	old.interrupt(t)
	original := newestOriginal(t, data)
	good, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := bytes.Clone(good)
	spoilt[len(spoilt)/2]++
	replace(t, original, spoilt)
	m.want(exitError, "damaged", "not moved", strings.TrimSuffix(filepath.Base(original), ".blob"))
	replace(t, original, good)
	if code, _, stderr := m.move("moving rows"); code != exitError || !strings.Contains(stderr, "interrupted") {
		t.Fatalf("interrupted: exit %d: %s", code, stderr)
	}
	m.wantRefused(target...)
	m.want(exitOK, "Moved and verified: ", "tasks.", "Start the new server with --db")
	m.want(exitError, "not moved", "not empty")

	// Killed between its last two steps, it ends as if it had not been.
	mark(t, toBlobs, environ, fromBlobs)
	m.want(exitOK, "had been moved before")

	startWith(t, t.TempDir(), address, environ, append(target, "--rate-limit", "100000")...)
	in.goOn(t, before)
	m.want(exitError, "not moved", "not empty")
}

// TestMoveDown goes the other way: from PostgreSQL and S3 to a folder.
func TestMoveDown(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	from := pgtest.Start(t)
	fromBlobs, environ := s3test.Start(t)
	old := startWith(t, t.TempDir(), address, environ, "--db", from, "--blobs", fromBlobs, "--rate-limit", "100000", "--grace", "1s")
	old.environ = append(old.environ, "VITRINE_DB="+from)
	in := fillServer(t, old)
	in.asked = client.UploadURL{} // the address is one of the old store
	data := t.TempDir()
	m := &moving{t, []string{
		"--from", from, "--from-blobs", fromBlobs,
		"--to", fileURL("sqlite", data, "vitrine.db"), "--to-blobs", fileURL("file", data, "blobs"),
	}, environ}
	m.want(exitError, "the old server runs", "are copied")
	before := in.look(t)
	old.interrupt(t)
	m.want(exitOK, "Moved and verified: ")
	start(t, data, address, "--rate-limit", "100000")
	in.goOn(t, before)
}

// TestMoveOne moves the rows alone, and then the bytes alone.
func TestMoveOne(t *testing.T) {
	t.Parallel()
	data, address := t.TempDir(), freeAddress(t)
	old := start(t, data, address, "--rate-limit", "100000", "--grace", "1s")
	in := fillServer(t, old)
	before := in.look(t)
	to := pgtest.Start(t)
	rows := &moving{t, []string{"--data", data, "--to", to}, nil}
	rows.want(exitError, "the old server runs: stop it")
	old.interrupt(t)
	rows.want(exitOK, "Moved and verified: ", "--db")
	rows.want(exitOK, "had been moved before")

	blobs := fileURL("file", t.TempDir(), "blobs")
	second := &moving{t, []string{"--data", data, "--db", to, "--to-blobs", blobs}, nil}
	second.want(exitOK, "Moved and verified: ", "--blobs")
	start(t, t.TempDir(), address, "--db", to, "--blobs", blobs, "--rate-limit", "100000")
	in.goOn(t, before)
}

// TestMoveRefused wants sources that are none, and targets in use, refused.
func TestMoveRefused(t *testing.T) {
	t.Parallel()
	empty, used := t.TempDir(), t.TempDir()
	for _, data := range []string{empty, used} {
		if code, _, stderr := commandsOn(t, data)("migrate"); code != exitOK {
			t.Fatalf("migrate: %s", stderr)
		}
	}
	if code, _, stderr := commandsOn(t, used)("keys", "create"); code != exitOK {
		t.Fatalf("keys create: %s", stderr)
	}
	db := func(data string) string { return fileURL("sqlite", data, "vitrine.db") }
	for _, row := range []struct {
		why  string
		args []string
	}{
		{"say where to", nil},
		{"are the same", []string{"--from", db(used), "--to", db(used)}},
		{"unexpected", []string{"--from", db(used), "--to", db(empty), "now"}},
		{"no such file", []string{"--from", db(t.TempDir()), "--to", db(empty)}},
		{"has no rows", []string{"--from", db(empty), "--to", db(t.TempDir())}},
		{"its table account has 1 rows", []string{"--from", db(empty), "--to", db(used)}},
		{"no such file", []string{"--from", db(used), "--from-blobs", fileURL("file", t.TempDir(), "none"), "--to-blobs", fileURL("file", t.TempDir(), "blobs")}},
	} {
		m := &moving{t, row.args, nil}
		m.want(exitError, row.why)
	}
	if _, err := os.Stat(filepath.Join(used, "blobs")); err == nil {
		t.Error("a refused move has made a folder at the source")
	}
}

// TestMoveNotices a running server by its database, or by its bytes, when its
// data folder is elsewhere.
func TestMoveNotices(t *testing.T) {
	t.Parallel()
	data, other := t.TempDir(), t.TempDir()
	db := fileURL("sqlite", other, "vitrine.db")
	start(t, data, freeAddress(t), "--db", db)
	m := &moving{t, []string{"--from", db, "--to", fileURL("sqlite", t.TempDir(), "vitrine.db")}, nil}
	m.want(exitError, "the old server runs")

	third := t.TempDir()
	if code, _, stderr := commandsOn(t, third)("keys", "create"); code != exitOK {
		t.Fatalf("keys create: %s", stderr)
	}
	m.args = []string{"--data", third, "--from-blobs", fileURL("file", data, "blobs"), "--to-blobs", fileURL("file", t.TempDir(), "blobs")}
	m.want(exitError, "the old server runs")
}

// addHouse publishes one more listing.
func (in *installation) addHouse(t *testing.T, name string, seed uint64) {
	t.Helper()
	var urls []string
	for i := range uint64(3) {
		urls = append(urls, in.origin.serve("/"+name+string(rune('a'+i)), photo(t, seed+i, 320, 240)))
	}
	put, err := in.PutListing(t.Context(), listing(name, urls...))
	if err != nil {
		t.Fatal(err)
	}
	if job, err := in.WaitJob(t.Context(), put.JobID, nil); err != nil || job.Status != vitrine.JobCompleted {
		t.Fatalf("the job ended as %+v, %v", job, err)
	}
	deliveries(t, in.Client, in.hook.ID)
}

// newestOriginal is the file that was put last.
func newestOriginal(t *testing.T, data string) (newest string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(data, "blobs", "original.dir", "*", "*.blob"))
	if err != nil || len(files) == 0 {
		t.Fatalf("originals %q, %v", files, err)
	}
	return slices.MaxFunc(files, func(a, b string) int { return modTime(t, a).Compare(modTime(t, b)) })
}

// mark makes a bucket one that is being moved to.
func mark(t *testing.T, url string, environ []string, source string) {
	t.Helper()
	bucket, err := blob.Open(t.Context(), url, environ...)
	if err != nil {
		t.Fatal(err)
	}
	if err := bucket.Put(t.Context(), "moving", strings.NewReader(source), int64(len(source))); err != nil {
		t.Fatal(err)
	}
	if err := bucket.Close(); err != nil {
		t.Fatal(err)
	}
}

func modTime(t *testing.T, path string) time.Time {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.ModTime()
}

// replace changes what is in a file.
func replace(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
