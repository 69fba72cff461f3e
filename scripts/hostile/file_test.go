package hostile

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine"
)

// ready is what comes of a file that is shown.
const ready = "ready"

// script is in every file that is a page or a program as well. It must never
// come out again.
const script = "<script>alert('hostile')</script>"

// file is one that is sent.
type file struct {
	kind string // of which it is counted: "PNG bomb", "JPEG damaged"
	name string // of it alone
	data func() []byte
	want []string // one of which comes of it: ready or failure codes
}

// fails are the codes of files that nothing comes of.
func fails(codes ...vitrine.FailureCode) []string {
	var want []string
	for _, code := range codes {
		want = append(want, string(code))
	}
	return want
}

// allows reports whether that may come of the file.
func (f *file) allows(got string) bool { return slices.Contains(f.want, got) }

// origin serves files, and says of each that it is a web page.
type origin struct {
	*httptest.Server
	files map[string]file
}

func newOrigin(t *testing.T, groups ...[]file) *origin {
	t.Helper()
	o := &origin{files: map[string]file{}}
	for _, f := range slices.Concat(groups...) {
		if _, twice := o.files[f.name]; twice {
			t.Fatalf("two files are %s", f.name)
		}
		o.files[f.name] = f
	}
	o.Server = httptest.NewServer(o)
	t.Cleanup(o.Close)
	return o
}

func (o *origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := o.files[strings.TrimPrefix(r.URL.Path, "/")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	content := f.data()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", fmt.Sprint(len(content)))
	_, _ = w.Write(content) // a server that has seen enough goes away
}
