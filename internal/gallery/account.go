package gallery

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// Caller is who a key has let in.
type Caller struct {
	Account  vitrine.Account
	KeyID    int64    // rate limits are for each key
	Scopes   []string // what the key may do in the Classifieds API (its section 1)
	Operates bool     // the key has ScopeOperator, which Scopes leaves out
}

// ScopeAll is the scope of a key that may do everything, in both APIs.
const ScopeAll = "caas:*"

// ScopeOperator lets the bearer of a key see on the dashboard what waits of all
// accounts. It changes nothing in the APIs, which never hear of it, and no other
// scope holds it: ScopeAll is of one account.
const ScopeOperator = "operator"

// Allows reports whether the caller has that scope, itself or by ScopeAll.
func (c Caller) Allows(scope string) bool {
	return slices.Contains(c.Scopes, ScopeAll) || slices.Contains(c.Scopes, scope)
}

// secretPrefix marks a string as one of our keys, for people and for scanners
// of leaked secrets.
const secretPrefix = "vtr_"

// Authenticate says whose key this is. A key that is unknown or revoked is
// CodeUnauthorized, a suspended account CodeSuspended (Listings API, section 1),
// and a key that is limited to scopes of the Classifieds API CodeForbidden; then
// the caller is told all the same.
func (g *Gallery) Authenticate(ctx context.Context, key string) (Caller, error) {
	caller, err := g.Identify(ctx, key)
	if err == nil && !caller.Allows(ScopeAll) {
		err = vitrine.Errorf(vitrine.CodeForbidden, "This key is limited to the Classifieds API")
	}
	return caller, err
}

// Identify is Authenticate for the Classifieds API, which goes by scopes.
func (g *Gallery) Identify(ctx context.Context, key string) (Caller, error) {
	hash := hashOf(key)
	return g.identify(ctx, keyName{hash: hash}, func(tx *store.Tx) (store.Key, error) { return tx.KeyByHash(ctx, hash) })
}

// IdentifyID is Identify for a key that has been proved before.
func (g *Gallery) IdentifyID(ctx context.Context, keyID int64) (Caller, error) {
	return g.identify(ctx, keyName{id: keyID}, func(tx *store.Tx) (store.Key, error) { return tx.Key(ctx, keyID) })
}

// keyName is what a key is known by: the hash of its secret, or its id.
type keyName struct {
	hash string
	id   int64
}

func (g *Gallery) identify(ctx context.Context, name keyName, find func(*store.Tx) (store.Key, error)) (Caller, error) {
	now := g.now()
	caller, epoch, ok := g.callers.Find(name, now)
	if ok {
		return caller, nil
	}
	var found store.Key
	err := g.db.View(ctx, func(tx *store.Tx) (err error) {
		found, err = find(tx)
		return err
	})
	switch {
	case errors.Is(err, store.ErrNoRows), err == nil && !found.RevokedAt.IsZero():
		return Caller{}, vitrine.Errorf(vitrine.CodeUnauthorized, "Invalid API key")
	case err != nil:
		return Caller{}, err
	}
	caller = Caller{Account: found.Account, KeyID: found.ID}
	for _, scope := range found.Scopes {
		if scope == ScopeOperator {
			caller.Operates = true
		} else {
			caller.Scopes = append(caller.Scopes, scope)
		}
	}
	if found.Account.Suspended {
		return caller, vitrine.Errorf(vitrine.CodeSuspended, "Agency is suspended")
	}
	g.callers.Keep(name, caller, epoch, now)
	return caller, nil
}

// CreateKey makes a key for the account of that name, and the account when it
// is new. Without scopes it may do everything but operate. The secret is given
// here and never again: only its hash is kept. ScopeOperator without ScopeAll is
// CodeInvalid: the dashboard lets in nobody whose key is limited.
func (g *Gallery) CreateKey(ctx context.Context, accountName string, scopes ...string) (key store.Key, secret string, err error) {
	if len(scopes) == 0 {
		scopes = []string{ScopeAll}
	}
	if slices.Contains(scopes, ScopeOperator) && !slices.Contains(scopes, ScopeAll) {
		return key, "", vitrine.Errorf(vitrine.CodeInvalid, "the scope %s is of use only with %s", ScopeOperator, ScopeAll)
	}
	secret = secretPrefix + rand.Text()
	err = g.db.Write(ctx, func(tx *store.Tx) error {
		account, err := tx.EnsureAccount(ctx, accountName, g.now())
		if err != nil {
			return err
		}
		key = store.Key{Account: account, Prefix: secret[:len(secretPrefix)+4], Scopes: scopes, CreatedAt: g.now()}
		key.ID, err = tx.InsertKey(ctx, key, hashOf(secret))
		return err
	})
	return key, secret, err
}

// Keys lists the keys of an account, oldest first.
func (g *Gallery) Keys(ctx context.Context, accountName string) (keys []store.Key, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		keys, err = tx.Keys(ctx, accountName)
		return err
	})
	return keys, err
}

// RevokeKey makes a key of that account worthless: here at once, on other nodes
// within a second.
func (g *Gallery) RevokeKey(ctx context.Context, accountName string, id int64) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		tx.OnCommit(g.callers.ForgetAll)
		found, err := tx.RevokeKey(ctx, accountName, id, g.now())
		if err == nil && !found {
			return vitrine.Errorf(vitrine.CodeNotFound, "account %q has no key %d", accountName, id)
		}
		return err
	})
}

// SuspendAccount shuts the account of that name out, or lets it in again: here
// at once, on other nodes within a second.
func (g *Gallery) SuspendAccount(ctx context.Context, name string, suspended bool) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		tx.OnCommit(g.callers.ForgetAll)
		found, err := tx.SuspendAccount(ctx, name, suspended)
		if err == nil && !found {
			return vitrine.Errorf(vitrine.CodeNotFound, "there is no account %q", name)
		}
		return err
	})
}

// Account gives the account of that name, or CodeNotFound.
func (g *Gallery) Account(ctx context.Context, name string) (account vitrine.Account, err error) {
	err = g.db.View(ctx, func(tx *store.Tx) error {
		account, err = tx.AccountByName(ctx, name)
		if errors.Is(err, store.ErrNoRows) {
			return vitrine.Errorf(vitrine.CodeNotFound, "there is no account %q", name)
		}
		return err
	})
	return account, err
}

// SetAccount changes the settings of the account of that name. Every list of
// its classifieds is looked at anew when it is sent again, even unchanged.
func (g *Gallery) SetAccount(ctx context.Context, name string, settings vitrine.AccountSettings) error {
	if err := settings.Check(); err != nil {
		return err
	}
	account, err := g.Account(ctx, name)
	if err != nil {
		return err
	}
	return g.write(ctx, account.ID, func(tx *store.Tx) error {
		if err := tx.SetAccountSettings(ctx, account.ID, settings); err != nil {
			return err
		}
		return tx.ForgetAccountDigests(ctx, account.ID)
	})
}

// hashOf needs no salt and no slowness: a key has 128 bits of its own.
func hashOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}
