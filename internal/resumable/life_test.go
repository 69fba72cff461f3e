package resumable_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/gallery"
)

func (s *server) sweep() {
	s.t.Helper()
	if err := s.handler.Sweep(s.t.Context()); err != nil {
		s.t.Error(err)
	}
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	content := photo(t, 1000)
	old, _ := s.create(1000)
	s.patch(old, 0, bytes.NewReader(content[:600]))
	s.clock.advance(time.Hour)
	young, media := s.create(1000)
	s.patch(young, 0, bytes.NewReader(content[:600]))

	s.clock.advance(s.limits.UploadKept - time.Hour - time.Nanosecond)
	s.sweep()
	if a := s.send(http.MethodHead, old, nil, nil); a.status != http.StatusOK || a.header.Get("Upload-Offset") != "600" {
		t.Fatalf("before its time is up: %d, offset %q", a.status, a.header.Get("Upload-Offset"))
	}
	s.clock.advance(time.Nanosecond)
	s.wantError(s.patch(old, 600, bytes.NewReader(content[600:])), http.StatusNotFound, "not_found", "Upload not found")
	s.sweep()
	if left := s.files(""); len(left) != 2 {
		t.Errorf("after the sweep there are %v, want the record and bytes of one upload", left)
	}
	a := s.patch(young, 600, bytes.NewReader(content[600:]))
	s.wantUploaded(media, number(t, a, "X-Job-Id"), content)

	s.clock.advance(s.limits.UploadKept)
	s.sweep()
	if left := s.files(""); len(left) > 0 {
		t.Errorf("after the last sweep there are %v", left)
	}
}

func TestTermination(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path, media := s.create(1000, "externalId", "flat-77-kitchen")
	s.patch(path, 0, bytes.NewReader(make([]byte, 600)))
	if a := s.send(http.MethodDelete, path, nil, nil); a.status != http.StatusNoContent {
		t.Fatalf("DELETE: %d %s", a.status, a.text)
	}
	if left := s.files(""); len(left) > 0 {
		t.Errorf("an ended upload has left %v", left)
	}
	s.wantError(s.send(http.MethodDelete, path, nil, nil), http.StatusNotFound, "not_found", "Upload not found")
	content := photo(t, 500)
	path, again := s.create(len(content), "externalId", "flat-77-kitchen")
	if again != media {
		t.Errorf("the media is %d, want %d, which waits for its bytes", again, media)
	}
	s.wantUploaded(media, number(t, s.patch(path, 0, bytes.NewReader(content)), "X-Job-Id"), content)
}

// TestLastAnswerLost has a client that does not know that all has come.
func TestLastAnswerLost(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	content := photo(t, 1000)
	path, media := s.create(len(content), "filename", "kitchen.jpg")
	job := number(t, s.patch(path, 0, bytes.NewReader(content)), "X-Job-Id")
	s.restart(false)

	a := s.send(http.MethodHead, path, nil, nil)
	if a.status != http.StatusOK || a.header.Get("Upload-Offset") != "1000" || a.header.Get("Upload-Length") != "1000" {
		t.Errorf("HEAD: %d %v", a.status, a.header)
	}
	if got := number(t, a, "X-Job-Id"); got != job || number(t, a, "X-Media-Id") != media {
		t.Errorf("HEAD tells of job %d, want %d", got, job)
	}
	if got := a.header.Get("Upload-Metadata"); !strings.Contains(got, metadata("filename", "kitchen.jpg")) {
		t.Errorf("the metadata are %q", got)
	}
	if a := s.patch(path, 1000, nil); a.status != http.StatusNoContent || number(t, a, "X-Job-Id") != job {
		t.Errorf("an empty PATCH at the end: %d %s", a.status, a.text)
	}
	s.wantUploaded(media, job, content)
}

