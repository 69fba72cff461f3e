package portal_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkVariant asks for a small rendition: for the first time in this second,
// and again, when what is left is what costs more than net/http itself.
func BenchmarkVariant(b *testing.B) {
	s := open(b, nil)
	c := picture(1, "wide")
	m := s.add(b, 1, "wide", &c)
	s.publish(b, "g1", `{}`, m)
	request := httptest.NewRequest(http.MethodGet, s.urls.Variant(&c, c.Variants[0]), http.NoBody)
	for name, before := range map[string]func(){"first": s.later, "again": func() {}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				before()
				w := discard{header: http.Header{}}
				s.handler.ServeHTTP(&w, request)
				if w.status != http.StatusOK || w.bytes != c.Variants[0].Bytes {
					b.Fatalf("it answered %d with %d bytes", w.status, w.bytes)
				}
			}
		})
	}
}

// discard is a ResponseWriter that counts.
type discard struct {
	header http.Header
	status int
	bytes  int64
}

func (d *discard) Header() http.Header { return d.header }

func (d *discard) WriteHeader(status int) { d.status = status }

func (d *discard) Write(p []byte) (int, error) {
	d.bytes += int64(len(p))
	return io.Discard.Write(p)
}
