// Package s3test gives tests a real S3 server.
//
// The first call of Start in a test process makes a server of its own, with
// its data in a temp folder and reachable at a loopback port; it ends with the
// process, however that ends. Nothing has to be running or configured: only
// the server's program, versitygw, must be there. "make test" builds it once
// into the user's cache folder; the environment variable VERSITYGW names
// another place.
package s3test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// The server's only account.
const (
	accessKey = "s3test"
	secretKey = "s3test-secret"
)

// shared is the one server of this test process.
var shared struct {
	sync.Mutex
	server  *server
	buckets int
}

// Start gives the URL of a fresh, empty bucket, as blob.Open takes it, and the
// environment to open it with, such as os.Environ gives: the credentials and
// nothing else. The bucket is removed at the end of the test. Start fails the
// test when the server's program is missing.
func Start(t testing.TB) (bucketURL string, environ []string) {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		s, err := startServer()
		if err != nil {
			t.Fatalf("start an S3 server: %v", err)
		}
		shared.server = s
	}
	shared.buckets++
	name := fmt.Sprintf("test%d", shared.buckets)
	// A folder among the server's data is a bucket to it.
	folder := filepath.Join(shared.server.data(), name)
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatalf("make a bucket: %v", err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Errorf("remove the test's bucket: %v", err)
		}
	})
	u := url.URL{
		Scheme:   "s3",
		Host:     name,
		RawQuery: url.Values{"endpoint": {"http://" + shared.server.address}}.Encode(),
	}
	return u.String(), []string{"AWS_ACCESS_KEY_ID=" + accessKey, "AWS_SECRET_ACCESS_KEY=" + secretKey}
}