// TestFinishedLater has an upload whose last byte comes while the bucket is out
// of order. It is finished by whoever comes first afterwards.
func TestFinishedLater(t *testing.T) {
	t.Parallel()
	for name, heal := range map[string]func(s *server, path string){
		"HEAD":        func(s *server, path string) { s.send(http.MethodHead, path, nil, nil) },
		"PATCH":       func(s *server, path string) { s.patch(path, 1000, nil) },
		"sweep":       func(s *server, _ string) { s.sweep() },
		"a new start": func(s *server, _ string) { s.restart(false); s.sweep() },
		"late sweep": func(s *server, _ string) {
			s.clock.advance(s.limits.UploadKept)
			s.sweep()
			s.clock.advance(-time.Second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			content := photo(t, 1000)
			path, media := s.create(len(content))
			s.bucket.broken.Store(true)
			s.wantError(s.patch(path, 0, bytes.NewReader(content)), http.StatusInternalServerError, "internal", "Internal server error")
			if !strings.Contains(s.log.String(), "the disk is on fire") {
				t.Error("the log does not tell why")
			}
			if a := s.send(http.MethodHead, path, nil, nil); a.status != http.StatusInternalServerError {
				t.Errorf("HEAD answers %d while the upload can't be finished", a.status)
			}
			if err := s.handler.Sweep(t.Context()); err == nil {
				t.Error("the sweep does not tell of what it could not do")
			}
			s.bucket.broken.Store(false)
			heal(s, path)
			a := s.send(http.MethodHead, path, nil, nil)
			s.wantUploaded(media, number(t, a, "X-Job-Id"), content)
		})
	}
}

