package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// The exit codes of Exec are those of a shell that can't run a program.
const (
	exitCannotRun = 126
	exitNotFound  = 127
)

// Command gives the arguments that make this program lock itself in and become
// another one: those of a call to Exec behind the words that lead to it.
func Command(rules Rules, program string, args ...string) ([]string, error) {
	words, err := json.Marshal(rules)
	if err != nil {
		return nil, err
	}
	return append([]string{string(words), program}, args...), nil
}

// Exec locks this process by the rules in the arguments that Command gave, and
// becomes the program, given by its path, which may read what is installed on the machine as well:
// Landlock and seccomp stay, and so do limits. It returns, with an exit code,
// only when that can't be done; stderr is told why.
func Exec(args []string, stderr io.Writer) int {
	err := become(args)
	_, _ = fmt.Fprintln(stderr, err)
	if errors.Is(err, fs.ErrNotExist) {
		return exitNotFound
	}
	return exitCannotRun
}

func become(args []string) error {
	if len(args) < 2 {
		return errors.New("rules and a program are needed")
	}
	var rules Rules
	if err := json.Unmarshal([]byte(args[0]), &rules); err != nil {
		return fmt.Errorf("read rules: %w", err)
	}
	rules.program = args[1]
	environ := os.Environ()
	if err := rules.Lock(); err != nil {
		return err
	}
	if err := syscall.Exec(rules.program, args[1:], environ); err != nil {
		return fmt.Errorf("run %s: %w", rules.program, err)
	}
	return nil
}
