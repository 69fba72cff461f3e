package tour_test

import (
	"testing"

	"github.com/vitrine-media/vitrine/internal/tour"
)

func TestFrameable(t *testing.T) {
	t.Parallel()
	const xfo, csp = "X-Frame-Options", "Content-Security-Policy"
	for _, row := range []struct {
		name    string
		headers []string
		want    bool
	}{
		{"no headers", nil, true},
		{"DENY", []string{xfo, "DENY"}, false},
		{"deny", []string{xfo, " deny "}, false},
		{"SAMEORIGIN", []string{xfo, "SAMEORIGIN"}, false},
		{"SAMEORIGIN twice", []string{xfo, "SAMEORIGIN", xfo, "sameorigin"}, false},
		{"ALLOWALL", []string{xfo, "ALLOWALL"}, true},
		{"ALLOWALL twice", []string{xfo, "ALLOWALL, allowall"}, true},
		{"ALLOWALL beside DENY", []string{xfo, "ALLOWALL", xfo, "DENY"}, false},
		{"ALLOWALL beside what nobody knows", []string{xfo, "ALLOWALL, ANY"}, false},
		{"ALLOWALL beside nothing", []string{xfo, "ALLOWALL,"}, false},
		{"ALLOW-FROM", []string{xfo, "ALLOW-FROM https://b.example/"}, true},
		{"ALLOW-FROM beside SAMEORIGIN", []string{xfo, "SAMEORIGIN, ALLOW-FROM https://b.example/"}, false},
		{"what nobody knows", []string{xfo, "GOFORIT"}, true},
		{"two that nobody knows", []string{xfo, "GOFORIT, ANY"}, true},
		{"an empty one", []string{xfo, ""}, true},

		{"a policy about other things", []string{csp, "default-src 'none'; object-src 'self'"}, true},
		{"a policy about other things beside DENY", []string{csp, "default-src *", xfo, "DENY"}, false},
		{"'none'", []string{csp, "frame-ancestors 'none'"}, false},
		{"'self'", []string{csp, "default-src *; frame-ancestors 'self';"}, false},
		{"a list", []string{csp, "frame-ancestors 'self' https://portal.example https://*.portal.example"}, false},
		{"an empty list", []string{csp, "frame-ancestors"}, false},
		{"all", []string{csp, "frame-ancestors *"}, true},
		{"all, among others", []string{csp, "Frame-Ancestors 'self' https://portal.example *"}, true},
		{"all and none", []string{csp, "frame-ancestors 'none' *"}, true},
		{"https", []string{csp, "frame-ancestors https:"}, true},
		{"http", []string{csp, "frame-ancestors\thttp:"}, true},
		{"https, every host", []string{csp, "frame-ancestors HTTPS://*:*"}, true},
		{"another scheme", []string{csp, "frame-ancestors data: chrome-extension:"}, false},
		{"one port", []string{csp, "frame-ancestors *:8443"}, false},
		{"the first directive counts", []string{csp, "frame-ancestors 'none'; frame-ancestors *"}, false},
		{"all, beside DENY", []string{csp, "frame-ancestors *", xfo, "DENY"}, true},
		{"'self', beside ALLOWALL", []string{csp, "frame-ancestors 'self'", xfo, "ALLOWALL"}, false},
		{"two policies", []string{csp, "frame-ancestors *", csp, "frame-ancestors 'self'"}, false},
		{"two policies in one line", []string{csp, "frame-ancestors *, frame-ancestors 'self'"}, false},
		{"two policies that agree", []string{csp, "frame-ancestors *, frame-ancestors https:", xfo, "DENY"}, true},
		{"a policy that only reports", []string{csp + "-Report-Only", "frame-ancestors 'none'"}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			// What a <meta> says about frames is nothing to browsers.
			const head = `<meta http-equiv="X-Frame-Options" content="deny"><meta http-equiv="Content-Security-Policy" content="frame-ancestors 'none'">`
			got := mustRead(t, "https://a.example/", head, row.headers...)
			want := tour.Page{Frameable: row.want}
			if row.want {
				want.EmbedURL = "https://a.example/"
			}
			if got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
}
