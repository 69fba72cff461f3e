package blob_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/blob"
)

const heic = "image/heic"

// presign gives the URL and the headers for the object "up/load" of 4 bytes.
func presign(t *testing.T, bucket blob.Bucket, size int64, ttl time.Duration) (string, http.Header) {
	t.Helper()
	uploader, ok := bucket.(blob.Uploader)
	if !ok {
		t.Fatal("the bucket is no Uploader")
	}
	target, header, err := uploader.PresignPut(t.Context(), "up/load", heic, size, ttl)
	if err != nil {
		t.Fatal(err)
	}
	return target, header
}

// send makes one request without credentials, and gives the status and the
// ETag of the answer.
func send(t *testing.T, method, target string, header http.Header, body string) (status int, etag string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	request.Close = true // the tests' server takes the body of what it refused for another request
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header.Get("ETag")
}

// wantNothing says what is wrong unless the bucket is empty.
func wantNothing(t *testing.T, bucket s3Bucket) {
	t.Helper()
	for info, err := range bucket.List(t.Context(), "") {
		t.Errorf("listed %q, %v, want nothing", info.Key, err)
	}
	if left, err := bucket.leftovers(); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

func TestPresignPut(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{4, 0} {
		bucket := newS3Bucket(t)
		target, header := presign(t, bucket.Bucket, size, time.Hour)
		if header.Get("Content-Type") != heic || len(header) != 1 {
			t.Errorf("headers are %v, want the Content-Type alone", header)
		}
		for _, body := range []string{"once", "more"} {
			status, etag := send(t, http.MethodPut, target, header, body)
			if status != http.StatusOK || etag == "" {
				t.Errorf("upload: %d, ETag %q", status, etag)
			}
			if text := read(t, bucket, "up/load"); text != body {
				t.Errorf("there is %q, want %q", text, body)
			}
		}
	}
}

// TestPresignPutWithoutSize binds no length.
func TestPresignPutWithoutSize(t *testing.T) {
	t.Parallel()
	bucket := newS3Bucket(t)
	target, header := presign(t, bucket.Bucket, 0, time.Hour)
	body := strings.Repeat("x", 100_000)
	if status, _ := send(t, http.MethodPut, target, header, body); status != http.StatusOK {
		t.Errorf("upload: %d", status)
	}
	if text := read(t, bucket, "up/load"); text != body {
		t.Errorf("there are %d bytes, want %d", len(text), len(body))
	}
}

func TestPresignPutRefused(t *testing.T) {
	t.Parallel()
	bucket := newS3Bucket(t)
	target, right := presign(t, bucket.Bucket, 4, time.Hour)
	altered := func(alter func(*url.URL, url.Values)) string {
		u, err := url.Parse(target)
		if err != nil {
			t.Fatal(err)
		}
		query := u.Query()
		alter(u, query)
		u.RawQuery = query.Encode()
		return u.String()
	}
	rows := []struct {
		name   string
		method string
		target string
		header http.Header
		body   string
	}{
		{"altered signature", http.MethodPut, altered(func(_ *url.URL, query url.Values) {
			signature := []byte(query.Get("X-Amz-Signature"))
			signature[0] ^= 1
			query.Set("X-Amz-Signature", string(signature))
		}), right, "text"},
		{"no signature", http.MethodPut, altered(func(_ *url.URL, query url.Values) { clear(query) }), right, "text"},
		{"later expiry", http.MethodPut, altered(func(_ *url.URL, query url.Values) { query.Set("X-Amz-Expires", "7200") }), right, "text"},
		{"other key", http.MethodPut, altered(func(u *url.URL, _ url.Values) { u.Path += "s" }), right, "text"},
		{"other content type", http.MethodPut, target, http.Header{"Content-Type": {"text/html"}}, "text"},
		{"no content type", http.MethodPut, target, http.Header{}, "text"},
		{"longer", http.MethodPut, target, right, "longer"},
		{"shorter", http.MethodPut, target, right, "x"},
		{"empty", http.MethodPut, target, right, ""},
		{"other method", http.MethodDelete, target, right, ""},
	}
	for _, row := range rows {
		if status, _ := send(t, row.method, row.target, row.header, row.body); status != http.StatusForbidden {
			t.Errorf("%s: %d, want 403", row.name, status)
		}
	}
	wantNothing(t, bucket)
}

func TestPresignPutExpires(t *testing.T) {
	t.Parallel()
	bucket := newS3Bucket(t)
	target, header := presign(t, bucket.Bucket, 4, time.Second)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		status, _ := send(t, http.MethodPut, target, header, "text")
		if status == http.StatusForbidden {
			return
		}
		if status != http.StatusOK || time.Now().After(deadline) {
			t.Fatalf("%d, want 200 until the time is up and 403 then", status)
		}
	}
}