// TestCrashAfterConfirming puts on disk what a server leaves that was killed
// between the confirmation and noting it.
func TestCrashAfterConfirming(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	content := photo(t, 1000)
	path, media := s.create(len(content))
	job := number(t, s.patch(path, 0, bytes.NewReader(content)), "X-Job-Id")
	id := path[strings.LastIndex(path, "/")+1:]
	record, err := os.ReadFile(filepath.Join(s.dir, id+".json"))
	if err != nil {
		t.Fatal(err)
	}
	unconfirmed := strings.NewReplacer(`"confirmed":true`, `"confirmed":false`, `"job":`+strconv.FormatInt(job, 10), `"job":0`).Replace(string(record))
	if unconfirmed == string(record) {
		t.Fatalf("the record is %s", record)
	}
	for suffix, data := range map[string][]byte{".json": []byte(unconfirmed), ".bytes": content, ".tmp": []byte("{")} {
		if err := os.WriteFile(filepath.Join(s.dir, id+suffix), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.restart(false)
	s.sweep()
	if again := number(t, s.send(http.MethodHead, path, nil, nil), "X-Job-Id"); again != job {
		t.Errorf("the job is %d, want %d as before", again, job)
	}
	s.wantUploaded(media, job, content)
	if left := s.files(".tmp"); len(left) > 0 {
		t.Errorf("a half-written record is left: %v", left)
	}
}

// TestRefusedInTheEnd deletes the media while its bytes come.
func TestRefusedInTheEnd(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	content := photo(t, 1000)
	path, media := s.create(len(content))
	s.patch(path, 0, bytes.NewReader(content[:600]))
	if err := s.gallery.DeleteMedia(t.Context(), s.account, gallery.Ref{ID: media}); err != nil {
		t.Fatal(err)
	}
	s.wantError(s.patch(path, 600, bytes.NewReader(content[600:])), http.StatusNotFound, "not_found",
		"Media "+strconv.FormatInt(media, 10)+" not found")
	if left := s.files(""); len(left) > 0 {
		t.Errorf("an upload that leads nowhere has left %v", left)
	}
}

// TestRest removes bytes that nobody can find any more.
func TestRest(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	if err := os.WriteFile(filepath.Join(s.dir, strings.Repeat("A", 26)+".bytes"), []byte("rest"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.sweep()
	if left := s.files(""); len(left) > 0 {
		t.Errorf("after the sweep there are %v", left)
	}
}

var errLineCut = errors.New("the line was cut")

// slow is a body whose second half comes when goOn is called, or its end when
// goOn has an error for it.
func slow(content []byte, half int) (body io.Reader, goOn func(error)) {
	r, w := io.Pipe()
	return io.MultiReader(bytes.NewReader(content[:half]), r), func(err error) {
		if err == nil {
			_, err = w.Write(content[half:])
		}
		_ = w.CloseWithError(err) // never fails
	}
}

// background sends a PATCH and gives its outcome later.
func (s *server) background(path string, offset int, body io.Reader) <-chan answer {
	done := make(chan answer, 1)
	go func() {
		a, _ := s.try(http.MethodPatch, path, patchHeader(offset), body) // cut off, it has no answer
		done <- a
	}()
	return done
}

// TestConcurrentPatch has a second writer take over an upload from the first.
func TestConcurrentPatch(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	content := photo(t, 1000)
	path, media := s.create(len(content))
	body, goOn := slow(content, 600)
	defer goOn(errLineCut)
	first := s.background(path, 0, body)
	s.waitForBytes(600)

	a := s.patch(path, 600, bytes.NewReader(content[600:]))
	if a.status != http.StatusNoContent {
		t.Fatalf("the second writer: %d %s", a.status, a.text)
	}
	s.wantUploaded(media, number(t, a, "X-Job-Id"), content)
	s.wantError(<-first, http.StatusConflict, "conflict", "Another request has taken over this upload; go on from the offset that HEAD tells")
}

// TestManyPatches lets many writers loose on one upload: it ends with the right
// bytes, whoever sent them.
func TestManyPatches(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	content := photo(t, 100_000)
	path, media := s.create(len(content))
	const writers = 8
	outcome := make(chan error, writers)
	for range writers {
		go func() {
			for {
				a, err := s.try(http.MethodHead, path, nil, nil)
				if err != nil {
					outcome <- err
					return
				}
				offset, err := strconv.Atoi(a.header.Get("Upload-Offset"))
				if err != nil || offset == len(content) {
					outcome <- err
					return
				}
				end := min(len(content), offset+30_000)
				a, err = s.try(http.MethodPatch, path, patchHeader(offset), bytes.NewReader(content[offset:end]))
				if err == nil && a.status != http.StatusNoContent && a.status != http.StatusConflict {
					outcome <- errors.New(a.text)
					return
				}
			}
		}()
	}
	for range writers {
		if err := <-outcome; err != nil {
			t.Error(err)
		}
	}
	s.wantUploaded(media, number(t, s.send(http.MethodHead, path, nil, nil), "X-Job-Id"), content)
}

// TestStall cuts off a client that sends no more.
func TestStall(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.crash()
	s.startWith(2*time.Second, 0) // and twice that for an answer, on a busy machine
	content := photo(t, 1000)
	path, media := s.create(len(content))
	body, goOn := slow(content, 600)
	defer goOn(errLineCut)
	s.wantError(<-s.background(path, 0, body), http.StatusServiceUnavailable, "internal", "The body came to a halt; go on from the offset that HEAD tells")
	s.wantUploaded(media, number(t, s.patch(path, 600, bytes.NewReader(content[600:])), "X-Job-Id"), content)
}

// TestSlowLine has a request that lasts longer than the server's limit for any.
func TestSlowLine(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.crash()
	const limit = time.Second
	s.startWith(patience, limit)
	content := photo(t, 1000)
	path, media := s.create(len(content))
	body, goOn := slow(content, 600)
	time.AfterFunc(2*limit, func() { goOn(nil) })
	a := s.patch(path, 0, body)
	s.wantUploaded(media, number(t, a, "X-Job-Id"), content)
}

// TestStop ends a slow upload in good order.
func TestStop(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	content := photo(t, 1000)
	path, media := s.create(len(content))
	body, goOn := slow(content, 600)
	defer goOn(errLineCut)
	under := s.background(path, 0, body)
	s.waitForBytes(600)
	s.handler.Stop()
	s.wantError(<-under, http.StatusServiceUnavailable, "internal", "The server is restarting; go on from the offset that HEAD tells")
	s.restart(true)
	s.wantUploaded(media, number(t, s.patch(path, 600, bytes.NewReader(content[600:])), "X-Job-Id"), content)
}
