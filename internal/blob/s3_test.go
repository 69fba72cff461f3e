package blob_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/blob/blobtest"
	"github.com/vitrine-media/vitrine/internal/s3test"
)

// partBytes is the size from which on an object is put in parts.
const partBytes = 8 << 20

// s3Bucket is a fresh bucket of an S3 store, with a look behind it.
type s3Bucket struct {
	blob.Bucket
	url     *url.URL
	environ []string
	store   minio.Core
}

// newS3Bucket opens a fresh bucket, under a prefix, for the length of the test.
func newS3Bucket(t *testing.T) s3Bucket {
	t.Helper()
	bucketURL, environ := s3test.Start(t)
	u, err := url.Parse(bucketURL)
	if err != nil {
		t.Fatal(err)
	}
	access, secret := credentialsOf(environ)
	store, err := minio.NewCore(strings.TrimPrefix(u.Query().Get("endpoint"), "http://"), &minio.Options{
		Creds:  credentials.NewStaticV4(access, secret, ""),
		Region: "us-east-1",
	})
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/some/prefix"
	return s3Bucket{Bucket: openBucket(t, u, environ), url: u, environ: environ, store: *store}
}

// credentialsOf are the two that s3test gives.
func credentialsOf(environ []string) (access, secret string) {
	return strings.TrimPrefix(environ[0], "AWS_ACCESS_KEY_ID="), strings.TrimPrefix(environ[1], "AWS_SECRET_ACCESS_KEY=")
}

func openBucket(t *testing.T, u *url.URL, environ []string) blob.Bucket {
	t.Helper()
	bucket, err := blob.Open(t.Context(), u.String(), environ...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := bucket.Close(); err != nil {
			t.Error(err)
		}
	})
	return bucket
}

// leftovers are the uploads that nobody completed, and all that stands beside
// the prefix.
func (b s3Bucket) leftovers() ([]string, error) {
	uploads, err := b.store.ListMultipartUploads(context.Background(), b.url.Host, "", "", "", "", 0)
	if err != nil {
		return nil, err
	}
	var left []string
	for _, upload := range uploads.Uploads {
		left = append(left, "upload of "+upload.Key)
	}
	objects, err := b.store.ListObjectsV2(b.url.Host, "", "", "", "", 0)
	for _, object := range objects.Contents {
		if !strings.HasPrefix(object.Key, "some/prefix/") {
			left = append(left, object.Key)
		}
	}
	return left, err
}

// behind opens the bucket once more, behind a proxy that hands every answer of
// the store to meddle before it goes on.
func (b s3Bucket) behind(t *testing.T, meddle func(*http.Response) error) blob.Bucket {
	t.Helper()
	parameters := b.url.Query()
	target, err := url.Parse(parameters.Get("endpoint"))
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // the signature counts it
		},
		ModifyResponse: meddle,
		ErrorLog:       log.New(io.Discard, "", 0),
	})
	t.Cleanup(proxy.Close)
	parameters.Set("endpoint", proxy.URL)
	u := *b.url
	u.RawQuery = parameters.Encode()
	return openBucket(t, &u, b.environ)
}

func TestS3Conforms(t *testing.T) {
	t.Parallel()
	blobtest.Run(t, func(t *testing.T) blobtest.Fixture {
		bucket := newS3Bucket(t)
		return blobtest.Fixture{Bucket: bucket, Leftovers: bucket.leftovers}
	})
}

