package dashboard_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
)

// Every page is drawn in every language, under a policy that lets nothing of
// others in.
func TestPages(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1")
	mine, _, secret := s.account(t, "mine")
	l := s.put(t, mine, `<b>flat & "1"</b>`, "https://crm.example/2.jpg", "https://crm.example/3.jpg")
	l = s.put(t, mine, l.ExternalID, "https://crm.example/1.jpg?a=1&b=<2>", "https://crm.example/2.jpg")
	m := s.endMedia(t, mine, l, 0, vitrine.Failf(vitrine.SourceNotFound, "HTTP 404"))
	hook, err := s.AddEndpoint(t.Context(), mine, "https://crm.example/hook", nil)
	if err != nil {
		t.Fatal(err)
	}
	looks, _ := pages(l, m, hook.ID)
	v := s.signedIn(t, secret)
	for _, path := range append(looks, "/signin", "/listings?q=nothing", "/nothing-here", "/listings/none", "/listings/%FF") {
		if path == "/live" {
			continue
		}
		english, french := v.get(t, path, "Accept-Language", "en-GB"), v.get(t, path, "Accept-Language", "de, fr-CA;q=0.8")
		for _, r := range []reply{english, french} {
			if strings.Contains(r.body, "<no value>") || strings.Contains(r.body, "ZgotmplZ") || strings.Contains(r.body, "%!") || strings.Contains(r.body, "<b>flat") {
				t.Errorf("%s is not drawn well:\n%s", path, r.body)
			}
			if policy := r.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
				t.Errorf("%s has the policy %q", path, policy)
			}
			if got := r.Header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("%s may be stored: %q", path, got)
			}
			if found := regexp.MustCompile(`\son\w+=|\sstyle=|javascript:|<script>`).FindString(r.body); found != "" {
				t.Errorf("%s holds %q, which its policy forbids", path, found)
			}
		}
		if path == "/nothing-here" {
			continue
		}
		if !strings.Contains(english.body, `<html lang="en">`) || !strings.Contains(french.body, `<html lang="fr">`) {
			t.Errorf("%s is not in the language that was asked for", path)
		}
	}
	v.get(t, "/listings/"+l.UUID).wants(t, "source_not_found", "Send a URL at which the file is.", "HTTP 404", "Try again", "https://crm.example/1.jpg?a=1&amp;b=&lt;2&gt;")
	v.get(t, "/account").wants(t, "vtr_", "max-photos", "revalidate", "everything")
}

// A chosen language stays, whatever the browser asks for.
func TestLanguage(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1")
	v := s.visitor(t)
	if r := v.post(t, "/language", url.Values{"to": {"/signin"}}); r.StatusCode != http.StatusSeeOther {
		t.Fatal(r.Status)
	}
	v.get(t, "/signin", "Accept-Language", "en").wants(t, `<html lang="fr">`)
	v.post(t, "/language", nil)
	v.get(t, "/signin", "Accept-Language", "fr").wants(t, `<html lang="en">`)
}

var listed = regexp.MustCompile(`<span class="name">([^<]*)<`)

// found gives the names on a page of listings, in order.
func found(t *testing.T, v *visitor, query string) []string {
	t.Helper()
	r := v.get(t, "/listings"+query)
	r.wants(t)
	var names []string
	for _, match := range listed.FindAllStringSubmatch(r.body, -1) {
		names = append(names, match[1])
	}
	return names
}

