package docsite

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// reference is what is shown of an OpenAPI document.
type reference struct {
	Base, Document string // the path that operations are below, and that of the document
	Groups         []operations
	Objects        []object
}

// operations are those of one tag.
type operations struct {
	ID, Title string
	All       []described
}

// described is an operation as it is shown.
type described struct {
	ID, Method, Path, Summary, Description string
	Scopes                                 []string // of a key that may not do everything
	Parameters                             []field
	Body                                   *message // nil for none
	Answers                                []message
	Refusals                               []refusal
	Refused                                []typeWord // what they have
}

// message is a body, of a request or of an answer.
type message struct {
	Status, Text string // of an answer
	Type         []typeWord
	Media        string // its media type, "" for none
	Example      string // "" for none
}

type refusal struct {
	Status, Text string
}

// field is a parameter, or a property of an object.
type field struct {
	Name, In, Text, Bounds string
	Type                   []typeWord
	Choices                []string
	Required               bool
}

// object is a schema that has a name.
type object struct {
	Name, Text string
	Fields     []field
}

// methods are in the order in which the operations of a path are shown.
var methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// addReference draws the reference of an OpenAPI document below the page's text;
// nil for none.
func (p *page) addReference(text []byte, layout *template.Template) error {
	if text == nil {
		return nil
	}
	doc, err := parseDocument(text)
	if err != nil {
		return fmt.Errorf("page %s: %w", p.Name, err)
	}
	ref := doc.reference()
	for _, group := range ref.Groups {
		p.Sections = append(p.Sections, section{ID: group.ID, Title: group.Title})
	}
	p.Sections = append(p.Sections, section{ID: "objects", Title: "Objects"})
	var drawn strings.Builder
	if err := layout.ExecuteTemplate(&drawn, "reference", ref); err != nil {
		return err
	}
	p.Body += template.HTML(drawn.String()) //nolint:gosec // the template has escaped it
	return nil
}

func (d *document) reference() *reference {
	r := &reference{Base: d.Servers[0].URL, Document: d.Servers[0].URL + "/openapi.json"}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range methods {
			if op := d.Paths[path][strings.ToLower(method)]; op != nil {
				r.add(cmp.Or(strings.Join(op.Tags, ", "), "Others"), d.describe(method, path, op))
			}
		}
	}
	// What there is most of is what most people look for.
	slices.SortStableFunc(r.Groups, func(a, b operations) int { return len(b.All) - len(a.All) })
	for _, name := range slices.Sorted(maps.Keys(d.Components.Schemas)) {
		s := d.Components.Schemas[name]
		r.Objects = append(r.Objects, object{Name: name, Text: s.Description, Fields: s.fields()})
	}
	return r
}

// add puts an operation where those of its tag are.
func (r *reference) add(tag string, op described) {
	i := slices.IndexFunc(r.Groups, func(g operations) bool { return g.Title == tag })
	if i < 0 {
		i = len(r.Groups)
		r.Groups = append(r.Groups, operations{ID: "tag-" + strings.ToLower(strings.ReplaceAll(tag, " ", "-")), Title: tag})
	}
	r.Groups[i].All = append(r.Groups[i].All, op)
}

func (d *document) describe(method, path string, op *operation) described {
	shown := described{
		ID: "op-" + op.OperationID, Method: method, Path: path, Summary: op.Summary, Description: op.Description,
	}
	for _, way := range op.Security {
		for _, scopes := range way {
			shown.Scopes = append(shown.Scopes, scopes...)
		}
	}
	for _, p := range op.Parameters {
		f := p.Schema.field(p.Name, p.Required)
		f.In, f.Text = p.In, cmp.Or(p.Description, f.Text)
		shown.Parameters = append(shown.Parameters, f)
	}
	if len(op.RequestBody.Content) > 0 {
		body := d.message(op.RequestBody.Content, true)
		shown.Body = &body
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		answer := op.Responses[status]
		if status < "400" {
			m := d.message(answer.Content, false)
			m.Status, m.Text = status, answer.Description
			shown.Answers = append(shown.Answers, m)
			continue
		}
		code, _ := strconv.Atoi(status) // one that is no number has no text
		shown.Refusals = append(shown.Refusals, refusal{Status: status, Text: cmp.Or(answer.Description, http.StatusText(code))})
		if shown.Refused == nil {
			shown.Refused = d.message(answer.Content, false).Type
		}
	}
	return shown
}

// message describes a body by the first of its media types; the others are named.
func (d *document) message(contents map[string]content, brief bool) message {
	kinds := slices.Sorted(maps.Keys(contents))
	if len(kinds) == 0 {
		return message{}
	}
	s := contents[kinds[0]].Schema
	m := message{Media: strings.Join(kinds, ", "), Type: s.typeWords()}
	if strings.HasSuffix(kinds[0], "json") {
		m.Example = d.example(s, brief)
	}
	return m
}

func (s *schema) fields() (all []field) {
	for _, name := range s.names() {
		all = append(all, s.Properties[name].field(name, slices.Contains(s.Required, name)))
	}
	return all
}

func (s *schema) field(name string, required bool) field {
	return field{Name: name, Text: s.Description, Bounds: s.bounds(), Type: s.typeWords(), Choices: s.choices(), Required: required}
}
