package portal_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine"
)

func TestPage(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	var media []vitrine.Media
	for n, shape := range []string{"wide", "tall", "wide", "wide"} {
		c := picture(n, shape)
		media = append(media, s.add(t, n, shape, &c))
	}
	s.publish(t, "g1", `{"propertyAddress":"<script>alert(1)</script> & \"Co\"","announcementDescription":"Line one\nline </style><b>two</b>",
		"announcementValue":"125000.5","announcementCurrency":"<i>"}`, media...)

	r := s.get(t, "GET", "/l/g1")
	if r.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	r.wantHeaders(t, "Content-Type", "text/html; charset=utf-8", "Cache-Control", "public, no-cache",
		"X-Content-Type-Options", "nosniff", "Referrer-Policy", "no-referrer", "X-Robots-Tag", "noindex")

	// The policy admits the one style sheet, and nothing else that could run.
	_, rest, _ := strings.Cut(r.body, "<style>")
	style, _, found := strings.Cut(rest, "</style>")
	if !found {
		t.Fatal("the page has no style sheet")
	}
	sum := sha256.Sum256([]byte(style))
	r.wantHeaders(t, "Content-Security-Policy", "default-src 'none'; img-src 'self' "+s.url+" data:; media-src 'self' "+s.url+
		"; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'; script-src "+s.url+"/assets/ "+s.url+"/embed/; connect-src "+s.url+"/g/ "+s.url+
		"/v/; base-uri 'none'; form-action 'none'")
	for _, forbidden := range []string{"<script>", "<b>", "<i>", "style=", "ZgotmplZ", "crm.example.com", "/o/"} {
		if strings.Contains(r.body, forbidden) {
			t.Errorf("the page has %q", forbidden)
		}
	}
	for _, part := range []string{
		"&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;Co&#34;</h1>",
		"Line one\nline &lt;/style&gt;&lt;b&gt;two&lt;/b&gt;",
		"125\u202f000.5\u202f&lt;i&gt;",
		"4 photos · updated <time datetime=\"2026-11-22T10:00:00Z\">22 November 2026</time>",
		`width="2000" height="3000"`,
		`photo 2 of 4"`,
		`<vitrine-gallery src="` + s.url + `/g/g1" label="&lt;script&gt;alert(1)`,
		`data-show="3"`,
	} {
		if !strings.Contains(r.body, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	if got := strings.Count(r.body, "<script"); got != 1 {
		t.Errorf("%d scripts, want one", got)
	}
	if got := strings.Count(r.body, "<img "); got != 4 {
		t.Errorf("%d pictures, want 4", got)
	}
	if got := strings.Count(r.body, `loading="lazy"`); got != 3 {
		t.Errorf("%d are lazy, want all but the cover", got)
	}
	if got := strings.Count(r.body, "background-image:url(data:image/png;base64,"); got != 4 {
		t.Errorf("%d placeholders, want 4", got)
	}
	if len(r.body) > 20_000 {
		t.Errorf("the page has %d bytes", len(r.body))
	}
}

// A listing without text and without pictures is still a page.
func TestEmptyPage(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	s.publish(t, "g1", ``)
	r := s.get(t, "GET", "/l/g1")
	if r.StatusCode != http.StatusOK || !strings.Contains(r.body, "There are no photos here yet.") || strings.Contains(r.body, "<img") || strings.Contains(r.body, "<script") {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
}
