package blob_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/s3test"
)

// TestOpenReader looks into buckets that a server has open.
func TestOpenReader(t *testing.T) {
	t.Parallel()
	s3URL, environ := s3test.Start(t)
	for _, url := range []string{"file://" + filepath.Join(t.TempDir(), "blobs"), s3URL} {
		used, err := blob.Open(t.Context(), url, environ...)
		if err != nil {
			t.Fatal(err)
		}
		if err := used.Put(t.Context(), "a/b", strings.NewReader("text"), 4); err != nil {
			t.Fatal(err)
		}
		reader, err := blob.OpenReader(t.Context(), url, environ...)
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for info, err := range reader.List(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			keys = append(keys, info.Key)
		}
		object, err := reader.Open(t.Context(), "a/b")
		if err != nil || len(keys) != 1 || object.Size != 4 {
			t.Fatalf("%s: found %q, %v", url, keys, err)
		}
		for _, close := range []func() error{object.Close, reader.Close, used.Close} {
			if err := close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestOpenReaderMakesNothing of a folder that is not there.
func TestOpenReaderMakesNothing(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "none")
	if _, err := blob.OpenReader(t.Context(), "file://"+root); err == nil {
		t.Error("a folder that is not there was opened")
	}
	if _, err := os.Stat(root); !os.IsNotExist(err) {
		t.Errorf("it is there now: %v", err)
	}
}
