package commandline

import (
	"embed"
	"fmt"
	"io"
	"strings"
)

// Shells are those that WriteScript knows.
var Shells = []string{"bash", "zsh", "fish"}

// CompleteCommand is the name of the hidden command by which the scripts ask a
// program for WriteCompletion; the words follow behind a "--".
const CompleteCommand = "__complete"

//go:embed script
var scripts embed.FS

// WriteScript writes what has a shell complete the command line of a program of
// that name, by asking the program itself.
func WriteScript(w io.Writer, shell, program string) error {
	script, err := scripts.ReadFile("script/" + shell)
	if err != nil {
		return fmt.Errorf("there is no completion for %s, only for %s", shell, strings.Join(Shells, ", "))
	}
	// A function of a shell has no dash in its name everywhere.
	replacer := strings.NewReplacer("PROGRAM", program, "FUNCTION", "_"+strings.ReplaceAll(program, "-", "_"))
	_, err = replacer.WriteString(w, string(script))
	return err
}