// TestPresignPutShortBody: the connection ends before the announced length.
func TestPresignPutShortBody(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{1000, 0} {
		bucket := newS3Bucket(t)
		target, header := presign(t, bucket.Bucket, size, time.Hour)
		u, err := url.Parse(target)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.Dial("tcp", u.Host)
		if err != nil {
			t.Fatal(err)
		}
		_, err = fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: 1000\r\n\r\nshort",
			u.RequestURI(), u.Host, header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		switch {
		case err == nil:
			if answer.StatusCode < 400 {
				t.Errorf("upload: %s", answer.Status)
			}
			if err := answer.Body.Close(); err != nil {
				t.Error(err)
			}
		case !errors.Is(err, io.ErrUnexpectedEOF): // the server may just hang up
			t.Error(err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		wantNothing(t, bucket)
	}
}

// TestPresignPutPublic: clients know the store by another address.
func TestPresignPutPublic(t *testing.T) {
	t.Parallel()
	direct := newS3Bucket(t)
	parameters := direct.url.Query()
	store, err := url.Parse(parameters.Get("endpoint"))
	if err != nil {
		t.Fatal(err)
	}
	public := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(store)
		r.Out.Host = r.In.Host
	}})
	t.Cleanup(public.Close)
	parameters.Set("public", public.URL)
	u := *direct.url
	u.RawQuery = parameters.Encode()
	bucket := openBucket(t, &u, direct.environ)

	target, header := presign(t, bucket, 4, time.Hour)
	if !strings.HasPrefix(target, public.URL+"/") {
		t.Errorf("the URL is %s, want one at %s", target, public.URL)
	}
	if status, _ := send(t, http.MethodPut, target, header, "text"); status != http.StatusOK {
		t.Errorf("upload: %d", status)
	}
	if text := read(t, bucket, "up/load"); text != "text" {
		t.Errorf("there is %q, want text", text)
	}
}

func TestPresignPutChecks(t *testing.T) {
	t.Parallel()
	uploader, ok := newS3Bucket(t).Bucket.(blob.Uploader)
	if !ok {
		t.Fatal("the bucket is no Uploader")
	}
	if _, _, err := uploader.PresignPut(t.Context(), "../k", heic, 4, time.Hour); !errors.Is(err, blob.ErrKey) {
		t.Errorf("PresignPut = %v, want ErrKey", err)
	}
	for _, ttl := range []time.Duration{-time.Second, 0, time.Millisecond, time.Second + 1, 8 * 24 * time.Hour} {
		if target, _, err := uploader.PresignPut(t.Context(), "k", heic, 4, ttl); err == nil {
			t.Errorf("for %v there is %s", ttl, target)
		}
	}
	if target, _, err := uploader.PresignPut(t.Context(), "k", "", 4, time.Hour); err == nil {
		t.Errorf("without content type there is %s", target)
	}
}

func TestFolderIsNoUploader(t *testing.T) {
	t.Parallel()
	if _, ok := openFolder(t, t.TempDir()).(blob.Uploader); ok {
		t.Error("a folder is an Uploader")
	}
}
