// Package blob keeps bytes under keys: originals and their variants. A bucket
// is chosen by URL: a folder, or a part of a bucket of an S3 store.
//
// Every bucket passes the suite in blobtest.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"path/filepath"
	"time"
)

// The errors that callers tell apart. They come wrapped in what was attempted.
var (
	ErrNotFound = errors.New("no such object")
	ErrKey      = errors.New("not a valid key")
	ErrSize     = errors.New("not as many bytes as announced")
	ErrNoSpace  = errors.New("no space left in the bucket")
	ErrInUse    = errors.New("in use by another server")
)

// Bucket keeps objects. It is safe for concurrent use.
//
// A key is 1 to 512 bytes of UTF-8 without control characters: one or more
// segments of at most 200 bytes, separated by single slashes, none of them "."
// or "..". A key and a longer one below it ("a" and "a/b") may both be kept; a
// bucket that can't do so refuses the second and leaves the first as it is.
type Bucket interface {
	// Put keeps what r gives under key, in the place of what was there. It is
	// seen whole or not at all, and survives a loss of power once Put has
	// returned nil. After an error the bucket is as it was before; only when
	// the very last step failed, the sync of a folder or the answer of a store,
	// may the new object be there all the same.
	//
	// A reader that gives fewer or more than size bytes is an ErrSize; an error
	// of the reader is given back wrapped. Put reads once, front to back,
	// without holding the whole in memory. It notices the end of ctx between
	// two reads: a reader that may block has to watch ctx itself.
	Put(ctx context.Context, key string, r io.Reader, size int64) error

	// Open gives the object of key, or ErrNotFound. The caller closes it; ctx
	// has to last as long as it is read. When the object is overwritten or
	// deleted in the meantime, reads go on with the old bytes or fail; they
	// never give bytes of two versions.
	Open(ctx context.Context, key string) (*Object, error)

	// Delete removes the object of key, for good once it has returned nil.
	// That there is none is no error.
	Delete(ctx context.Context, key string) error

	// List gives the objects whose key begins with prefix, which may end
	// within a segment, in the byte order of the keys. Objects that come or go
	// meanwhile may or may not be listed; all others are, once. An error ends
	// the sequence and is its last pair.
	List(ctx context.Context, prefix string) iter.Seq2[Info, error]

	// Close lets go of the bucket. No other call may follow it.
	Close() error
}

// Info describes an object.
type Info struct {
	Key     string
	Size    int64     // bytes
	ModTime time.Time // when it was put, UTC
}

// Object is an object that is open for reading. In a folder, the
// ReadSeekCloser is the *os.File.
type Object struct {
	io.ReadSeekCloser
	Info
}

// Uploader is a bucket to which clients can upload by themselves. A bucket that
// Open has given is one or isn't, which a type assertion tells: those of an S3
// store are, folders aren't.
type Uploader interface {
	// PresignPut gives a URL to which a client may PUT the object of key, as
	// often as it likes, until the time is up: a whole number of seconds, from
	// one to seven days. The request must have the headers given back, and a
	// Content-Length of size bytes where size > 0; else nothing but the store's
	// own limit bounds what comes. The store refuses all others.
	//
	// A URL can't be taken back: what was uploaded has to be checked, and what
	// is to stay has to be kept under another key.
	PresignPut(ctx context.Context, key, contentType string, size int64, ttl time.Duration) (string, http.Header, error)
}

// Open opens the bucket at that URL:
//
//	file:///var/lib/vitrine/blobs
//
// is a folder, by its absolute path, percent-encoded where a URL needs it. It
// is made when absent, cleared of what a killed server left half-written, and
// held until Close: a second Open meanwhile is an ErrInUse.
//
//	s3://BUCKET/PREFIX?region=eu-central-1
//	s3://BUCKET?endpoint=http://minio:9000&public=https://media.example.com
//
// is what stands below the prefix in a bucket of an S3 store, the prefix being
// empty or some segments of a key. Many servers may use it at the same time.
// The bucket has to be there, without versioning: Delete would only hide. The
// parameters, each of which may be left out:
//
//   - endpoint: http:// or https:// and the host, with its port, of the store;
//     else it is that of AWS for the region.
//   - public: the endpoint as clients reach it, for the URLs of PresignPut;
//     else it is the endpoint.
//   - region: us-east-1 when left out.
//   - pathstyle: whether the bucket stands in the path of a URL (true) or in
//     front of the host (false); when left out, true with an endpoint and false
//     without.
//
// The credentials come from environ alone, which is such as os.Environ gives
// and which a folder doesn't need: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY
// and, for temporary ones, AWS_SESSION_TOKEN. They need the rights to get, put,
// delete and list objects and to list and abort multipart uploads. Open makes
// one request to see that they are good, and removes the parts of uploads that
// killed servers left more than a day ago.
func Open(ctx context.Context, bucketURL string, environ ...string) (Bucket, error) {
	return openAs(ctx, bucketURL, environ, true)
}

// openAs opens a bucket to use it, or only to look at it.
func openAs(ctx context.Context, bucketURL string, environ []string, use bool) (Bucket, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("open bucket: %w", err)
	}
	u, err := url.Parse(bucketURL)
	if err != nil {
		// The error would repeat the URL, in which somebody may have written
		// credentials.
		return nil, errors.New("open bucket: not a URL")
	}
	name := (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
	bucket, err := open(ctx, u, environ, use)
	if err != nil {
		return nil, fmt.Errorf("open bucket %q: %w", name, err)
	}
	return check(bucket), nil
}

func open(ctx context.Context, u *url.URL, environ []string, use bool) (Bucket, error) {
	switch u.Scheme {
	case "file":
		if u.Host != "" || u.User != nil || !filepath.IsAbs(u.Path) || u.RawQuery != "" || u.Fragment != "" {
			return nil, errors.New("want file:// and an absolute path, nothing else")
		}
		if !use {
			return lookAtFolder(filepath.Clean(u.Path))
		}
		return openFolder(filepath.Clean(u.Path))
	case "s3":
		config, err := parseS3URL(u)
		if err != nil {
			return nil, err
		}
		if !use {
			return newS3(config, environ)
		}
		return openS3(ctx, config, environ)
	default:
		return nil, fmt.Errorf("scheme %q is unknown, want file or s3", u.Scheme)
	}
}
