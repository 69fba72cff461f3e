package resumable_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/bdragon300/tusgo"

	"github.com/vitrine-media/vitrine/internal/resumable"
)

// keyed sends the key with every request of a client that knows of no keys.
type keyed struct {
	key  string
	next http.RoundTripper
}

func (k keyed) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "ApiKey "+k.key)
	return k.next.RoundTrip(r)
}

// tusClient is a tus client that others have written.
func (s *server) tusClient() *tusgo.Client {
	s.t.Helper()
	base, err := url.Parse("http://" + s.address + resumable.Path)
	if err != nil {
		s.t.Fatal(err)
	}
	// A transport of its own: a connection may outlive no server.
	client := tusgo.NewClient(&http.Client{Transport: keyed{s.key, &http.Transport{}}}, base).WithContext(s.t.Context())
	if _, err := client.UpdateCapabilities(); err != nil { //nolint:bodyclose // the client closes it
		s.t.Fatal(err)
	}
	return client
}

// begin creates an upload with the tus client.
func (s *server) begin(size int) (stream *tusgo.UploadStream, media int64) {
	s.t.Helper()
	client := s.tusClient()
	var upload tusgo.Upload
	response, err := client.CreateUpload(&upload, int64(size), false, map[string]string{ //nolint:bodyclose // the client closes it
		"filetype": "image/heic", "filename": "IMG 0001.HEIC", "externalId": "flat-77-kitchen",
	})
	if err != nil {
		s.t.Fatal(err)
	}
	if upload.UploadExpired == nil || !upload.UploadExpired.Equal(s.clock.Now().Add(s.limits.UploadKept)) {
		s.t.Errorf("the upload expires at %v", upload.UploadExpired)
	}
	stream = tusgo.NewUploadStream(client, &upload)
	stream.ChunkSize = tusgo.NoChunked // one request for all that is left
	return stream, number(s.t, answer{header: response.Header}, "X-Media-Id")
}

func TestUpload(t *testing.T) {
	t.Parallel()
	for name, chunk := range map[string]int64{"in one request": tusgo.NoChunked, "in chunks": 300_000} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			content := photo(t, 1_000_000)
			stream, media := s.begin(len(content))
			stream.ChunkSize = chunk
			if _, err := io.Copy(stream, bytes.NewReader(content)); err != nil {
				t.Fatal(err)
			}
			job := number(t, answer{header: stream.LastResponse.Header}, "X-Job-Id")
			s.wantUploaded(media, job, content)
		})
	}
}

func TestUploadWithCreation(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	content := photo(t, 100_000)
	var upload tusgo.Upload
	_, response, err := s.tusClient().CreateUploadWithData(&upload, content, int64(len(content)), false, map[string]string{"filetype": "image/png"}) //nolint:bodyclose // the client closes it
	if err != nil {
		t.Fatal(err)
	}
	a := answer{header: response.Header}
	s.wantUploaded(number(t, a, "X-Media-Id"), number(t, a, "X-Job-Id"), content)
}

// TestResume cuts one upload at 30% by its line, and at 60% by its line or by
// a server that is started anew.
func TestResume(t *testing.T) {
	t.Parallel()
	const size = 3_000_000
	const kept = 64 << 10 // what may be on its way when a line is cut
	line := func(_ *server, end func(), ended <-chan struct{}) { end(); <-ended }
	for name, cut := range map[string]func(s *server, end func(), ended <-chan struct{}){
		"line":    line,
		"crash":   func(s *server, end func(), ended <-chan struct{}) { s.restart(false); end(); <-ended },
		"restart": func(s *server, end func(), ended <-chan struct{}) { s.handler.Stop(); <-ended; end(); s.restart(true) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			content := photo(t, size)
			stream, media := s.begin(size)
			for _, step := range []struct {
				percent int
				cut     func(s *server, end func(), ended <-chan struct{})
			}{{30, line}, {60, cut}} {
				most := size * step.percent / 100
				end, ended := s.upTo(stream, content, most, most-kept)
				step.cut(s, end, ended)
				if _, err := stream.Sync(); err != nil || stream.Tell() > int64(most) || stream.Tell() < int64(most-kept) { //nolint:bodyclose // the client closes it
					t.Fatalf("cut at %d, the offset is %d, %v", most, stream.Tell(), err)
				}
			}
			s.rest(stream, content)
			s.wantUploaded(media, number(t, answer{header: stream.LastResponse.Header}, "X-Job-Id"), content)
		})
	}
}

// rest has the client send what has not come. As long as the server is still
// ending the request that was cut before, it asks where it stands and tries
// again.
func (s *server) rest(stream *tusgo.UploadStream, content []byte) {
	s.t.Helper()
	wait(s.t, "the rest to be sent", func() bool {
		if send(stream, bytes.NewReader(content[stream.Tell():])) == nil {
			return true
		}
		if _, err := stream.Sync(); err != nil { //nolint:bodyclose // the client closes it
			s.t.Fatal(err)
		}
		return false
	})
}

// send has the client send a body. It panics when the answer of a server that
// is going down is cut off as well; that is an error like any other, as it
// holds nothing that Sync does not set anew.
func send(stream *tusgo.UploadStream, body io.Reader) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("the client panicked: %v", panicked)
		}
	}()
	_, err = io.Copy(stream, body)
	return err
}

// upTo has the client send the content up to most and stall there; it returns
// when at least least bytes have come. end cuts the line.
func (s *server) upTo(stream *tusgo.UploadStream, content []byte, most, least int) (end func(), ended <-chan struct{}) {
	s.t.Helper()
	for {
		body, goOn := slow(content[stream.Tell():], most-int(stream.Tell()))
		done := make(chan struct{})
		go func() {
			defer close(done)
			if send(stream, body) == nil {
				s.t.Error("the upload went on after its line was cut")
			}
		}()
		if s.bytesCome(least, done) {
			return func() { goOn(errLineCut) }, done
		}
		// The server was still ending the request that was cut before. A client
		// asks where it stands and tries again.
		if _, err := stream.Sync(); err != nil { //nolint:bodyclose // the client closes it
			s.t.Fatal(err)
		}
	}
}

// bytesCome waits until at least n bytes are on disk; it is false when the
// request ends before that.
func (s *server) bytesCome(n int, ended <-chan struct{}) (come bool) {
	s.t.Helper()
	wait(s.t, fmt.Sprintf("%d bytes to have come", n), func() bool {
		select {
		case <-ended:
			return true
		default:
			come = s.haveBytes(n)
			return come
		}
	})
	return come
}
