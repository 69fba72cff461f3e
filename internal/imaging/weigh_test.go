package imaging

import (
	"errors"
	"os/exec"
	"path/filepath"
	"testing"
)

// What is written for one kind of processor gives what is written for all, bit
// by bit, and reads and writes nothing else.
func TestWeighers(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "weighers")
	build := exec.CommandContext(t.Context(), "cc", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover",
		"-o", program, "testdata/weighers.c", "weigh.c", "weigh_avx2.c")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), program).CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 77 {
		t.Skip("this processor has but one")
	}
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
