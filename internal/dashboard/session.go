package dashboard

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/apikey"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// session is who has signed in. It is kept in a cookie that says by which key,
// signed; the key itself is looked up with each request, so that one that is
// revoked ends its sessions.
type session struct {
	caller gallery.Caller
}

// cookie is the name of the session's cookie; __Host- has browsers refuse one
// that another host or an unencrypted page has set.
func (d *Dashboard) cookie() string {
	if d.encrypted() {
		return "__Host-vitrine"
	}
	return "vitrine"
}

func (d *Dashboard) encrypted() bool { return strings.HasPrefix(d.public, "https://") }

// setSession writes the session's cookie, or takes it away when it is "".
func (d *Dashboard) setSession(w http.ResponseWriter, token string) {
	c := &http.Cookie{
		Name: d.cookie(), Value: token, Path: "/", MaxAge: int(apikey.TokenLife.Seconds()),
		HttpOnly: true, Secure: d.encrypted(), SameSite: http.SameSiteLaxMode,
	}
	if token == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// signedIn has a page shown to whoever has signed in, and others sent to do so.
func (d *Dashboard) signedIn(page func(http.ResponseWriter, *http.Request, session)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s, err := d.session(r)
		switch code := vitrine.CodeOf(err); {
		case err == nil:
			page(w, r, s)
		case code == vitrine.CodeUnauthorized, code == vitrine.CodeForbidden, code == vitrine.CodeSuspended:
			d.setSession(w, "")
			if r.Method != http.MethodGet || r.Header.Get("HX-Request") != "" {
				w.Header().Set("HX-Redirect", "/signin")
				http.Error(w, wordsOf(r).ErrorSignIn, http.StatusUnauthorized)
				return
			}
			http.Redirect(w, r, "/signin?to="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
		default:
			d.fail(w, r, session{}, err)
		}
	}
}

// session says who has sent a request.
func (d *Dashboard) session(r *http.Request) (session, error) {
	c, err := r.Cookie(d.cookie())
	if err != nil {
		return session{}, vitrine.Errorf(vitrine.CodeUnauthorized, "nobody has signed in")
	}
	token, err := d.sessions.Verify(c.Value)
	if err != nil {
		return session{}, vitrine.Errorf(vitrine.CodeUnauthorized, "the session has ended")
	}
	caller, err := d.gallery.IdentifyID(r.Context(), token.KeyID)
	if err == nil && !caller.Allows(gallery.ScopeAll) {
		err = vitrine.Errorf(vitrine.CodeForbidden, "this key is limited to the Classifieds API")
	}
	return session{caller: caller}, err
}

// signInPage is the form.
type signInPage struct {
	To      string // where to go afterwards
	Problem string // why it was not done, "" at first
}

func (d *Dashboard) showSignIn(w http.ResponseWriter, r *http.Request) {
	d.show(w, r, http.StatusOK, "signin", frame{Title: wordsOf(r).SignIn, Page: signInPage{To: local(r.FormValue("to"))}})
}

// signIn begins a session for the bearer of a key.
func (d *Dashboard) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 8<<10)
	words, to := wordsOf(r), local(r.FormValue("to"))
	caller, err := d.gallery.Authenticate(r.Context(), strings.TrimSpace(r.FormValue("key")))
	if err != nil {
		problem, known := map[vitrine.ErrorCode]string{
			vitrine.CodeUnauthorized: words.KeyUnknown, vitrine.CodeForbidden: words.KeyLimited, vitrine.CodeSuspended: words.KeySuspended,
		}[vitrine.CodeOf(err)]
		if !known {
			d.fail(w, r, session{}, err)
			return
		}
		d.show(w, r, http.StatusForbidden, "signin", frame{Title: words.SignIn, Page: signInPage{To: to, Problem: problem}})
		return
	}
	token, err := d.sessions.Issue(apikey.Token{KeyID: caller.KeyID})
	if err != nil {
		d.fail(w, r, session{}, err)
		return
	}
	d.setSession(w, token)
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (d *Dashboard) signOut(w http.ResponseWriter, r *http.Request) {
	d.setSession(w, "")
	http.Redirect(w, r, "/signin", http.StatusSeeOther)
}

// local gives the path of this site that a form names, or that of the listings:
// nobody is led elsewhere by a link to the form.
func local(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(to, "//") || strings.Contains(to, `\`) {
		return "/listings"
	}
	return to
}
