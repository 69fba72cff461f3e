package imaging

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// What is written for one kind of processor, and what is written for all, give
// the same, bit by bit, and read and write nothing else.
func TestWeighers(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "weighers")
	build := exec.CommandContext(t.Context(), "cc", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover",
		"-o", program, "testdata/weighers.c", "weigh.c", "weigh_avx2.c")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if out, err := exec.CommandContext(t.Context(), program).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
