package docsite

import (
	"html/template"
	"net/url"
	"path"
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// markdown reads what our pages are written in. HTML in them is left out.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.Table, extension.Linkify),
	goldmark.WithParserOptions(parser.WithAutoHeadingID()),
	goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(nodes{}, 100))),
)

// withAnchors gives headings the anchors that they have where the source is shown,
// so that one link serves both.
func withAnchors() parser.ParseOption {
	return parser.WithContext(parser.NewContext(parser.WithIDs(anchors{})))
}

// anchors are those given out on a page.
type anchors map[string]int

// Generate makes an anchor of a heading's text: letters, digits, hyphens and low
// lines, with hyphens for spaces, and a number where it is there already.
func (a anchors) Generate(value []byte, _ ast.NodeKind) []byte {
	id := strings.Map(func(c rune) rune {
		switch {
		case unicode.IsLetter(c) || unicode.IsDigit(c) || c == '-' || c == '_':
			return unicode.ToLower(c)
		case c == ' ':
			return '-'
		}
		return -1
	}, string(value))
	n := a[id]
	a[id]++
	if n > 0 {
		id += "-" + strconv.Itoa(n)
	}
	return []byte(id)
}

// Put notes an anchor that a page has chosen.
func (a anchors) Put(value []byte) { a[string(value)]++ }

// nodes draws what goldmark would draw otherwise than the site needs it: links,
// pictures, and what may be wider than a phone.
type nodes struct{}

// RegisterFuncs says what is drawn by whom.
func (nodes) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindLink, drawLink)
	r.Register(ast.KindImage, drawImage)
	r.Register(ast.KindFencedCodeBlock, drawCode)
	r.Register(ast.KindCodeBlock, drawCode)
	r.Register(extast.KindTable, drawTable)
	r.Register(extast.KindTableCell, drawCell)
}

// target is where a link of a page leads to on the site. What is not on the site,
// a file of the source, has no address; its path is from the root of the source.
func target(to string) (address, source string) {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Path == "" {
		return to, ""
	}
	switch at := path.Join("docs", u.Path); {
	case at == "docs/"+index:
		u.Path = Base
	case path.Dir(at) == "docs" && path.Ext(at) == ".md":
		u.Path = Base + "/" + strings.TrimSuffix(path.Base(at), ".md")
	case path.Dir(at) == "docs" && contentTypes[path.Ext(at)] != "":
		u.Path = Base + "/" + path.Base(at)
	default:
		return "", at
	}
	return u.String(), ""
}

// drawLink draws a link, or, to what is not on the site, its text and the path.
func drawLink(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	link := n.(*ast.Link)
	to, file := target(string(link.Destination))
	switch {
	case file == "" && entering:
		_, _ = w.WriteString(`<a href="` + template.HTMLEscapeString(to) + `">`) // the writer keeps its error
	case file == "":
		_, _ = w.WriteString("</a>")
	case !entering && plain(link, source) != file:
		_, _ = w.WriteString(" (<code>" + template.HTMLEscapeString(file) + "</code>)")
	}
	return ast.WalkContinue, nil
}

// drawImage draws a picture that leads to itself, since on a phone it is small.
func drawImage(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		image := n.(*ast.Image)
		to, _ := target(string(image.Destination))
		to = template.HTMLEscapeString(to)
		_, _ = w.WriteString(`<a href="` + to + `"><img src="` + to + `" alt="` + template.HTMLEscapeString(plain(image, source)) + `"></a>`)
	}
	return ast.WalkSkipChildren, nil
}

// drawCode draws code that can be scrolled with the keyboard.
func drawCode(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		_, _ = w.WriteString(`<pre tabindex="0"><code>` + template.HTMLEscapeString(string(n.Lines().Value(source))) + "</code></pre>\n")
	}
	return ast.WalkSkipChildren, nil
}

// drawTable draws a table that can be scrolled with the keyboard.
func drawTable(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		_, _ = w.WriteString(`<div class="scroll" tabindex="0"><table>` + "\n")
	} else {
		_, _ = w.WriteString("</table></div>\n")
	}
	return ast.WalkContinue, nil
}

// drawCell draws a cell. A heading without text is none, to those who hear it. The
// policy forbids goldmark's way to align, which is a style.
func drawCell(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	cell := n.(*extast.TableCell)
	tag := "td"
	if n.Parent().Kind() == extast.KindTableHeader && n.HasChildren() {
		tag = "th"
	}
	if !entering {
		_, _ = w.WriteString("</" + tag + ">\n")
		return ast.WalkContinue, nil
	}
	_, _ = w.WriteString("<" + tag)
	if cell.Alignment == extast.AlignRight {
		_, _ = w.WriteString(` class="amount"`)
	}
	_, _ = w.WriteString(">")
	return ast.WalkContinue, nil
}
