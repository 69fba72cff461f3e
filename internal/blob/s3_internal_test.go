package blob

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/minio/minio-go/v7"

	"github.com/vitrine-media/vitrine/internal/s3test"
)

var dummyCredentials = []string{"AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x"}

func TestParseS3URL(t *testing.T) {
	t.Parallel()
	local := s3Endpoint{host: "127.0.0.1:9000"}
	outside := s3Endpoint{host: "media.example.com", secure: true}
	for text, want := range map[string]s3Config{
		"s3://b": {
			bucket: "b", endpoint: awsEndpoint, public: awsEndpoint, region: "us-east-1",
		},
		"s3://b/": {
			bucket: "b", endpoint: awsEndpoint, public: awsEndpoint, region: "us-east-1",
		},
		"s3://b/a/b%20c/?region=eu-central-1&pathstyle=true": {
			bucket: "b", prefix: "a/b c/", endpoint: awsEndpoint, public: awsEndpoint, region: "eu-central-1", pathStyle: true,
		},
		"s3://b?endpoint=http://127.0.0.1:9000": {
			bucket: "b", endpoint: local, public: local, region: "us-east-1", pathStyle: true,
		},
		"s3://b/p?endpoint=http%3A%2F%2F127.0.0.1%3A9000/&public=https://media.example.com&pathstyle=false": {
			bucket: "b", prefix: "p/", endpoint: local, public: outside, region: "us-east-1",
		},
	} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseS3URL(u)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(s3Config{}, s3Endpoint{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	for _, text := range []string{
		"s3:", "s3:b", "s3:///p", "s3://u@b", "s3://u:p@b", "s3://b#x", "s3://b/../p", "s3://b/a//b",
		"s3://b/" + strings.Repeat("p/", 255) + "pp",
		"s3://b?x=1", "s3://b?region=", "s3://b?region=a&region=b", "s3://b?%zz", "s3://b?pathstyle=1",
		"s3://b?endpoint=127.0.0.1:9000", "s3://b?endpoint=ftp://h", "s3://b?endpoint=http://", "s3://b?endpoint=http://h/p",
		"s3://b?endpoint=http://u:p@h", "s3://b?public=http://h%3Fq", "s3://b?public=h",
	} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if config, err := parseS3URL(u); err == nil {
			t.Errorf("%s is accepted as %+v", text, config)
		}
	}
}

// TestPresignPutHosts: where the bucket stands in the URLs that clients get.
func TestPresignPutHosts(t *testing.T) {
	t.Parallel()
	for bucketURL, want := range map[string]string{
		"s3://bucket/p?region=eu-central-1":                          "https://bucket.s3.dualstack.eu-central-1.amazonaws.com/p/k?",
		"s3://bucket/p?region=eu-central-1&pathstyle=true":           "https://s3.dualstack.eu-central-1.amazonaws.com/bucket/p/k?",
		"s3://bucket?endpoint=http://127.0.0.1:9000":                 "http://127.0.0.1:9000/bucket/k?",
		"s3://bucket?endpoint=https://example.com&pathstyle=false":   "https://bucket.example.com/k?",
		"s3://bucket?endpoint=http://s3:9000&public=https://s3.test": "https://s3.test/bucket/k?",
	} {
		u, err := url.Parse(bucketURL)
		if err != nil {
			t.Fatal(err)
		}
		config, err := parseS3URL(u)
		if err != nil {
			t.Fatal(err)
		}
		s, err := newS3(config, dummyCredentials)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := s.PresignPut(t.Context(), "k", "image/heic", 4, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s: the URL is %s, want %s…", bucketURL, got, want)
		}
	}
}

// TestS3AbandonedUploads: parts that a killed server left go once they are old
// enough, those below other prefixes stay.
func TestS3AbandonedUploads(t *testing.T) {
	t.Parallel()
	bucketURL, environ := s3test.Start(t)
	u, err := url.Parse(bucketURL)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/mine"
	config, err := parseS3URL(u)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newS3(config, environ)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"mine/a", "mine/b", "other/a"} {
		upload, err := s.store.NewMultipartUpload(t.Context(), s.bucket, name, minio.PutObjectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.store.PutObjectPart(t.Context(), s.bucket, name, upload, 1, strings.NewReader("x"), 1, minio.PutObjectPartOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	for _, step := range []struct {
		before time.Time
		want   []string
	}{
		{now.Add(-time.Hour), []string{"mine/a", "mine/b", "other/a"}},
		{now.Add(time.Hour), []string{"other/a"}},
	} {
		if err := s.abortUploads(t.Context(), step.before); err != nil {
			t.Fatal(err)
		}
		page, err := s.store.ListMultipartUploads(t.Context(), s.bucket, "", "", "", "", 0)
		if err != nil {
			t.Fatal(err)
		}
		var left []string
		for _, upload := range page.Uploads {
			left = append(left, upload.Key)
		}
		if diff := cmp.Diff(step.want, left); diff != "" {
			t.Errorf("uploads (-want +got):\n%s", diff)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestS3NoSpace has stores that are full, each in its own words.
func TestS3NoSpace(t *testing.T) {
	t.Parallel()
	rows := []struct {
		status int
		code   string
	}{
		{http.StatusForbidden, "QuotaExceeded"},
		{http.StatusInsufficientStorage, "InsufficientStorage"},
		{http.StatusInsufficientStorage, "XMinioStorageFull"},
		{http.StatusBadRequest, "XMinioAdminBucketQuotaExceeded"},
		{http.StatusInsufficientStorage, "Whatever"},
	}
	for _, row := range rows {
		full := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(row.status)
			_, err := fmt.Fprintf(w, "<Error><Code>%s</Code><Message>full</Message></Error>", row.code)
			if err != nil {
				t.Error(err)
			}
		}))
		t.Cleanup(full.Close)
		s, err := newS3(s3Config{
			bucket:    "bucket",
			endpoint:  s3Endpoint{host: full.Listener.Addr().String()},
			public:    awsEndpoint,
			region:    "us-east-1",
			pathStyle: true,
		}, dummyCredentials)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Put(t.Context(), "k", strings.NewReader("text"), 4); !errors.Is(err, ErrNoSpace) {
			t.Errorf("%s: %v, want ErrNoSpace", row.code, err)
		}
	}
}

func TestS3ErrorIsTheCause(t *testing.T) {
	t.Parallel()
	stop := errors.New("the server stops")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	if err := s3Error(ctx, context.Canceled); !errors.Is(err, stop) {
		t.Errorf("%v, want the cause", err)
	}
	if err := s3Error(ctx, nil); err != nil {
		t.Errorf("%v for what has succeeded", err)
	}
}

// TestStallConn: the other side neither reads nor writes.
func TestStallConn(t *testing.T) {
	t.Parallel()
	near, far := net.Pipe()
	conn := stallConn{Conn: near, limit: time.Millisecond}
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Read = %v, want ErrDeadlineExceeded", err)
	}
	if _, err := conn.Write([]byte("x")); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Write = %v, want ErrDeadlineExceeded", err)
	}
	if err := errors.Join(conn.Close(), far.Close()); err != nil {
		t.Error(err)
	}
}
