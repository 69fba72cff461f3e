package dashboard_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// What has failed lately is counted by what it was and where.
func TestNow(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1")
	mine, _, secret := s.account(t, "mine")
	_, _, others := s.account(t, "others")
	l := s.put(t, mine, "flat-1", "https://crm.example/1.jpg", "https://crm.example/2.jpg", "https://other.example/3.jpg")
	v := s.signedIn(t, secret)
	v.get(t, "/now").wants(t, "<dd>3</dd>", "None in the last hour.")
	s.endMedia(t, mine, l, 0, vitrine.Failf(vitrine.SourceNotFound, "HTTP 404"))
	s.endMedia(t, mine, l, 1, vitrine.Failf(vitrine.SourceNotFound, "HTTP 404"))
	s.endMedia(t, mine, l, 2, vitrine.Failf(vitrine.TooLarge, "60 MB"))
	v.get(t, "/now").wants(t, "<dd>3</dd>", `<span class="count">2</span> <strong>source_not_found</strong>`, `<span class="count">1</span> <strong>too_large</strong>`,
		`<span class="count">2</span> <span class="url">crm.example</span>`, `<span class="count">1</span> <span class="url">other.example</span>`, `<rect class="bad"`)
	s.signedIn(t, others).get(t, "/now").wants(t, "None in the last hour.")
}

// operator makes an operator's key, of the account ops.
func (s *site) operator(t *testing.T) (keyID int64, secret string) {
	t.Helper()
	key, secret, err := s.CreateKey(t.Context(), "ops", gallery.ScopeAll, gallery.ScopeOperator)
	if err != nil {
		t.Fatal(err)
	}
	return key.ID, secret
}

// An operator sees what waits of all accounts; nobody else sees anything of it, not
// even with another key of the same account.
func TestNowOfOperator(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1")
	mine, _, secret := s.account(t, "mine")
	others, _, _ := s.account(t, "other & sons")
	s.put(t, mine, "flat-1", "https://crm.example/1.jpg")
	l := s.put(t, others, "flat-1", "https://crm.example/1.jpg", "https://crm.example/2.jpg", "https://crm.example/3.jpg")
	s.endMedia(t, others, l, 0, vitrine.Failf(vitrine.SourceNotFound, "HTTP 404"))
	keyID, operator := s.operator(t)
	_, _, plain := s.account(t, "ops")

	v := s.signedIn(t, operator)
	page := v.get(t, "/now")
	page.wants(t, "All accounts", "every 5s", `<code>fetch</code> <span class="soft">downloads</span>`, `<th scope="row">mine</th>`, "other &amp; sons", "<h2>Account ops</h2>")
	row := regexp.MustCompile(`<th scope="row">other &amp; sons</th><td class="amount">2</td><td class="amount">0</td><td class="amount"><time [^>]*>just now</time></td><td class="amount">1</td>`)
	if !row.MatchString(page.body) || strings.Index(page.body, "other &amp; sons") > strings.Index(page.body, `<th scope="row">mine`) {
		t.Errorf("the larger account doesn't come first with 2 files that wait and 1 that failed:\n%s", page.body)
	}
	v.get(t, "/now", "Accept-Language", "fr").wants(t, "Tous les comptes", "téléchargements")
	v.get(t, "/account").wants(t, "everything, sees the queues of all accounts")
	if strings.Contains(v.get(t, "/listings").body, "every 5s") {
		t.Error("a page that changes with the account's news alone is asked for all the time")
	}

	for name, key := range map[string]string{"another account": secret, "another key of the account": plain} {
		r := s.signedIn(t, key).get(t, "/now")
		r.wants(t)
		for _, text := range []string{"All accounts", "other &amp; sons", `id="queues"`, "every 5s", "<code>fetch</code>"} {
			if strings.Contains(r.body, text) {
				t.Errorf("%s sees %q", name, text)
			}
		}
	}

	if err := s.RevokeKey(t.Context(), "ops", keyID); err != nil {
		t.Fatal(err)
	}
	r := v.get(t, "/now", "HX-Request", "true")
	if r.StatusCode != http.StatusUnauthorized || r.Header.Get("HX-Redirect") != "/signin" || strings.Contains(r.body, "other") {
		t.Errorf("a revoked key is answered %s:\n%s", r.Status, r.body)
	}
}
