package client_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// uploads is the part of a server that takes in files: one media, 502, and one
// file that is there already.
type uploads struct {
	url string

	mu        sync.Mutex
	breaks    int      // this many PUTs are cut off in the middle
	refuses   int      // this many PUTs answer 503
	puts      []string // what each PUT was like
	stored    []byte
	confirmed bool
}

func (u *uploads) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch r.Method + " " + r.URL.Path {
	case "POST /api/v1/media/request-upload-url":
		var in client.UploadInput
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			panic(err)
		}
		if in.ExternalID == "there" {
			w.WriteHeader(http.StatusConflict)
			u.answer(w, `{"statusCode":409,"message":"Media 501 holds a file already","code":"conflict"}`)
			return
		}
		w.WriteHeader(http.StatusCreated)
		u.answer(w, fmt.Sprintf(`{"mediaId":502,"uploadUrl":"%s/bucket/key?signature=s3cret","method":"PUT","headers":{"Content-Type":%q},"externalId":%q,"expiresAt":"2026-11-22T10:30:00.000Z","expiresIn":1800}`,
			u.url, in.ContentType, in.ExternalID))
	case "PUT /bucket/key":
		u.put(w, r)
	case "POST /api/v1/media/502/confirm":
		if u.stored == nil {
			w.WriteHeader(http.StatusBadRequest)
			u.answer(w, `{"statusCode":400,"message":["File has not been uploaded"],"code":"invalid"}`)
			return
		}
		u.confirmed = true
		u.answer(w, `{"mediaId":502,"status":"pending","externalId":null,"jobId":9002}`)
	case "GET /api/v1/media/external/there":
		u.answer(w, `{"id":501,"externalId":"there","size":77,"optimization":"success","variants":[]}`)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (u *uploads) put(w http.ResponseWriter, r *http.Request) {
	u.puts = append(u.puts, fmt.Sprintf("type %s, key %v, %d bytes", r.Header.Get("Content-Type"), r.Header["Authorization"], r.ContentLength))
	if u.breaks > 0 {
		u.breaks--
		if _, err := io.CopyN(io.Discard, r.Body, r.ContentLength/2); err != nil {
			panic(err)
		}
		panic(http.ErrAbortHandler)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // nothing is kept
	}
	if u.refuses > 0 {
		u.refuses--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	u.stored = body
	w.Header().Set("ETag", `"x"`)
}

// taken is what the server has seen and kept so far.
func (u *uploads) taken() (puts []string, stored []byte, confirmed bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.puts), u.stored, u.confirmed
}

func (u *uploads) answer(w http.ResponseWriter, body string) {
	if _, err := io.WriteString(w, body); err != nil {
		panic(err)
	}
}

// startUploads serves them and gives a client that doesn't pause for long.
func startUploads(t *testing.T, u *uploads) *client.Client {
	t.Helper()
	server := httptest.NewServer(u)
	t.Cleanup(server.Close)
	u.url = server.URL
	return client.New(server.URL, "k-1", client.WithHTTPClient(server.Client()), client.WithRandom(func() float64 { return 0 }))
}

var picture = bytes.Repeat([]byte("0123456789abcdef"), 64<<10) // 1 MiB

func pictureInput() client.UploadInput {
	return client.UploadInput{ContentType: "image/heic", Filename: "hall.heic", Size: int64(len(picture))}
}

// The bytes arrive as they are, after an upload that broke and one that was put
// off, with the headers asked for and without the key.
func TestUpload(t *testing.T) {
	t.Parallel()
	server := &uploads{breaks: 1, refuses: 1}
	c := startUploads(t, server)
	var progress []int64
	got, err := c.Upload(t.Context(), bytes.NewReader(picture), pictureInput(), func(sent int64) { progress = append(progress, sent) })
	if err != nil {
		t.Fatal(err)
	}
	want := client.Uploaded{Import: client.Import{MediaID: 502, Status: client.Pending, JobID: 9002}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	puts, stored, confirmed := server.taken()
	if !bytes.Equal(stored, picture) || !confirmed {
		t.Errorf("%d bytes arrived, confirmed: %t", len(stored), confirmed)
	}
	put := fmt.Sprintf("type image/heic, key [], %d bytes", len(picture))
	if diff := cmp.Diff([]string{put, put, put}, puts); diff != "" {
		t.Error(diff)
	}
	// Each try counts from the beginning; the last goes to the end.
	starts := 0
	for i, sent := range progress {
		if i == 0 || sent <= progress[i-1] {
			starts++
		}
	}
	if starts != 3 || progress[len(progress)-1] != int64(len(picture)) {
		t.Errorf("%d beginnings, at the end %d of %d", starts, progress[len(progress)-1], len(picture))
	}
}

// It is where the body stands that it begins.
func TestUploadFromTheMiddle(t *testing.T) {
	t.Parallel()
	server := &uploads{refuses: 1}
	c := startUploads(t, server)
	body := strings.NewReader("not thisbut this and no more")
	if _, err := body.Seek(8, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Upload(t.Context(), body, client.UploadInput{ContentType: "image/png", Size: 8}, nil); err != nil {
		t.Fatal(err)
	}
	if _, stored, _ := server.taken(); string(stored) != "but this" {
		t.Errorf("stored %q", stored)
	}
}

// A body that can't be rewound is sent once.
func TestUploadOfAStream(t *testing.T) {
	t.Parallel()
	for name, refuses := range map[string]int{"taken": 0, "refused": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &uploads{refuses: refuses}
			stream := io.MultiReader(bytes.NewReader(picture))
			_, err := startUploads(t, server).Upload(t.Context(), stream, pictureInput(), nil)
			puts, stored, _ := server.taken()
			if (err == nil) != (refuses == 0) || len(puts) != 1 || (err == nil) != bytes.Equal(stored, picture) {
				t.Errorf("err is %v after %d PUTs, %d bytes arrived", err, len(puts), len(stored))
			}
		})
	}
}

