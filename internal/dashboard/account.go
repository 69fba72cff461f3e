package dashboard

import (
	"net/http"
	"slices"
	"strings"

	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

// accountPage is what an account is let do.
type accountPage struct {
	Name   string
	Keys   []keyLine
	Rules  []Setting
	Limits []Setting
}

type keyLine struct {
	Prefix, Scopes string
	Made, Revoked  moment
	Good           bool
}

// Setting is something that is in force, by the name under which it is set, so
// that whoever asks the operator names the right thing.
type Setting struct {
	Name, Value string
	Help        string // what it is, a sentence
	From        string // where its value came from: "default", "--max-photos", …; "" of an account's own
}

// account shows the account's keys and what is in force.
func (d *Dashboard) account(w http.ResponseWriter, r *http.Request, s session) {
	account := s.caller.Account
	keys, err := d.gallery.Keys(r.Context(), account.Name)
	if err != nil {
		d.fail(w, r, s, err)
		return
	}
	words := wordsOf(r)
	page := accountPage{Name: account.Name, Rules: d.rules(account.Settings), Limits: d.limits}
	for _, key := range keys {
		page.Keys = append(page.Keys, d.keyLine(words, key))
	}
	d.show(w, r, http.StatusOK, "account", frame{Title: account.Name, Account: account.Name, Here: "account", Page: page})
}

func (d *Dashboard) keyLine(words *words, key store.Key) keyLine {
	line := keyLine{
		Prefix: key.Prefix + "…", Scopes: strings.Join(key.Scopes, ", "), Good: key.RevokedAt.IsZero(),
		Made: words.moment(key.CreatedAt, d.now()), Revoked: words.moment(key.RevokedAt, d.now()),
	}
	if slices.Contains(key.Scopes, gallery.ScopeAll) {
		line.Scopes = words.Everything
		if slices.Contains(key.Scopes, gallery.ScopeOperator) {
			line.Scopes += ", " + words.Operates
		}
	}
	return line
}

// table is a table of settings.
type table struct {
	Words    *words
	ID       string // of the heading that names it
	From     bool   // whether it is known where they came from
	Settings []Setting
}

func settingsTable(f frame, settings []Setting, id string) table {
	return table{Words: f.words, ID: id, From: len(settings) > 0 && settings[0].From != "", Settings: settings}
}
