package gallery

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// Caller is who a key has let in.
type Caller struct {
	Account vitrine.Account
	KeyID   int64 // rate limits are for each key
}

// secretPrefix marks a string as one of our keys, for people and for scanners
// of leaked secrets.
const secretPrefix = "vtr_"

// Authenticate says whose key this is. A key that is unknown or revoked is
// CodeUnauthorized, a suspended account CodeSuspended (Listings API, section 1);
// then the caller is told all the same.
func (g *Gallery) Authenticate(ctx context.Context, key string) (Caller, error) {
	var found store.Key
	err := g.db.View(ctx, func(tx *store.Tx) (err error) {
		found, err = tx.KeyByHash(ctx, hashOf(key))
		return err
	})
	switch {
	case errors.Is(err, store.ErrNoRows), err == nil && !found.RevokedAt.IsZero():
		return Caller{}, vitrine.Errorf(vitrine.CodeUnauthorized, "Invalid API key")
	case err != nil:
		return Caller{}, err
	}
	caller := Caller{Account: found.Account, KeyID: found.ID}
	if found.Account.Suspended {
		return caller, vitrine.Errorf(vitrine.CodeSuspended, "Agency is suspended")
	}
	return caller, nil
}

// CreateKey makes a key for the account of that name, and the account when it
// is new. The secret is given here and never again: only its hash is kept.
func (g *Gallery) CreateKey(ctx context.Context, accountName string) (key store.Key, secret string, err error) {
	secret = secretPrefix + rand.Text()
	err = g.db.Write(ctx, func(tx *store.Tx) error {
		account, err := tx.EnsureAccount(ctx, accountName, g.now())
		if err != nil {
			return err
		}
		key = store.Key{Account: account, Prefix: secret[:len(secretPrefix)+4], CreatedAt: g.now()}
		key.ID, err = tx.InsertKey(ctx, account.ID, key.Prefix, hashOf(secret), key.CreatedAt)
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

// RevokeKey makes a key of that account worthless at once.
func (g *Gallery) RevokeKey(ctx context.Context, accountName string, id int64) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		found, err := tx.RevokeKey(ctx, accountName, id, g.now())
		if err == nil && !found {
			return vitrine.Errorf(vitrine.CodeNotFound, "account %q has no key %d", accountName, id)
		}
		return err
	})
}

// SuspendAccount shuts the account of that name out, or lets it in again.
func (g *Gallery) SuspendAccount(ctx context.Context, name string, suspended bool) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		found, err := tx.SuspendAccount(ctx, name, suspended)
		if err == nil && !found {
			return vitrine.Errorf(vitrine.CodeNotFound, "there is no account %q", name)
		}
		return err
	})
}

// hashOf needs no salt and no slowness: a key has 128 bits of its own.
func hashOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}