func TestFind(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1")
	mine, _, secret := s.account(t, "mine")
	s.put(t, mine, "Flat_1", "https://crm.example/1.jpg")
	bad := s.put(t, mine, "flatX1", "https://crm.example/2.jpg")
	house := s.put(t, mine, "house 100%", "https://crm.example/3.jpg")
	s.endMedia(t, mine, bad, 0, vitrine.Failf(vitrine.TooLarge, "60 MB"))
	v := s.signedIn(t, secret)
	for query, want := range map[string][]string{
		"":                                     {"house 100%", "flatX1", "Flat_1"},
		"?q=FLAT":                              {"flatX1", "Flat_1"},
		"?q=flat_1":                            {"Flat_1"},
		"?q=0%25":                              {"house 100%"},
		"?q=" + house.UUID:                     {"house 100%"},
		fmt.Sprintf("?q=%d", bad.ID):           {"flatX1"}, // 2, which no name has
		"?attention=1":                         {"flatX1"},
		"?status=draft&q=house":                {"house 100%"},
		"?status=active":                       nil,
		"?q=%5C":                               nil,
		fmt.Sprintf("?before=%d", house.ID):    {"flatX1", "Flat_1"},
		"?q=" + url.QueryEscape("' or 1=1 --"): nil,
	} {
		if diff := cmp.Diff(want, found(t, v, query)); diff != "" {
			t.Errorf("%q (-want +got)\n%s", query, diff)
		}
	}
	for _, query := range []string{"?status=sold", "?before=x", "?q=%FF", "?q=%00", "?q=" + strings.Repeat("x", 201)} {
		if r := v.get(t, "/listings"+query); r.StatusCode != http.StatusConflict {
			t.Errorf("%q: %s", query, r.Status)
		}
	}
}

// A reader goes through all listings, each seen once.
func TestOlder(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1")
	mine, _, secret := s.account(t, "mine")
	for i := range 60 {
		s.put(t, mine, fmt.Sprintf("flat-%02d", i), "https://crm.example/1.jpg")
	}
	v := s.signedIn(t, secret)
	older := regexp.MustCompile(`<a href="/listings(\?[^"]*)" rel="next"`)
	var all []string
	for query := "?q=flat"; ; {
		all = append(all, found(t, v, query)...)
		match := older.FindStringSubmatch(v.get(t, "/listings"+query).body)
		if match == nil {
			break
		}
		query = strings.ReplaceAll(match[1], "&amp;", "&")
	}
	if len(all) != 60 || all[0] != "flat-59" || all[59] != "flat-00" {
		t.Errorf("the pages hold %d listings: %v", len(all), all)
	}
}

func TestRetry(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1")
	mine, _, secret := s.account(t, "mine")
	l := s.put(t, mine, "flat-1", "https://crm.example/1.jpg")
	m := s.endMedia(t, mine, l, 0, vitrine.Failf(vitrine.SourceNotFound, "HTTP 404"))
	v := s.signedIn(t, secret)
	page := "/listings/" + l.UUID + "/media/" + m.UUID
	v.get(t, page).wants(t, "Try again", "source_not_found")
	if r := v.post(t, page+"/retry", nil); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != page {
		t.Fatalf("got %s to %q", r.Status, r.Header.Get("Location"))
	}
	r := v.get(t, page)
	r.wants(t, "On its way")
	if strings.Contains(r.body, "/retry") {
		t.Error("what is on its way can be tried again")
	}
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1")
	mine, _, secret := s.account(t, "mine")
	hook, err := s.AddEndpoint(t.Context(), mine, "https://crm.example/hook", []vitrine.EventType{vitrine.EventMediaFailed})
	if err != nil {
		t.Fatal(err)
	}
	v := s.signedIn(t, secret)
	page := fmt.Sprintf("/webhooks/%d", hook.ID)
	v.get(t, "/webhooks").wants(t, "https://crm.example/hook", "media.failed", "well")
	for _, step := range []struct{ post, shows string }{
		{"/test", "webhook.test"}, {"/disable", "Switch on"}, {"/enable", "Send a test"}, {"/replay/1", "pending"},
	} {
		if r := v.post(t, page+step.post, nil); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != page {
			t.Fatalf("%s: got %s to %q\n%s", step.post, r.Status, r.Header.Get("Location"), r.body)
		}
		v.get(t, page).wants(t, step.shows)
	}
	if strings.Contains(v.get(t, page).body, hook.Secrets[0]) {
		t.Error("the page shows the secret")
	}
}
