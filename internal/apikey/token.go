package apikey

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// BearerScheme is the scheme of an Authorization header that carries a token
// (Classifieds API, section 1). Its case is free in a request.
const BearerScheme = "Bearer"

// TokenLife is how long a token is good.
const TokenLife = 24 * time.Hour

const tokenIssuer = "vitrine"

// tokenPurpose keeps what signs tokens apart from whatever else the same secret
// signs.
const tokenPurpose = "vitrine access tokens"

// Token is what a JWT of ours says.
type Token struct {
	KeyID          int64    // of the key that it stands for
	Scopes         []string // of that key; informative, the key's own count
	Audience       string   // as asked for, "" for none
	IntermediaryID string   // as asked for, "" for none
}

// claims are the token on the wire.
type claims struct {
	jwt.RegisteredClaims
	Scope          string `json:"scope,omitempty"`
	IntermediaryID string `json:"intermediary_id,omitempty"`
}

// Bearer gives the token of a request, "" when there is none. Two headers are
// none, because which of them counts is not known.
func Bearer(h http.Header) string {
	authorization := h.Values("Authorization")
	if len(authorization) != 1 {
		return ""
	}
	scheme, rest, _ := strings.Cut(strings.TrimSpace(authorization[0]), " ")
	if !strings.EqualFold(scheme, BearerScheme) {
		return ""
	}
	return strings.TrimSpace(rest)
}

// IsToken reports whether a bearer has the form of a JWT, which no key has.
func IsToken(bearer string) bool { return strings.Count(bearer, ".") == 2 }

// Tokens issues and verifies tokens. It is safe for concurrent use.
type Tokens struct {
	key []byte
	now func() time.Time
}

// NewTokens gives the tokens that secret, of at least 128 random bits, signs.
// Without one anybody could sign: that is a defect of the wiring, and a panic.
func NewTokens(secret []byte, now func() time.Time) *Tokens {
	if len(secret) == 0 {
		panic("apikey: tokens without a secret")
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(tokenPurpose))
	return &Tokens{key: mac.Sum(nil), now: now}
}

// Issue makes a token that is good for TokenLife from now.
func (t *Tokens) Issue(token Token) (string, error) {
	now := t.now()
	c := claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    tokenIssuer,
			Subject:   strconv.FormatInt(token.KeyID, 10),
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(TokenLife)),
		},
		Scope:          strings.Join(token.Scopes, " "),
		IntermediaryID: token.IntermediaryID,
	}
	if token.Audience != "" {
		c.Audience = jwt.ClaimStrings{token.Audience}
	}
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(t.key)
	if err != nil {
		return "", fmt.Errorf("sign a token of key %d: %w", token.KeyID, err)
	}
	return text, nil
}

// Verify gives what a token says, when it is one of ours and its time is not
// up. Any error means that it is worth nothing. Whether the key behind it is
// still good is for the caller to ask.
func (t *Tokens) Verify(text string) (Token, error) {
	var c claims
	_, err := jwt.ParseWithClaims(text, &c, func(*jwt.Token) (any, error) { return t.key, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), // never what the token itself asks for
		jwt.WithIssuer(tokenIssuer),
		jwt.WithExpirationRequired(),
		jwt.WithStrictDecoding(), // one token, one text
		jwt.WithTimeFunc(t.now),
	)
	if err != nil {
		return Token{}, fmt.Errorf("verify a token: %w", err)
	}
	id, err := strconv.ParseInt(c.Subject, 10, 64)
	if err != nil || id < 1 {
		return Token{}, errors.New("verify a token: its subject is no key")
	}
	token := Token{KeyID: id, Scopes: strings.Fields(c.Scope), IntermediaryID: c.IntermediaryID}
	if len(c.Audience) > 0 {
		token.Audience = c.Audience[0]
	}
	return token, nil
}