// TestS3Streams doesn't run in parallel, since it counts what the whole
// process allocates.
func TestS3Streams(t *testing.T) {
	const size = 100_000_000
	bucket := newS3Bucket(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := bucket.Put(t.Context(), "k", io.LimitReader(zeros{}, size), size); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > size/5 {
		t.Errorf("Put of %d bytes allocated %d", size, used)
	}
}

// TestS3PartSizes puts objects that end near the end of a part.
func TestS3PartSizes(t *testing.T) {
	t.Parallel()
	bucket := newS3Bucket(t)
	for _, size := range []int64{partBytes - 1, partBytes, partBytes + 1, 2 * partBytes, 2*partBytes + 1} {
		sent, got := sha256.New(), sha256.New()
		source := io.TeeReader(io.LimitReader(rand.NewChaCha8([32]byte{1}), size), sent)
		if err := bucket.Put(t.Context(), "k", source, size); err != nil {
			t.Fatal(err)
		}
		object, err := bucket.Open(t.Context(), "k")
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(got, object)
		if err = errors.Join(err, object.Close()); err != nil {
			t.Fatal(err)
		}
		if n != size || object.Size != size || !bytes.Equal(got.Sum(nil), sent.Sum(nil)) {
			t.Errorf("%d bytes came back, Size = %d, not the %d that were put", n, object.Size, size)
		}
	}
}

// TestS3PutFailsBetweenParts: the parts that are there already go, and what
// was under the key stays.
func TestS3PutFailsBetweenParts(t *testing.T) {
	t.Parallel()
	const size = 3 * partBytes
	broken := errors.New("the source broke")
	stopped := errors.New("the server stops")
	ctx, cancel := context.WithCancelCause(t.Context())
	rows := []struct {
		name string
		ctx  context.Context
		end  io.Reader // after a part and a half
		want error
	}{
		{"the source fails", t.Context(), iotest.ErrReader(broken), broken},
		{"a download is cut", t.Context(), iotest.ErrReader(io.ErrUnexpectedEOF), io.ErrUnexpectedEOF},
		{"too short", t.Context(), strings.NewReader(""), blob.ErrSize},
		{"too long", t.Context(), io.LimitReader(zeros{}, size), blob.ErrSize},
		{"cancelled", ctx, io.MultiReader(cancelling{func() { cancel(stopped) }}, zeros{}), stopped},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			bucket := newS3Bucket(t)
			if err := bucket.Put(t.Context(), "k", strings.NewReader("before"), 6); err != nil {
				t.Fatal(err)
			}
			source := io.MultiReader(io.LimitReader(zeros{}, partBytes*3/2), row.end)
			if err := bucket.Put(row.ctx, "k", source, size); !errors.Is(err, row.want) {
				t.Errorf("Put = %v, want %v", err, row.want)
			}
			if text := read(t, bucket, "k"); text != "before" {
				t.Errorf("there is %q, want what was there before", text)
			}
			if left, err := bucket.leftovers(); err != nil || len(left) > 0 {
				t.Errorf("left behind: %q, %v", left, err)
			}
		})
	}
}

// cancelling is empty and does something when that is found out.
type cancelling struct{ do func() }

func (c cancelling) Read([]byte) (int, error) {
	c.do()
	return 0, io.EOF
}

func read(t *testing.T, bucket blob.Bucket, key string) string {
	t.Helper()
	object, err := bucket.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(object)
	if err = errors.Join(err, object.Close()); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestS3Retries: the store does what it is asked, but its first answer to each
// kind of request is lost.
func TestS3Retries(t *testing.T) {
	t.Parallel()
	direct := newS3Bucket(t)
	var fail atomic.Bool
	var failed atomic.Int32
	bucket := direct.behind(t, func(*http.Response) error {
		if fail.CompareAndSwap(true, false) {
			failed.Add(1)
			return errors.New("lost") // so that the proxy answers 502 Bad Gateway
		}
		return nil
	})

	fail.Store(true)
	if err := bucket.Put(t.Context(), "k", strings.NewReader("text"), 4); err != nil {
		t.Error(err)
	}
	fail.Store(true)
	if text := read(t, bucket, "k"); text != "text" {
		t.Errorf("read %q, want text", text)
	}
	fail.Store(true)
	var keys []string
	for info, err := range bucket.List(t.Context(), "") {
		if err != nil {
			t.Error(err)
		}
		keys = append(keys, info.Key)
	}
	if len(keys) != 1 || keys[0] != "k" {
		t.Errorf("listed %q, want k alone", keys)
	}
	fail.Store(true)
	if err := bucket.Delete(t.Context(), "k"); err != nil {
		t.Error(err)
	}
	if _, err := direct.Open(t.Context(), "k"); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("after Delete: %v, want ErrNotFound", err)
	}
	if n := failed.Load(); n != 4 {
		t.Errorf("%d answers were lost, want 4", n)
	}
}

// TestS3FolderInTheWay: a store that keeps objects in folders loses a race, and
// wins it later or never.
func TestS3FolderInTheWay(t *testing.T) {
	t.Parallel()
	const refusal = `<Error><Code>ExistingObjectIsDirectory</Code><Message>Existing Object is a directory.</Message></Error>`
	for lost, want := range map[int32]int32{0: 1, 1: 2, 4: 5, 100: 5} {
		t.Run(fmt.Sprint(lost, " times"), func(t *testing.T) {
			t.Parallel()
			direct := newS3Bucket(t)
			var asked atomic.Int32
			bucket := direct.behind(t, func(answer *http.Response) error {
				if answer.Request.Method != http.MethodPut || asked.Add(1) > lost {
					return nil
				}
				if err := answer.Body.Close(); err != nil {
					return err
				}
				answer.StatusCode, answer.Body = http.StatusConflict, io.NopCloser(strings.NewReader(refusal))
				answer.Header.Set("Content-Length", strconv.Itoa(len(refusal)))
				return nil
			})
			err := bucket.Put(t.Context(), "k", strings.NewReader("text"), 4)
			if n := asked.Load(); n != want {
				t.Errorf("asked %d times, want %d", n, want)
			}
			if lost < want {
				if text := read(t, direct, "k"); err != nil || text != "text" {
					t.Errorf("Put = %v, and there is %q", err, text)
				}
			} else if err == nil || !strings.Contains(err.Error(), "ExistingObjectIsDirectory") {
				t.Errorf("Put = %v, want what the store said", err)
			}
		})
	}
}

