package video

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is kept among the programs is named, behind a link as well.
func TestExposed(t *testing.T) {
	t.Parallel()
	link := filepath.Join(t.TempDir(), "data")
	if err := os.Symlink("/usr/share", link); err != nil {
		t.Fatal(err)
	}
	got, err := Exposed(Config{}, t.TempDir(), "/usr/share", "/usr/nowhere/yet", "/usrlocal", link, "/usr", "/", "/usr")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"/usr/share", "/usr/nowhere/yet", link, "/usr"}, got); diff != "" {
		t.Errorf("exposed (-want +got)\n%s", diff)
	}
	if _, err := Exposed(Config{FFprobe: filepath.Join(t.TempDir(), "absent")}); err == nil {
		t.Error("finds a program that isn't there")
	}
}
