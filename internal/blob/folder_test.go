package blob_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/blob/blobtest"
)

// halfPutEnv makes the test binary a server that is killed in the middle of a
// Put into the bucket of that URL.
const halfPutEnv = "BLOB_TEST_HALF_PUT"

func TestMain(m *testing.M) {
	if bucketURL := os.Getenv(halfPutEnv); bucketURL != "" {
		fmt.Println(halfPut(bucketURL))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// halfPut gets as far as half of an object, says so on standard output, and
// stays there until standard input ends.
func halfPut(bucketURL string) error {
	bucket, err := blob.Open(context.Background(), bucketURL)
	if err != nil {
		return err
	}
	half := strings.NewReader(strings.Repeat("x", 1<<20))
	return bucket.Put(context.Background(), "a/half", io.MultiReader(half, announce{}, os.Stdin), 2<<20)
}

// announce is empty and says so on standard output.
type announce struct{}

func (announce) Read([]byte) (int, error) {
	fmt.Println("half")
	return 0, io.EOF
}

func fileURL(dir string) string { return (&url.URL{Scheme: "file", Path: dir}).String() }

// openFolder opens a bucket in that folder for the length of the test.
func openFolder(t *testing.T, dir string) blob.Bucket {
	t.Helper()
	bucket, err := blob.Open(t.Context(), fileURL(dir))
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

// files are the paths of all files below dir but the lock, relative to it.
func files(dir string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != ".lock" {
			found = append(found, strings.TrimPrefix(path, dir+"/"))
		}
		return err
	})
	return found, err
}

func TestFolderConforms(t *testing.T) {
	t.Parallel()
	blobtest.Run(t, func(t *testing.T) blobtest.Fixture {
		dir := t.TempDir()
		return blobtest.Fixture{
			Bucket: openFolder(t, dir),
			Leftovers: func() ([]string, error) {
				found, err := files(dir)
				var left []string
				for _, file := range found {
					if filepath.Ext(file) != ".blob" {
						left = append(left, file)
					}
				}
				return left, err
			},
		}
	})
}

// TestFolderStreams doesn't run in parallel, since it counts what the whole
// process allocates.
func TestFolderStreams(t *testing.T) {
	const size = 50_000_000
	bucket := openFolder(t, t.TempDir())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := bucket.Put(t.Context(), "k", io.LimitReader(zeros{}, size), size); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > size/20 {
		t.Errorf("Put of %d bytes allocated %d", size, used)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestFolderAfterKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := exec.CommandContext(t.Context(), os.Args[0])
	server.Env = append(os.Environ(), halfPutEnv+"="+fileURL(dir))
	stdin, err := server.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || line != "half\n" {
		t.Fatalf("the server said %q, %v", line, err)
	}
	if _, err := blob.Open(t.Context(), fileURL(dir)); !errors.Is(err, blob.ErrInUse) {
		t.Errorf("Open beside a running server = %v, want ErrInUse", err)
	}
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := server.Wait(); err == nil {
		t.Fatal("the server ended by itself")
	}
	if err := stdin.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}

	left, err := files(dir)
	if err != nil || len(left) != 1 || !strings.HasPrefix(left[0], ".tmp/") {
		t.Fatalf("the killed server left %q, %v, want one temporary file", left, err)
	}
	bucket := openFolder(t, dir)
	if _, err := bucket.Open(t.Context(), "a/half"); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("Open = %v, want ErrNotFound", err)
	}
	for info, err := range bucket.List(t.Context(), "") {
		t.Errorf("listed %v, %v", info, err)
	}
	if left, err := files(dir); err != nil || len(left) > 0 {
		t.Errorf("after Open there is %q, %v, want nothing", left, err)
	}
}

func TestFolderIsHeldUntilClose(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "when absent")
	first, err := blob.Open(t.Context(), fileURL(dir))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := blob.Open(t.Context(), fileURL(dir)); !errors.Is(err, blob.ErrInUse) {
		t.Errorf("second Open = %v, want ErrInUse", err)
	}
	if err := first.Put(t.Context(), "k", strings.NewReader("kept"), 4); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	object, err := openFolder(t, dir).Open(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(object); err != nil || string(text) != "kept" {
		t.Errorf("after reopening: %q, %v", text, err)
	}
	if err := object.Close(); err != nil {
		t.Error(err)
	}
}

// TestFolderOpenObjectStays is more than the suite asks for: a download that
// has begun goes on to its end.
func TestFolderOpenObjectStays(t *testing.T) {
	t.Parallel()
	bucket := openFolder(t, t.TempDir())
	ctx := t.Context()
	if err := bucket.Put(ctx, "a/k", strings.NewReader("old"), 3); err != nil {
		t.Fatal(err)
	}
	object, err := bucket.Open(ctx, "a/k")
	if err != nil {
		t.Fatal(err)
	}
	if err := bucket.Put(ctx, "a/k", strings.NewReader("newer"), 5); err != nil {
		t.Fatal(err)
	}
	if err := bucket.Delete(ctx, "a/k"); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(object); err != nil || string(text) != "old" {
		t.Errorf("read %q, %v, want what was there at Open", text, err)
	}
	if err := object.Close(); err != nil {
		t.Error(err)
	}
}

// TestFolderKeepsKeysBelowKeys is more than the suite asks for, too. Some keys
// are such as the folder gives its own files and directories.
func TestFolderKeepsKeysBelowKeys(t *testing.T) {
	t.Parallel()
	bucket := openFolder(t, t.TempDir())
	want := []string{"a", "a!", "a!/x", "a!b", "a/b", "x.blob", "x.blob/x.dir", "x.dir", "x.dir/x.blob"}
	for i := range want {
		key := want[(i*7)%len(want)]
		if err := bucket.Put(t.Context(), key, strings.NewReader(key), int64(len(key))); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for info, err := range bucket.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, info.Key)
		if text := read(t, bucket, info.Key); text != info.Key {
			t.Errorf("%q has %q", info.Key, text)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
}

func TestFolderRemovesEmptyDirectories(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	bucket := openFolder(t, dir)
	for _, key := range []string{"a/b/c/1", "a/2"} {
		if err := bucket.Put(t.Context(), key, strings.NewReader(""), 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := bucket.Delete(t.Context(), "a/b/c/1"); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.dir", "*"))
	if err != nil || len(names) != 1 || filepath.Base(names[0]) != "2.blob" {
		t.Errorf("left %q, %v, want a.dir/2.blob alone", names, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for _, bucketURL := range []string{
		"", "/tmp/x", "file://host/dir", "file:relative", "file://", "file:///dir?x=1", "file:///dir#x", "ftp://host/dir", "file:///%zz",
	} {
		if bucket, err := blob.Open(t.Context(), bucketURL); err == nil {
			t.Errorf("Open(%q) succeeded", bucketURL)
			if err := bucket.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
