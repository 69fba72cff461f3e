package classifiedsapi

import (
	"net/http"
	"strconv"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/apikey"
	"github.com/vitrine-media/vitrine/internal/jsontext"
	"github.com/vitrine-media/vitrine/internal/ratelimit"
)

const grantType = "client_credentials"

// maxTokenBytes and tokensPerMinute bound what is asked for without a bearer:
// the body, and the tokens for each client_id.
const (
	maxTokenBytes   = 16 << 10
	tokensPerMinute = 60
)

var tokenFields = []string{"client_id", "client_secret", "grant_type", "audience", "intermediary_id"}

// credentials are the body of POST /oauth/token.
type credentials struct {
	id, secret             string
	audience, intermediary string
}

// token gives an access token for a key: its number is the client_id, itself
// the client_secret. Those of a client_id are counted only with its secret:
// the numbers are easily guessed, and who has no more than that must not use up
// another's tokens.
func (a *api) token(c *call) (*answer, error) {
	cred, err := parseCredentials(c.body)
	if err != nil {
		return nil, err
	}
	caller, err := a.gallery.Identify(c.Context(), cred.secret)
	exchangeOf(c.Request).caller = caller
	if vitrine.CodeOf(err) == vitrine.CodeUnauthorized || caller.KeyID != 0 && strconv.FormatInt(caller.KeyID, 10) != cred.id {
		return nil, refusal(vitrine.CodeUnauthorized, inBody, "The client_id and client_secret are not those of a key")
	}
	if caller.KeyID != 0 {
		if err := a.count(c.header, caller, ratelimit.Limit{Class: "token", PerMinute: tokensPerMinute}); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, err
	}
	text, err := a.tokens.Issue(apikey.Token{
		KeyID: caller.KeyID, Scopes: caller.Scopes, Audience: cred.audience, IntermediaryID: cred.intermediary,
	})
	if err != nil {
		return nil, err
	}
	return &answer{status: http.StatusOK, body: tokenAnswer{
		AccessToken: text, ExpiresIn: int(apikey.TokenLife.Seconds()), TokenType: apikey.BearerScheme,
	}}, nil
}

func parseCredentials(body []byte) (credentials, error) {
	var r rules
	var cred credentials
	v := jsontext.Whole(body)
	r.storable(v)
	var values [5]jsontext.Value
	if o, ok := r.open(place{}, v, tokenFields, values[:]); ok {
		cred.id, _ = o.requireText("client_id")
		cred.secret, _ = o.requireText("client_secret")
		if grant, ok := o.requireText("grant_type"); ok && grant != grantType {
			o.fail("grant_type", "must be %s", grantType)
		}
		cred.audience, _ = o.text("audience")
		cred.intermediary, _ = o.text("intermediary_id")
	}
	return cred, r.err()
}
