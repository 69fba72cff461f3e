// Package openapitest checks in tests that a server keeps to the OpenAPI 3.1
// document that it serves.
package openapitest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// resource is the name under which the schemas of the document refer to each
// other.
const resource = "openapi.json"

// unrouted is the response, by name, of a request that no operation is for.
const unrouted = "#/components/responses/Unrouted"

// Document is an OpenAPI document that responses are checked against.
type Document struct {
	t     testing.TB
	base  string // path of the first server
	paths []template
	root  map[string]any

	mu      sync.Mutex // the compiler's
	schemas *jsonschema.Compiler
}

// template is a path of the document.
type template struct {
	segments []string
	methods  map[string]any
	pointer  string // JSON pointer to it
}

// Load reads a document and fails the test when it is none.
func Load(t testing.TB, doc []byte) *Document {
	t.Helper()
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	if err != nil {
		t.Fatalf("read the OpenAPI document: %v", err)
	}
	root, ok := parsed.(map[string]any)
	if version, _ := root["openapi"].(string); !ok || !strings.HasPrefix(version, "3.1.") {
		t.Fatalf("not an OpenAPI 3.1 document: openapi is %v", root["openapi"])
	}
	d := &Document{t: t, root: root, schemas: jsonschema.NewCompiler()}
	d.schemas.AssertFormat()
	if err := d.schemas.AddResource(resource, parsed); err != nil {
		t.Fatalf("read the OpenAPI document: %v", err)
	}
	if servers, _ := root["servers"].([]any); len(servers) > 0 {
		server, _ := servers[0].(map[string]any)
		text, _ := server["url"].(string)
		u, err := url.Parse(text)
		if err != nil {
			t.Fatalf("read the OpenAPI document: its server: %v", err)
		}
		d.base = strings.TrimSuffix(u.Path, "/")
	}
	paths, _ := root["paths"].(map[string]any)
	for path, item := range paths {
		methods, _ := item.(map[string]any)
		d.paths = append(d.paths, template{
			segments: strings.Split(path, "/"),
			methods:  methods,
			pointer:  "#/paths/" + escape(path),
		})
	}
	if len(d.paths) == 0 {
		t.Fatal("the OpenAPI document has no paths")
	}
	return d
}

// Transport is rt, with every response below the document's server checked on
// its way back: the status must be documented for the path and method, and so
// must be its content type, its body and its required headers. What is not as
// documented is an error of the test; the response goes on to the caller.
func (d *Document) Transport(rt http.RoundTripper) http.RoundTripper {
	return checked{document: d, next: rt}
}

type checked struct {
	document *Document
	next     http.RoundTripper
}

func (c checked) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return nil, fmt.Errorf("read the response to check it: %w", err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if err := c.document.check(r, resp, body); err != nil {
		c.document.t.Errorf("%s %s: %d %.300q is not as documented: %v", r.Method, r.URL.EscapedPath(), resp.StatusCode, body, err)
	}
	return resp, nil
}

// check compares a response with what the document says about it.
func (d *Document) check(r *http.Request, resp *http.Response, body []byte) error {
	path, below := strings.CutPrefix(r.URL.EscapedPath(), d.base+"/")
	if !below {
		return nil
	}
	described, pointer, err := d.response(r.Method, "/"+path, resp.StatusCode)
	if err != nil {
		return err
	}
	if err := d.checkHeaders(described, pointer, resp.Header); err != nil {
		return err
	}
	content, _ := described["content"].(map[string]any)
	if r.Method == http.MethodHead {
		return nil
	}
	if len(content) == 0 {
		if len(body) > 0 {
			return errors.New("a body, where none is documented")
		}
		return nil
	}
	mediaType, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		return fmt.Errorf("content type: %w", err)
	}
	if content[mediaType] == nil {
		return fmt.Errorf("content type %s is not documented", mediaType)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("body: %w", err)
	}
	return d.validate(pointer+"/content/"+escape(mediaType)+"/schema", value)
}

// response finds the documented response and its JSON pointer. Where there is
// no operation, a 404, or a 405 of a path that has others, is documented as
// Unrouted.
func (d *Document) response(method, path string, status int) (map[string]any, string, error) {
	item := d.find(path)
	code := strconv.Itoa(status)
	if item != nil {
		name := strings.ToLower(method)
		operation, ok := item.methods[name].(map[string]any)
		if !ok && name == "head" {
			name = "get"
			operation, ok = item.methods[name].(map[string]any)
		}
		if ok {
			responses, _ := operation["responses"].(map[string]any)
			described, ok := responses[code].(map[string]any)
			if !ok {
				return nil, "", fmt.Errorf("status %s is not documented", code)
			}
			return described, item.pointer + "/" + name + "/responses/" + code, nil
		}
	}
	if item == nil && status != http.StatusNotFound || item != nil && status != http.StatusMethodNotAllowed {
		return nil, "", errors.New("no such operation is documented")
	}
	components, _ := d.root["components"].(map[string]any)
	responses, _ := components["responses"].(map[string]any)
	described, ok := responses["Unrouted"].(map[string]any)
	if !ok {
		return nil, "", fmt.Errorf("the document has no %s", unrouted)
	}
	return described, unrouted, nil
}

// find gives the most specific template that matches a path: a literal segment
// goes before a parameter.
func (d *Document) find(path string) *template {
	segments := strings.Split(path, "/")
	var best *template
	for i := range d.paths {
		if t := &d.paths[i]; t.matches(segments) && (best == nil || t.before(best)) {
			best = t
		}
	}
	return best
}

func (t *template) matches(segments []string) bool {
	return slices.EqualFunc(t.segments, segments, func(want, got string) bool {
		return want == got || isParameter(want) && got != ""
	})
}

// before reports whether t is the more specific of two templates that match one
// path: the first segment in which they differ decides.
func (t *template) before(other *template) bool {
	for i, segment := range t.segments {
		if is := isParameter(segment); is != isParameter(other.segments[i]) {
			return !is
		}
	}
	return false
}

func isParameter(segment string) bool { return strings.HasPrefix(segment, "{") }

// checkHeaders looks for the headers that are documented as required.
func (d *Document) checkHeaders(described map[string]any, pointer string, got http.Header) error {
	headers, _ := described["headers"].(map[string]any)
	for name, header := range headers {
		header, _ := header.(map[string]any)
		if required, _ := header["required"].(bool); !required {
			continue
		}
		values := got.Values(name)
		if len(values) != 1 {
			return fmt.Errorf("header %s is there %d times", name, len(values))
		}
		// A header is text: what reads as JSON, such as a number, is checked as that.
		var value any = values[0]
		if parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(values[0])); err == nil {
			value = parsed
		}
		if err := d.validate(pointer+"/headers/"+escape(name)+"/schema", value); err != nil {
			return fmt.Errorf("header %s: %w", name, err)
		}
	}
	return nil
}

// validate checks a value against the schema at a JSON pointer.
func (d *Document) validate(pointer string, value any) error {
	d.mu.Lock()
	schema, err := d.schemas.Compile(resource + pointer)
	d.mu.Unlock()
	if err != nil {
		return fmt.Errorf("compile %s: %w", pointer, err)
	}
	return schema.Validate(value)
}

// escape makes a token of a JSON pointer that stands in the fragment of a URL.
func escape(token string) string {
	token = strings.NewReplacer("~", "~0", "/", "~1").Replace(token)
	return url.PathEscape(token)
}
