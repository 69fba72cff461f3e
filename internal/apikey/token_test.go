package apikey_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/apikey"
)

var issuedAt = time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)

// at is a clock that stands still.
func at(now time.Time) func() time.Time { return func() time.Time { return now } }

func issue(t testing.TB, tokens *apikey.Tokens, token apikey.Token) string {
	t.Helper()
	text, err := tokens.Issue(token)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestToken(t *testing.T) {
	t.Parallel()
	secret := []byte("of this test")
	want := apikey.Token{KeyID: 12, Scopes: []string{"caas:classifieds:read", "caas:classifieds:update"}, Audience: "caas", IntermediaryID: "crm-7"}
	text := issue(t, apikey.NewTokens(secret, at(issuedAt)), want)
	if !apikey.IsToken(text) {
		t.Errorf("%s is not seen as a token", text)
	}
	got, err := apikey.NewTokens(secret, at(issuedAt.Add(apikey.TokenLife-time.Second))).Verify(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("not as issued (-want +got):\n%s", diff)
	}

	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(text, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	const claims = `{"iss":"vitrine","sub":"12","aud":["caas"],"exp":1773566813,"iat":1773480413,"scope":"caas:classifieds:read caas:classifieds:update","intermediary_id":"crm-7"}`
	if diff := cmp.Diff(claims, string(payload)); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
}

func TestTokenRefused(t *testing.T) {
	t.Parallel()
	secret := []byte("of this test")
	tokens := apikey.NewTokens(secret, at(issuedAt))
	good := issue(t, tokens, apikey.Token{KeyID: 12})
	part := strings.Split(good, ".")
	exp := jwt.NewNumericDate(issuedAt.Add(time.Hour))
	signed := func(method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
		text, err := jwt.NewWithClaims(method, claims).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	ours := apikey.KeyOf(tokens)
	if _, err := tokens.Verify(signed(jwt.SigningMethodHS256, ours, jwt.MapClaims{"iss": "vitrine", "sub": "12", "exp": exp})); err != nil {
		t.Fatalf("what the rows below differ from is refused: %v", err)
	}

	for name, text := range map[string]string{
		"nothing":           "",
		"a key":             "vtr_ABCDEFGHIJKLMNOPQRSTUVWXYZ",
		"dots":              "..",
		"no signature":      part[0] + "." + part[1] + ".",
		"another payload":   part[0] + "." + strings.Split(issue(t, tokens, apikey.Token{KeyID: 13}), ".")[1] + "." + part[2],
		"another secret":    issue(t, apikey.NewTokens([]byte("of another test"), at(issuedAt)), apikey.Token{KeyID: 12}),
		"the secret itself": signed(jwt.SigningMethodHS256, secret, jwt.MapClaims{"iss": "vitrine", "sub": "12", "exp": exp}),
		"unsigned":          signed(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, jwt.MapClaims{"iss": "vitrine", "sub": "12", "exp": exp}),
		"another algorithm": signed(jwt.SigningMethodHS384, ours, jwt.MapClaims{"iss": "vitrine", "sub": "12", "exp": exp}),
		"another issuer":    signed(jwt.SigningMethodHS256, ours, jwt.MapClaims{"iss": "someone", "sub": "12", "exp": exp}),
		"no issuer":         signed(jwt.SigningMethodHS256, ours, jwt.MapClaims{"sub": "12", "exp": exp}),
		"for ever":          signed(jwt.SigningMethodHS256, ours, jwt.MapClaims{"iss": "vitrine", "sub": "12"}),
		"expired":           issue(t, apikey.NewTokens(secret, at(issuedAt.Add(-apikey.TokenLife))), apikey.Token{KeyID: 12}),
		"no subject":        signed(jwt.SigningMethodHS256, ours, jwt.MapClaims{"iss": "vitrine", "exp": exp}),
		"a subject of ink":  signed(jwt.SigningMethodHS256, ours, jwt.MapClaims{"iss": "vitrine", "sub": "twelve", "exp": exp}),
		"a negative key":    signed(jwt.SigningMethodHS256, ours, jwt.MapClaims{"iss": "vitrine", "sub": "-12", "exp": exp}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := tokens.Verify(text); err == nil {
				t.Errorf("%s is good for %+v", text, got)
			}
		})
	}
}

func TestTokensWithoutSecret(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("tokens that anybody can sign")
		}
	}()
	apikey.NewTokens(nil, time.Now)
}

func TestBearer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		header http.Header
		want   string
	}{
		"bearer":         {http.Header{"Authorization": {"Bearer a.b.c"}}, "a.b.c"},
		"any case":       {http.Header{"Authorization": {" bEARER   a.b.c "}}, "a.b.c"},
		"nothing":        {http.Header{}, ""},
		"scheme alone":   {http.Header{"Authorization": {"Bearer"}}, ""},
		"another scheme": {http.Header{"Authorization": {"ApiKey vtr_1"}}, ""},
		"two":            {http.Header{"Authorization": {"Bearer a.b.c", "Bearer a.b.c"}}, ""},
		"as a key":       {http.Header{"X-Api-Key": {"vtr_1"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := apikey.Bearer(test.header); got != test.want {
				t.Errorf("the token is %q, want %q", got, test.want)
			}
		})
	}
}

// FuzzVerify checks that nothing but what was issued is good.
func FuzzVerify(f *testing.F) {
	tokens := apikey.NewTokens([]byte("of this test"), at(issuedAt))
	good := issue(f, tokens, apikey.Token{KeyID: 12})
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add("e30.e30.")
	f.Fuzz(func(t *testing.T, text string) {
		// Base64 reads over line ends, which no header can hold.
		oneLine := strings.NewReplacer("\r", "", "\n", "").Replace(text)
		if _, err := tokens.Verify(text); err == nil && oneLine != good {
			t.Errorf("%s is good", text)
		}
	})
}
