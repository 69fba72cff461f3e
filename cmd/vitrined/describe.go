package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/vitrine-media/vitrine/internal/commandline"
)

// commandLine is the whole command line as shells and the man page are told of
// it. The settings go with every command.
func commandLine(commands []command) *commandline.Command {
	root := &commandline.Command{
		Name:     "vitrined",
		Help:     "The vitrine server: APIs, public pages and workers in one process.",
		Sections: []commandline.Section{{Title: "EXIT STATUS", Text: "  0  done\n  1  it could not be done\n  2  wrong arguments or settings"}},
	}
	s := defaultSettings()
	for _, row := range s.table() {
		root.Flags = append(root.Flags, commandline.Flag{
			Name: row.name, Help: row.help + " (default " + row.defaultText() + ")", Value: "VALUE", Bare: row.value.bare, Env: row.env(),
			Takes: commandline.Values{Dirs: row.name == "data"},
		})
	}
	for _, cmd := range commands {
		if !cmd.hidden {
			add(root, strings.Fields(cmd.name), cmd.help)
		}
	}
	return root
}

// add puts a command where the words of its name lead.
func add(c *commandline.Command, name []string, help string) {
	for i, word := range name {
		at := len(c.Commands)
		for j, sub := range c.Commands {
			if sub.Name == word {
				at = j
			}
		}
		if at == len(c.Commands) {
			c.Commands = append(c.Commands, &commandline.Command{Name: word})
		}
		c = c.Commands[at]
		if i == len(name)-1 {
			c.Help, c.Runs = help, true
		}
	}
}

// complete prints what the last of the words that follow may become.
func complete(stdout io.Writer, words []string) int {
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	if err := commandLine(commands).WriteCompletion(stdout, words); err != nil {
		return exitError
	}
	return exitOK
}

func completionScript(_ context.Context, p *program) error {
	if len(p.args) != 1 {
		return errors.New("one of " + strings.Join(commandline.Shells, ", ") + " is needed")
	}
	return commandline.WriteScript(p.stdout, p.args[0], "vitrined")
}

// manPage prints the man page, or writes it into a folder.
func manPage(_ context.Context, p *program) error {
	page := commandLine(p.commands).Page(version)
	if len(p.args) == 0 {
		_, err := io.WriteString(p.stdout, page.Text)
		return err
	}
	if err := os.MkdirAll(p.args[0], 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(p.args[0], page.Name), []byte(page.Text), 0o644) //nolint:gosec // everybody may read the manual
}
