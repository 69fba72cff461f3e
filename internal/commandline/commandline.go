// Package commandline tells of a program's command line from one description of
// it: to a shell what may come next, and to a reader its man pages.
package commandline

import (
	"slices"
	"strings"
)

// Command is a program, or a command of one.
type Command struct {
	Name     string // one word
	Help     string // one sentence
	Detail   string // all else that its man page says about it
	Flags    []Flag // of this command and of all below it
	Args     []Arg
	Commands []*Command
	Runs     bool      // by itself, too, though there are commands below it
	Hidden   bool      // not offered and not described
	Sections []Section // that its man page has beside the usual ones
}

// Flag is an option: --name, with a value unless it is Bare.
type Flag struct {
	Name     string // without --
	Help     string
	Value    string // what its value is called: "URL"
	Bare     bool   // it takes no value
	Repeated bool   // it may be given several times
	Env      string // the variable that gives the same, "" for none
	Takes    Values
}

// Arg is a word that is neither a command nor a flag.
type Arg struct {
	Name     string
	Help     string
	Optional bool
	Repeated bool // the last one only
	Takes    Values
}

// Values is what a flag or an argument takes. The zero Values are texts that
// can't be foreseen.
type Values struct {
	Files bool     // names of files
	Dirs  bool     // names of folders
	Words []string // one of these
}

// Section is a part of a man page. Lines of its text that begin with two spaces
// are printed as they are.
type Section struct {
	Title string // in capitals
	Text  string
}

// command gives the one of that name, nil for none.
func (c *Command) command(name string) *Command {
	for _, sub := range c.Commands {
		if sub.Name == name {
			return sub
		}
	}
	return nil
}

// leaf is a command that can be run, with the names that lead to it.
type leaf struct {
	*Command
	path  []string
	flags []Flag // with those of the commands above
}

func (l leaf) name(separator string) string { return strings.Join(l.path, separator) }

// leaves are the commands below c that can be run and are not hidden, in order.
func (c *Command) leaves(above leaf) (list []leaf) {
	here := leaf{Command: c, path: slices.Concat(above.path, []string{c.Name}), flags: slices.Concat(above.flags, c.Flags)}
	switch {
	case c.Hidden:
		return nil
	case len(c.Commands) == 0:
		return []leaf{here}
	case c.Runs:
		list = append(list, here)
	}
	for _, sub := range c.Commands {
		list = append(list, sub.leaves(here)...)
	}
	return list
}
