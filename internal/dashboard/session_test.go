package dashboard_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1")
	_, _, secret := s.account(t, "mine")
	limited, err := limitedKey(t, s)
	if err != nil {
		t.Fatal(err)
	}
	_, _, shut := s.account(t, "shut")
	if err := s.SuspendAccount(t.Context(), "shut", true); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ key, to, goes, says string }{
		"good":         {key: secret, to: "/webhooks", goes: "/webhooks"},
		"with space":   {key: " " + secret + "\n", goes: "/listings"},
		"led astray":   {key: secret, to: "https://evil.example/", goes: "/listings"},
		"unknown":      {key: "vtr_NOSUCHKEY", says: "not known"},
		"nothing":      {says: "not known"},
		"limited":      {key: limited, says: "limited to the Classifieds API"},
		"suspended":    {key: shut, says: "suspended"},
		"no text":      {key: "\xff\x00", says: "not known"},
		"very long":    {key: strings.Repeat("x", 20<<10), says: "not known"},
		"a page of us": {key: secret, to: "/listings?attention=1", goes: "/listings?attention=1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := s.visitor(t).post(t, "/signin", url.Values{"key": {test.key}, "to": {test.to}})
			if test.says != "" {
				if r.StatusCode != http.StatusForbidden || !strings.Contains(r.body, test.says) || len(r.Cookies()) != 0 {
					t.Errorf("got %s with cookies %v, want a refusal that says %q:\n%s", r.Status, r.Cookies(), test.says, r.body)
				}
				if test.key != "" && strings.Contains(r.body, test.key) {
					t.Error("the answer repeats the key")
				}
				return
			}
			if got := r.Header.Get("Location"); r.StatusCode != http.StatusSeeOther || got != test.goes {
				t.Errorf("got %s to %q, want %q", r.Status, got, test.goes)
			}
		})
	}
}

func limitedKey(t *testing.T, s *site) (string, error) {
	t.Helper()
	_, secret, err := s.CreateKey(t.Context(), "mine", "caas:classifieds:read")
	return secret, err
}

// The cookie of a session is for this site's pages alone, and not for scripts.
func TestSessionCookie(t *testing.T) {
	t.Parallel()
	for public, name := range map[string]string{"http://127.0.0.1": "vitrine", "https://pictures.example": "__Host-vitrine"} {
		s := open(t, public)
		_, _, secret := s.account(t, "mine")
		r := s.visitor(t).post(t, "/signin", url.Values{"key": {secret}})
		if len(r.Cookies()) != 1 {
			t.Fatalf("%d cookies", len(r.Cookies()))
		}
		c := r.Cookies()[0]
		if c.Name != name || c.Secure != strings.HasPrefix(public, "https") || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.MaxAge != 24*3600 {
			t.Errorf("%s: the cookie is %s", public, c.Raw)
		}
		if strings.Contains(c.Value, secret) {
			t.Error("the cookie holds the key")
		}
	}
}

// pages are all pages of an account that has a listing with a photo, and a
// webhook; posts are all that can be done there.
func pages(l vitrine.Listing, m vitrine.Media, webhook int64) (pages, posts []string) {
	list := "/listings/" + l.UUID
	media := list + "/media/" + m.UUID
	hook := fmt.Sprintf("/webhooks/%d", webhook)
	return []string{"/now", "/listings", list, list + "/compare", media, "/webhooks", hook, "/account", "/live"},
		[]string{list + "/publish", list + "/hide", list + "/move", list + "/remove", media + "/retry", hook + "/test", hook + "/enable", hook + "/disable", hook + "/replay/1"}
}

func TestAccess(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1")
	mine, keyID, secret := s.account(t, "mine")
	_, _, others := s.account(t, "others")
	l := s.put(t, mine, "flat-1", "https://crm.example/1.jpg")
	m := s.endMedia(t, mine, l, 0, vitrine.Failf(vitrine.SourceNotFound, "HTTP 404"))
	hook, err := s.AddEndpoint(t.Context(), mine, "https://crm.example/hook", nil)
	if err != nil {
		t.Fatal(err)
	}
	looks, posts := pages(l, m, hook.ID)
	nobody, other, revoked := s.visitor(t), s.signedIn(t, others), s.signedIn(t, secret)
	revoked.get(t, "/listings").wants(t, "flat-1")
	if err := s.RevokeKey(t.Context(), "mine", keyID); err != nil {
		t.Fatal(err)
	}
	for _, path := range looks {
		for name, v := range map[string]*visitor{"nobody": nobody, "a revoked key": revoked} {
			r := v.get(t, path)
			if want := "/signin?to=" + url.QueryEscape(path); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != want {
				t.Errorf("%s of %s: %s to %q, want %q", path, name, r.Status, r.Header.Get("Location"), want)
			}
		}
		if strings.Count(path, "/") < 2 {
			continue // the same address shows everybody their own
		}
		if r := other.get(t, path); r.StatusCode != http.StatusNotFound || strings.Contains(r.body, "flat-1") {
			t.Errorf("%s of another account: %s\n%s", path, r.Status, r.body)
		}
	}
	for _, path := range posts {
		if r := nobody.post(t, path, nil); r.StatusCode != http.StatusUnauthorized {
			t.Errorf("POST %s of nobody: %s", path, r.Status)
		}
		if r := other.post(t, path, nil); r.StatusCode != http.StatusNotFound {
			t.Errorf("POST %s of another account: %s", path, r.Status)
		}
	}
	if other.get(t, "/listings").wants(t, "Nothing has been sent yet"); strings.Contains(other.get(t, "/listings").body, "flat-1") {
		t.Error("another account sees the listing")
	}
}

// No page of another site can have something done here, whoever has signed in.
func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1")
	mine, _, secret := s.account(t, "mine")
	l := s.put(t, mine, "flat-1", "https://crm.example/1.jpg")
	m := s.endMedia(t, mine, l, 0, vitrine.Failf(vitrine.SourceNotFound, "HTTP 404"))
	_, posts := pages(l, m, 1)
	v := s.signedIn(t, secret)
	for _, path := range append(posts, "/signin", "/signout", "/language") {
		for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "", "Origin", "https://evil.example"}} {
			if r := v.post(t, path, nil, header...); r.StatusCode != http.StatusForbidden {
				t.Errorf("POST %s with %v: %s", path, header, r.Status)
			}
		}
		if r := v.get(t, path); path != "/signin" && r.StatusCode == http.StatusSeeOther && strings.HasPrefix(r.Header.Get("Location"), "/listings/") {
			t.Errorf("GET %s does something", path)
		}
	}
	view, err := s.MediaIn(t.Context(), mine, l.UUID, m.UUID)
	if err != nil || view.Media.Seq != m.Seq {
		t.Errorf("the photo was asked for again: %v, %v", view.Media.Seq, err)
	}
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1")
	_, _, secret := s.account(t, "mine")
	v := s.signedIn(t, secret)
	if r := v.post(t, "/signout", nil); r.StatusCode != http.StatusSeeOther {
		t.Errorf("signing out: %s", r.Status)
	}
	if r := v.get(t, "/listings"); r.StatusCode != http.StatusSeeOther {
		t.Errorf("after signing out: %s", r.Status)
	}
}
