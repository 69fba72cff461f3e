package dashboard_test

import (
	"testing"

	"github.com/vitrine-media/vitrine"
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
