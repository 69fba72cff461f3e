package portal_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The scripts may be read by pages of any site; the fixed address is asked for
// again, the one with the digest never.
func TestEmbedHeaders(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	c := picture(1, "wide")
	s.publish(t, "g1", flat77(1), s.add(t, 1, "wide", &c))
	_, rest, _ := strings.Cut(s.get(t, "GET", "/l/g1").body, `<script src="`)
	hashed, _, _ := strings.Cut(rest, `"`)
	const renewed = "public, max-age=3600, stale-while-revalidate=86400"
	bodies := map[string]string{}
	for address, cache := range map[string]string{
		hashed: "public, max-age=31536000, immutable", "/embed/vitrine-gallery.js": renewed, "/embed/vitrine-panorama.js": renewed,
	} {
		plain := s.get(t, "GET", address, "Accept-Encoding", "gzip;q=0, br")
		if plain.StatusCode != http.StatusOK || len(plain.body) < 10_000 {
			t.Errorf("%s: %d, %d bytes", address, plain.StatusCode, len(plain.body))
		}
		bodies[address] = plain.body
		packed := s.get(t, "GET", address, "Accept-Encoding", "br, gzip")
		packed.wantHeaders(t, "Content-Encoding", "gzip")
		plain.wantHeaders(t, "Content-Encoding", "")
		if len(packed.body) > len(plain.body)/2 {
			t.Errorf("%s: %d bytes of %d", address, len(packed.body), len(plain.body))
		}
		for _, r := range []reply{plain, packed} {
			r.wantHeaders(t, "Content-Type", "text/javascript; charset=utf-8", "Cache-Control", cache, "X-Content-Type-Options", "nosniff",
				"Access-Control-Allow-Origin", "*", "Cross-Origin-Resource-Policy", "cross-origin", "Vary", "Accept-Encoding")
		}
		again := s.get(t, "GET", address, "Accept-Encoding", "gzip", "If-None-Match", packed.Header.Get("ETag"))
		if again.StatusCode != http.StatusNotModified || packed.Header.Get("ETag") == plain.Header.Get("ETag") {
			t.Errorf("%s again: %d", address, again.StatusCode)
		}
		s.get(t, "GET", address+".map").want404(t)
	}
	s.get(t, "GET", strings.Replace(hashed, "/assets/", "/assets/0", 1)).want404(t)
	if diff := cmp.Diff(bodies[hashed], bodies["/embed/vitrine-gallery.js"]); diff != "" {
		t.Error("the two addresses hold different scripts")
	}
	if !strings.Contains(bodies["/embed/vitrine-panorama.js"], "Permission is hereby granted") {
		t.Error("the viewer comes without its licence")
	}
}
