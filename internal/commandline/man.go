package commandline

import (
	"fmt"
	"slices"
	"strings"
)

// Page is a man page.
type Page struct {
	Name string // of its file: "vitrine-media-get.1"
	Text string // for man(7)
}

// Pages are the program's own page and one for each of its commands. version is
// the program's.
func (c *Command) Pages(version string) []Page {
	pages := []Page{c.Page(version)}
	for _, l := range c.leaves(leaf{}) {
		if l.Command != c {
			pages = append(pages, l.page(c, version))
		}
	}
	return pages
}

// Page is the program's own page, which has all of its commands in short.
func (c *Command) Page(version string) Page {
	m := newManual(c.Name, c.Name, c.Help, version)
	m.section("SYNOPSIS")
	m.line(".B %s", text(c.Name))
	m.line(".I COMMAND")
	m.line("[\\fIFLAGS\\fR]")
	m.section("DESCRIPTION")
	m.paragraphs(c.Help)
	m.section("COMMANDS")
	for _, l := range c.leaves(leaf{}) {
		if l.Command == c {
			continue
		}
		_, below, _ := strings.Cut(l.name(" "), " ")
		m.item(text(below)+l.synopsis(), l.Help)
	}
	m.section("FLAGS")
	m.flags(c.Flags)
	m.environment(c.Flags)
	m.sections(c.Sections)
	return Page{c.Name + ".1", m.b.String()}
}

// page is that of one command.
func (l leaf) page(program *Command, version string) Page {
	name := l.name("-")
	m := newManual(program.Name, name, l.Help, version)
	m.section("SYNOPSIS")
	m.line(".B %s", text(l.name(" ")))
	m.line("%s", strings.TrimSpace(l.synopsis()+" [\\fIFLAGS\\fR]"))
	m.section("DESCRIPTION")
	m.paragraphs(l.Help)
	if l.Detail != "" {
		m.line(".PP")
		m.paragraphs(l.Detail)
	}
	if len(l.Args) > 0 {
		m.section("ARGUMENTS")
		for _, arg := range l.Args {
			m.item("\\fI"+text(arg.Name)+"\\fR", arg.Help)
		}
	}
	m.section("FLAGS")
	m.flags(l.flags)
	m.environment(l.flags)
	m.sections(l.Sections)
	m.section("SEE ALSO")
	m.line(".BR %s (1)", text(program.Name))
	return Page{name + ".1", m.b.String()}
}

// synopsis are the arguments, with a space before each.
func (l leaf) synopsis() string {
	var b strings.Builder
	for _, arg := range l.Args {
		name := "\\fI" + text(arg.Name) + "\\fR"
		if arg.Repeated {
			name += "..."
		}
		if arg.Optional {
			name = "[" + name + "]"
		}
		b.WriteString(" " + name)
	}
	return b.String()
}

// manual is a page being written.
type manual struct{ b strings.Builder }

func newManual(program, name, help, version string) *manual {
	m := &manual{}
	m.line(`.TH %s 1 "" "%s %s" "The manual of %s"`, text(strings.ToUpper(name)), text(program), text(version), text(program))
	m.section("NAME")
	first, _, _ := strings.Cut(help, "\n")
	m.line("%s \\- %s", text(name), text(strings.TrimSuffix(first, ".")))
	return m
}

func (m *manual) line(format string, args ...any) { fmt.Fprintf(&m.b, format+"\n", args...) }

func (m *manual) section(title string) { m.line(".SH %s", title) }

func (m *manual) sections(list []Section) {
	for _, s := range list {
		m.section(s.Title)
		m.paragraphs(s.Text)
	}
}

// item is an entry of a list; its head is ready for man(7), its text is not.
func (m *manual) item(head, help string) {
	m.line(".TP\n%s", strings.TrimLeft(head, " "))
	m.line("%s", text(help))
}

// paragraphs writes a text; its lines that begin with two spaces stay as they
// are.
func (m *manual) paragraphs(s string) {
	asIs := false
	for line := range strings.SplitSeq(s, "\n") {
		if indented := strings.HasPrefix(line, "  "); indented != asIs && line != "" {
			asIs = indented
			m.line("%s", map[bool]string{true: ".nf", false: ".fi"}[asIs])
		}
		if line == "" {
			line = ".PP"
		} else {
			line = text(line)
		}
		m.line("%s", line)
	}
	if asIs {
		m.line(".fi")
	}
}

func (m *manual) flags(flags []Flag) {
	for _, f := range slices.Concat(flags, []Flag{helpFlag}) {
		head := "\\fB" + text("--"+f.Name) + "\\fR"
		if !f.Bare {
			head += "=\\fI" + text(f.Value) + "\\fR"
		}
		m.item(head, f.Help)
	}
}

// environment names the variables that stand for flags.
func (m *manual) environment(flags []Flag) {
	titled := false
	for _, f := range flags {
		if f.Env == "" {
			continue
		}
		if !titled {
			m.section("ENVIRONMENT")
			titled = true
		}
		m.item("\\fB"+text(f.Env)+"\\fR", "The same as --"+f.Name+", which wins.")
	}
}

// text is a text as man(7) has to have it, on one line of its source.
func text(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}
