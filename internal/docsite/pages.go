package docsite

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// index is the file of the first page, as sites that show source code know it.
const index = "README.md"

// page is one page of the site.
type page struct {
	Name     string // last part of its address, "" for the first page
	Title    string
	Sections []section // that the page itself has
	Body     template.HTML
	API      *reference // nil for none
}

// section is a heading of the second rank.
type section struct{ ID, Title string }

// group is a part of the contents: the pages listed under one heading of the
// first page.
type group struct {
	Title string
	Pages []*page
}

// pages are all pages, in their order, the first page first.
type pages struct {
	all    []*page
	groups []group
}

// address is that of a page, by its name.
func address(name string) string {
	if name == "" {
		return Base
	}
	return Base + "/" + name
}

// readPages reads the first page and all that it lists. A page that it doesn't
// list is an error, since nobody would find it.
func readPages(cfg Config, layout *template.Template) (*pages, error) {
	first, doc, source, err := readPage(cfg.Pages, index)
	if err != nil {
		return nil, err
	}
	site := &pages{all: []*page{first}}
	for _, listed := range listing(doc, source) {
		g := group{Title: listed.title}
		for _, name := range listed.files {
			p, _, _, err := readPage(cfg.Pages, name)
			if err != nil {
				return nil, err
			}
			if err := p.addReference(cfg.References[p.Name], layout); err != nil {
				return nil, err
			}
			g.Pages = append(g.Pages, p)
			site.all = append(site.all, p)
		}
		site.groups = append(site.groups, g)
	}
	names, err := fs.Glob(cfg.Pages, "*.md")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if !slices.ContainsFunc(site.all, func(p *page) bool { return p.Name == pageName(name) }) {
			return nil, fmt.Errorf("%s doesn't list %s", index, name)
		}
	}
	return site, nil
}

// pageName is the name of the page that a file has.
func pageName(file string) string {
	if file == index {
		return ""
	}
	return strings.TrimSuffix(file, ".md")
}

func readPage(files fs.FS, name string) (*page, ast.Node, []byte, error) {
	source, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, nil, nil, err
	}
	doc := parseMarkdown(source)
	p := &page{Name: pageName(name)}
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		heading, ok := n.(*ast.Heading)
		switch {
		case !ok:
		case heading.Level == 1:
			p.Title = plain(heading, source)
		case heading.Level == 2:
			id, _ := heading.AttributeString("id")
			p.Sections = append(p.Sections, section{ID: string(id.([]byte)), Title: plain(heading, source)})
		}
	}
	if p.Title == "" {
		return nil, nil, nil, fmt.Errorf("%s has no title", name)
	}
	var body bytes.Buffer
	if err := markdown.Renderer().Render(&body, source, doc); err != nil {
		return nil, nil, nil, fmt.Errorf("render %s: %w", name, err)
	}
	p.Body = template.HTML(body.String()) //nolint:gosec // our own text, part of the program
	return p, doc, source, nil
}

// listed is a heading of the first page, and the files that are linked below it.
type listed struct {
	title string
	files []string
}

// listing gives the contents that the first page lists: the first link of each
// item of a list that follows a heading.
func listing(doc ast.Node, source []byte) (all []listed) {
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Heading:
			if n.Level == 2 {
				all = append(all, listed{title: plain(n, source)})
			}
		case *ast.List:
			for item := n.FirstChild(); item != nil && len(all) > 0; item = item.NextSibling() {
				if file := firstLink(item); file != "" {
					all[len(all)-1].files = append(all[len(all)-1].files, file)
				}
			}
		}
	}
	return all
}

func firstLink(n ast.Node) (to string) {
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // which gives no error, as we give none
		if link, ok := n.(*ast.Link); ok && entering {
			to = string(link.Destination)
			return ast.WalkStop, nil
		}
		return ast.WalkContinue, nil
	})
	return to
}

// plain is the text of a node without its marks.
func plain(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the same
		if t, ok := n.(*ast.Text); ok && entering {
			b.Write(t.Value(source))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

func parseMarkdown(source []byte) ast.Node {
	return markdown.Parser().Parse(text.NewReader(source), withAnchors())
}

// view is what the layout shows.
type view struct {
	*page
	Groups       []group
	Before, Next *page // in the order of the contents
	Missing      bool
}

func (s *pages) view(i int) view {
	v := view{page: s.all[i], Groups: s.groups}
	if i > 0 {
		v.Before = s.all[i-1]
	}
	if i+1 < len(s.all) {
		v.Next = s.all[i+1]
	}
	return v
}

func (s *pages) viewMissing() view {
	return view{page: &page{Name: missing, Title: "There is no such page"}, Groups: s.groups, Missing: true}
}
