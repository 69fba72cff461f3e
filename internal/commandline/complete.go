package commandline

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// The lines that have a shell complete names by itself.
const (
	filesLine = ":files"
	dirsLine  = ":dirs"
)

// WriteCompletion writes what may stand in the place of the last of words, which
// are those behind the program's name: one candidate a line, with a tab and a
// few words about it, or a line that asks the shell for the names of files or
// folders. It is what the scripts of WriteScript ask for.
func (c *Command) WriteCompletion(w io.Writer, words []string) error {
	if len(words) == 0 {
		words = []string{""}
	}
	last := words[len(words)-1]
	p := position{command: c, flags: c.Flags}
	for _, word := range words[:len(words)-1] {
		p.pass(word)
	}
	var b strings.Builder
	p.complete(&b, last)
	_, err := io.WriteString(w, b.String())
	return err
}

// position is how far the words before the last one lead.
type position struct {
	command *Command
	flags   []Flag
	given   []string // names of flags
	args    int      // arguments so far
	awaited *Flag    // the value of which comes next, nil for none
	plain   bool     // behind a "--": no more flags
}

func (p *position) pass(word string) {
	switch {
	case p.awaited != nil:
		p.awaited = nil
	case !p.plain && word == "--":
		p.plain = true
	case !p.plain && strings.HasPrefix(word, "--"):
		name, _, assigned := strings.Cut(word[len("--"):], "=")
		p.given = append(p.given, name)
		if f := p.flag(name); f != nil && !f.Bare && !assigned {
			p.awaited = f
		}
	default:
		if sub := p.command.command(word); sub != nil && p.args == 0 {
			p.command, p.flags = sub, slices.Concat(p.flags, sub.Flags)
			return
		}
		p.args++
	}
}

func (p *position) flag(name string) *Flag {
	if i := slices.IndexFunc(p.flags, func(f Flag) bool { return f.Name == name }); i >= 0 {
		return &p.flags[i]
	}
	return nil
}

func (p *position) complete(b *strings.Builder, last string) {
	if p.awaited != nil {
		p.awaited.Takes.offer(b, "", last)
		return
	}
	if !p.plain && strings.HasPrefix(last, "-") {
		if name, _, assigned := strings.Cut(last, "="); assigned {
			if f := p.flag(strings.TrimLeft(name, "-")); f != nil {
				f.Takes.offer(b, name+"=", last)
			}
			return
		}
		p.offerFlags(b, last)
		return
	}
	if p.args == 0 {
		for _, sub := range p.command.Commands {
			if !sub.Hidden {
				offer(b, last, sub.Name, sub.Help)
			}
		}
	}
	if arg := p.arg(); arg != nil {
		arg.Takes.offer(b, "", last)
	}
	if b.Len() == 0 && last == "" && !p.plain {
		p.offerFlags(b, last)
	}
}

// arg is the argument that comes next, nil when there is none.
func (p *position) arg() *Arg {
	args := p.command.Args
	switch n := len(args); {
	case p.args < n:
		return &args[p.args]
	case n > 0 && args[n-1].Repeated:
		return &args[n-1]
	}
	return nil
}

func (p *position) offerFlags(b *strings.Builder, last string) {
	for _, f := range slices.Concat(p.flags, []Flag{helpFlag}) {
		if f.Repeated || !slices.Contains(p.given, f.Name) {
			offer(b, last, "--"+f.Name, f.Help)
		}
	}
}

// helpFlag is one that every command has.
var helpFlag = Flag{Name: "help", Help: "Show help.", Bare: true}

// offer writes the values that the last word, of which prefix is no part of the
// value, may become.
func (v Values) offer(b *strings.Builder, prefix, last string) {
	switch {
	case v.Files:
		b.WriteString(filesLine + "\n")
	case v.Dirs:
		b.WriteString(dirsLine + "\n")
	}
	for _, word := range v.Words {
		offer(b, last, prefix+word, "")
	}
}

// offer writes a candidate if the last word may become it.
func offer(b *strings.Builder, last, word, help string) {
	if strings.HasPrefix(word, last) {
		first, _, _ := strings.Cut(help, ". ") // a line in a menu
		fmt.Fprintf(b, "%s\t%s\n", word, strings.TrimSuffix(first, "."))
	}
}