// TestS3ReadGoesOn: the connection breaks after every 300 kB.
func TestS3ReadGoesOn(t *testing.T) {
	t.Parallel()
	direct := newS3Bucket(t)
	want := make([]byte, 1_000_000)
	if _, err := rand.NewChaCha8([32]byte{2}).Read(want); err != nil {
		t.Fatal(err)
	}
	if err := direct.Put(t.Context(), "k", bytes.NewReader(want), int64(len(want))); err != nil {
		t.Fatal(err)
	}
	var cutAfter atomic.Int64
	cutAfter.Store(300_000)
	bucket := direct.behind(t, func(answer *http.Response) error {
		if !strings.HasSuffix(answer.Request.URL.Path, "/k") || answer.ContentLength <= cutAfter.Load() {
			return nil
		}
		answer.Body = struct {
			io.Reader
			io.Closer
		}{
			io.MultiReader(io.LimitReader(answer.Body, cutAfter.Load()), iotest.ErrReader(io.ErrUnexpectedEOF)),
			answer.Body,
		}
		return nil
	})
	if got := read(t, bucket, "k"); got != string(want) {
		t.Errorf("read %d bytes that differ from what was put", len(got))
	}

	// A connection that breaks all the time is an error in the end.
	cutAfter.Store(50_000)
	object, err := bucket.Open(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(object)
	if err == nil || !bytes.HasPrefix(want, got) {
		t.Errorf("read %d bytes and %v, want an error, and what was there until then", len(got), err)
	}
	if err := object.Close(); err != nil {
		t.Error(err)
	}
}

// TestS3NeverTwoVersions overwrites an object of which some has been read.
func TestS3NeverTwoVersions(t *testing.T) {
	t.Parallel()
	bucket := newS3Bucket(t)
	if err := bucket.Put(t.Context(), "k", strings.NewReader("old old old"), 11); err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		name   string
		change func() error
	}{
		{"overwritten", func() error { return bucket.Put(t.Context(), "k", strings.NewReader("new new new"), 11) }},
		{"deleted", func() error { return bucket.Delete(t.Context(), "k") }},
	}
	for _, row := range rows {
		object, err := bucket.Open(t.Context(), "k")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(object, make([]byte, 4)); err != nil {
			t.Fatal(err)
		}
		if err := row.change(); err != nil {
			t.Fatal(err)
		}
		if _, err := object.Seek(8, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(object); err == nil || len(text) > 0 {
			t.Errorf("%s: read %q, %v, want an error", row.name, text, err)
		}
		if err := object.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestS3SeesItsPrefixOnly has strangers in the same bucket, and a folder as
// the consoles of stores make them.
func TestS3SeesItsPrefixOnly(t *testing.T) {
	t.Parallel()
	bucket := newS3Bucket(t)
	for _, name := range []string{"k", "some/k", "some/prefixed", "some/prefix/folder/"} {
		_, err := bucket.store.PutObject(t.Context(), bucket.url.Host, name, strings.NewReader(""), 0, "", "",
			minio.PutObjectOptions{DisableContentSha256: true})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := bucket.Put(t.Context(), "mine", strings.NewReader(""), 0); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for info, err := range bucket.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, info.Key)
	}
	if len(keys) != 1 || keys[0] != "mine" {
		t.Errorf("listed %q, want mine alone", keys)
	}
}

func TestS3OpenRefuses(t *testing.T) {
	t.Parallel()
	bucketURL, environ := s3test.Start(t)
	u, err := url.Parse(bucketURL)
	if err != nil {
		t.Fatal(err)
	}
	absent := *u
	absent.Host = "absent"
	signedIn := *u
	signedIn.User = url.UserPassword("key", "hush")
	rows := []struct {
		name    string
		url     string
		environ []string
	}{
		{"no key", bucketURL, environ[1:]},
		{"no secret", bucketURL, environ[:1]},
		{"wrong secret", bucketURL, slices.Concat(environ, []string{"AWS_SECRET_ACCESS_KEY=hush"})},
		{"no such bucket", absent.String(), environ},
		{"credentials in the URL", signedIn.String(), environ},
		{"credentials in a broken URL", "s3://key:hush@b%zz", environ},
		{"credentials in the endpoint", "s3://b?endpoint=http://key:hush@127.0.0.1:1", environ},
		{"credentials as parameters", "s3://b?secret=hush", environ},
	}
	for _, row := range rows {
		bucket, err := blob.Open(t.Context(), row.url, row.environ...)
		if err == nil {
			t.Errorf("%s: Open succeeded", row.name)
			if err := bucket.Close(); err != nil {
				t.Error(err)
			}
			continue
		}
		if errors.Is(err, blob.ErrNotFound) {
			t.Errorf("%s: %v is an ErrNotFound, which is about objects", row.name, err)
		}
		if strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: the secret is in the error: %v", row.name, err)
		}
	}
}
