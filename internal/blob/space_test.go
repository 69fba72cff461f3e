package blob

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// TestNoSpace writes to a device that is always full.
func TestNoSpace(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := noSpace(fill(full, strings.NewReader("text"))); !errors.Is(err, ErrNoSpace) {
		t.Errorf("%v, want ErrNoSpace", err)
	}
	if err := full.Close(); err != nil {
		t.Error(err)
	}
}