// A file whose external id is known is used as it is.
func TestUploadOfAKnownFile(t *testing.T) {
	t.Parallel()
	server := &uploads{}
	c := startUploads(t, server)
	in := pictureInput()
	in.ExternalID = "there"
	got, err := c.Upload(t.Context(), bytes.NewReader(picture), in, nil)
	puts, _, _ := server.taken()
	if err != nil || got.MediaID != 501 || got.Status != client.Success || got.Existing == nil || got.Existing.Size != 77 || len(puts) != 0 {
		t.Errorf("got %+v, %v after %d PUTs", got, err, len(puts))
	}
}

// Trouble with the body is told at once: sending it again gives the same.
func TestUploadBrokenBody(t *testing.T) {
	t.Parallel()
	disk := errors.New("input/output error")
	for name, row := range map[string]struct {
		body io.ReadSeeker
		want string
	}{
		"short":      {bytes.NewReader(picture[:1000]), "fewer bytes than its size says"},
		"unreadable": {&badFile{err: disk}, disk.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &uploads{}
			_, err := startUploads(t, server).Upload(t.Context(), row.body, pictureInput(), nil)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("err is %v", err)
			}
			if puts, stored, confirmed := server.taken(); len(puts) > 1 || stored != nil || confirmed {
				t.Errorf("%d PUTs, %d bytes, confirmed: %t", len(puts), len(stored), confirmed)
			}
		})
	}
}

// badFile gives some bytes and then an error.
type badFile struct {
	given bool
	err   error
}

func (f *badFile) Read(p []byte) (int, error) {
	if f.given {
		return 0, f.err
	}
	f.given = true
	return copy(p, "JFIF"), nil
}

func (*badFile) Seek(int64, int) (int64, error) { return 0, nil }

func TestUploadNeedsSize(t *testing.T) {
	t.Parallel()
	server := &uploads{}
	c := startUploads(t, server)
	if _, err := c.Upload(t.Context(), bytes.NewReader(picture), client.UploadInput{ContentType: "image/png"}, nil); err == nil {
		t.Error("there is no error")
	}
}

func TestConfirmBeforeUpload(t *testing.T) {
	t.Parallel()
	c := startUploads(t, &uploads{})
	_, err := c.ConfirmUpload(t.Context(), 502)
	refusal, ok := errors.AsType[*client.Error](err)
	if !ok || refusal.Code != vitrine.CodeInvalid || !slices.Equal(refusal.Messages, []string{"File has not been uploaded"}) {
		t.Errorf("err is %v", err)
	}
}

// A refusal of the bytes, as by a bucket, is told without the signed URL.
func TestUploadRefusedByBucket(t *testing.T) {
	t.Parallel()
	c := startUploads(t, &uploads{})
	gone := httptest.NewServer(http.NotFoundHandler())
	err := c.SendUpload(t.Context(), client.UploadURL{MediaID: 502, Method: "PUT", URL: gone.URL + "/key?signature=s3cret"}, bytes.NewReader(picture), 10, nil)
	if refusal, ok := errors.AsType[*client.Error](err); !ok || refusal.StatusCode != http.StatusNotFound {
		t.Errorf("err is %v", err)
	}
	gone.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = c.SendUpload(ctx, client.UploadURL{MediaID: 502, Method: "PUT", URL: gone.URL + "/key?signature=s3cret"}, bytes.NewReader(picture), 10, nil)
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("err is %v", err)
	}
}

// A dead line is given up after the client's time-out. A slow one that goes on
// may take longer than that.
func TestUploadOnABadLine(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		line func(net.Conn)
		want string
	}{
		"dead": {func(net.Conn) {}, "nothing went out for too long"},
		"slow": {slowServer, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				go row.line(theirs)
				transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return ours, nil }}
				c := client.New("http://vitrine.test", "k", client.WithTries(1),
					client.WithHTTPClient(&http.Client{Transport: transport, Timeout: 30 * time.Second}))
				to := client.UploadURL{MediaID: 502, Method: "PUT", URL: "http://bucket.test/key"}
				err := c.SendUpload(t.Context(), to, bytes.NewReader(picture), int64(len(picture)), nil)
				if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
					t.Errorf("err is %v", err)
				}
				transport.CloseIdleConnections()
				if err := theirs.Close(); err != nil {
					t.Error(err)
				}
				synctest.Wait()
			})
		})
	}
}

// slowServer takes 64 KiB every 20 s.
func slowServer(line net.Conn) {
	r, err := http.ReadRequest(bufio.NewReader(line))
	if err != nil {
		panic(err)
	}
	for err == nil {
		time.Sleep(20 * time.Second) // of the test's own time
		_, err = io.CopyN(io.Discard, r.Body, 64<<10)
	}
	if _, err := io.WriteString(line, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"); err != nil {
		panic(err)
	}
}
