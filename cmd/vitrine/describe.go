package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/alecthomas/kong"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/commandline"
)

// commandLine is the whole command line as shells and man pages are told of it.
func commandLine(app *kong.Application) *commandline.Command {
	c := commandOf(app.Node)
	c.Help = description
	c.Sections = []commandline.Section{{Title: "EXIT STATUS", Text: exitCodes}}
	return c
}

func commandOf(node *kong.Node) *commandline.Command {
	c := &commandline.Command{Name: node.Name, Help: node.Help, Detail: node.Detail, Hidden: node.Hidden}
	for _, f := range node.Flags {
		if f.Name == "help" { // every command has it
			continue
		}
		c.Flags = append(c.Flags, commandline.Flag{
			Name: f.Name, Help: f.Help, Value: f.PlaceHolder, Bare: f.IsBool(), Repeated: f.IsSlice(),
			Env: environment[f.Name], Takes: valuesOf(f.Value),
		})
	}
	for _, arg := range node.Positional {
		c.Args = append(c.Args, commandline.Arg{
			Name: arg.Name, Help: arg.Help, Optional: !arg.Required, Repeated: arg.IsCumulative(), Takes: valuesOf(arg),
		})
	}
	for _, sub := range node.Children {
		c.Commands = append(c.Commands, commandOf(sub))
	}
	return c
}

// valuesOf is what the tag "takes" of a field says, and its enum.
func valuesOf(v *kong.Value) commandline.Values {
	switch v.Tag.Get("takes") {
	case "files":
		return commandline.Values{Files: true}
	case "dirs":
		return commandline.Values{Dirs: true}
	case "events":
		return commandline.Values{Words: wordsOf(vitrine.EventTypes)}
	}
	if v.Enum == "" {
		return commandline.Values{}
	}
	return commandline.Values{Words: v.EnumSlice()}
}

func wordsOf[T ~string](values []T) []string {
	words := make([]string, len(values))
	for i, value := range values {
		words[i] = string(value)
	}
	return words
}

type completionCommand struct {
	Shell string `arg:"" name:"SHELL" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help says how the script gets into the shell.
func (completionCommand) Help() string {
	return `For this session:

  bash   source <(vitrine completion bash)
  zsh    source <(vitrine completion zsh)
  fish   vitrine completion fish | source

For good, see the head of each script.`
}

// Run prints the script that has a shell complete vitrine's command line.
func (cmd *completionCommand) Run(app *kong.Context, out *output) error {
	return commandline.WriteScript(out.stdout, cmd.Shell, app.Model.Name)
}

type completeCommand struct {
	Words []string `arg:"" optional:"" help:"The words behind the program's name, as far as the cursor."`
}

// Run prints what the last word may become.
func (cmd *completeCommand) Run(app *kong.Context, out *output) error {
	return commandLine(app.Model).WriteCompletion(out.stdout, cmd.Words)
}

type manCommand struct {
	Dir string `arg:"" optional:"" name:"DIR" takes:"dirs" help:"Where to write a page for each command."`
}

// Run writes the man pages.
func (cmd *manCommand) Run(app *kong.Context, cli *commands, out *output) error {
	c := commandLine(app.Model)
	if cmd.Dir == "" {
		_, err := io.WriteString(out.stdout, c.Page(version).Text)
		return err
	}
	if err := os.MkdirAll(cmd.Dir, 0o755); err != nil {
		return err
	}
	pages := c.Pages(version)
	for _, page := range pages {
		if err := os.WriteFile(filepath.Join(cmd.Dir, page.Name), []byte(page.Text), 0o644); err != nil { //nolint:gosec // everybody may read the manual
			return err
		}
	}
	if cli.JSON {
		return printJSON(out.stdout, map[string]any{"dir": cmd.Dir, "pages": len(pages)})
	}
	_, err := fmt.Fprintf(out.stdout, "%s are in %s; to read one: man -l %s\n", count(len(pages), "page"), cmd.Dir, filepath.Join(cmd.Dir, pages[0].Name))
	return err
}
