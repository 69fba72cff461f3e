package blob

import (
	"path/filepath"
	"syscall"
	"testing"
)

// A folder is free when it is closed, even if a child that is just being started
// still has what its parent had open.
func TestFolderFreedBesideChild(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "blobs")
	first, err := openFolder(root)
	if err != nil {
		t.Fatal(err)
	}
	child, err := syscall.Dup(int(first.lock.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(child) }()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := openFolder(root)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}
