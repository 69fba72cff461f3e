package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
)

// Key is what is kept of an API key: never the key itself.
type Key struct {
	ID        int64
	Account   vitrine.Account
	Prefix    string // the first characters, to tell keys apart
	Scopes    []string
	CreatedAt time.Time
	RevokedAt time.Time // zero while it is good
}

// EnsureAccount gives the account of that name and makes it when there is none.
func (tx *Tx) EnsureAccount(ctx context.Context, name string, now time.Time) (vitrine.Account, error) {
	_, err := tx.Exec(ctx, `insert into account (name, created_at) values ($1, $2) on conflict (name) do nothing`, name, Millis(now))
	if err != nil {
		return vitrine.Account{}, err
	}
	return tx.AccountByName(ctx, name)
}

const accountColumns = `select id, name, suspended, settings from account `

func scanAccount(row scanner) (vitrine.Account, error) {
	var account vitrine.Account
	var settings []byte
	if err := row.Scan(&account.ID, &account.Name, &account.Suspended, &settings); err != nil {
		return account, err
	}
	return account, json.Unmarshal(settings, &account.Settings)
}

// AccountByName gives the account of that name, or ErrNoRows.
func (tx *Tx) AccountByName(ctx context.Context, name string) (vitrine.Account, error) {
	return scanAccount(tx.QueryRow(ctx, accountColumns+`where name = $1`, name))
}

// Account gives an account, or ErrNoRows.
func (tx *Tx) Account(ctx context.Context, id int64) (vitrine.Account, error) {
	return scanAccount(tx.QueryRow(ctx, accountColumns+`where id = $1`, id))
}

// SetAccountSettings writes what the operator has set for an account.
func (tx *Tx) SetAccountSettings(ctx context.Context, id int64, settings vitrine.AccountSettings) error {
	text, err := jsonText(settings)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update account set settings = $2 where id = $1`, id, text)
	return err
}

// LockAccount makes this transaction the only one that changes what belongs to
// the account. Whoever writes about it locks it first and looks after that, so
// that no two of its transactions miss each other's rows, on PostgreSQL as on
// SQLite. The column is not the id: SQLite would look through all rows that
// refer to it.
func (tx *Tx) LockAccount(ctx context.Context, id int64) error {
	_, err := tx.Exec(ctx, `update account set suspended = suspended where id = $1`, id)
	return err
}

// LockAccountOf is LockAccount for the account of a media. It reports whether
// there is such a media.
func (tx *Tx) LockAccountOf(ctx context.Context, media int64) (bool, error) {
	n, err := tx.Exec(ctx, `update account set suspended = suspended where id = (select account_id from media where id = $1)`, media)
	return n > 0, err
}

// AccountsUsing gives the accounts that have a media which waits for that
// content or shows it, or a gallery that does, in the order in which they are to
// be locked.
func (tx *Tx) AccountsUsing(ctx context.Context, sha256 string) ([]int64, error) {
	return collect(ctx, tx, scanID, `select account_id from media where wanted_sha256 = $1
		union select account_id from media where sha256 = $1
		union select l.account_id from shown s join listing l on l.id = s.listing_id where s.sha256 = $1 order by account_id`, sha256)
}

// Awaited reports whether a media waits for that content.
func (tx *Tx) Awaited(ctx context.Context, sha256 string) (yes bool, err error) {
	err = tx.QueryRow(ctx, `select exists (select 1 from media where wanted_sha256 = $1)`, sha256).Scan(&yes)
	return yes, err
}

// InsertKey writes a new key, known by the hash of its secret.
func (tx *Tx) InsertKey(ctx context.Context, key Key, hash string) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, `insert into api_key (account_id, prefix, hash, scopes, created_at) values ($1, $2, $3, $4, $5) returning id`,
		key.Account.ID, key.Prefix, hash, strings.Join(key.Scopes, " "), Millis(key.CreatedAt)).Scan(&id)
	return id, err
}

const keyColumns = `select k.id, a.id, a.name, a.suspended, k.prefix, k.scopes, k.created_at, k.revoked_at
	from api_key k join account a on a.id = k.account_id `

func scanKey(row scanner) (Key, error) {
	var key Key
	var scopes string
	var created, revoked int64
	err := row.Scan(&key.ID, &key.Account.ID, &key.Account.Name, &key.Account.Suspended, &key.Prefix, &scopes, &created, &revoked)
	key.Scopes = strings.Fields(scopes)
	key.CreatedAt, key.RevokedAt = Time(created), Time(revoked)
	return key, err
}

// KeyByHash gives the key, revoked or not, or ErrNoRows.
func (tx *Tx) KeyByHash(ctx context.Context, hash string) (Key, error) {
	return scanKey(tx.QueryRow(ctx, keyColumns+`where k.hash = $1`, hash))
}

// Key gives the key of that id, revoked or not, or ErrNoRows.
func (tx *Tx) Key(ctx context.Context, id int64) (Key, error) {
	return scanKey(tx.QueryRow(ctx, keyColumns+`where k.id = $1`, id))
}

// Keys lists the keys of an account, oldest first.
func (tx *Tx) Keys(ctx context.Context, accountName string) ([]Key, error) {
	return collect(ctx, tx, scanKey, keyColumns+`where a.name = $1 order by k.id`, accountName)
}

// RevokeKey makes a key worthless from now on; one already revoked keeps its
// time. It reports whether the account has such a key.
func (tx *Tx) RevokeKey(ctx context.Context, accountName string, id int64, now time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `update api_key set revoked_at = case when revoked_at = 0 then $3 else revoked_at end
		where id = $2 and account_id in (select id from account where name = $1)`, accountName, id, Millis(now))
	return n > 0, err
}

// SuspendAccount shuts an account out, or lets it in again. It reports whether
// there is such an account.
func (tx *Tx) SuspendAccount(ctx context.Context, name string, suspended bool) (bool, error) {
	n, err := tx.Exec(ctx, `update account set suspended = $2 where name = $1`, name, suspended)
	return n > 0, err
}

// Secret gives the secret of that name; the first to ask sets it to fresh.
func (tx *Tx) Secret(ctx context.Context, name, fresh string) (string, error) {
	if _, err := tx.Exec(ctx, `insert into secret (name, value) values ($1, $2) on conflict (name) do nothing`, name, fresh); err != nil {
		return "", err
	}
	var value string
	err := tx.QueryRow(ctx, `select value from secret where name = $1`, name).Scan(&value)
	return value, err
}

// scanner is one row: a Row, or the Rows at their place.
type scanner interface {
	Scan(dest ...any) error
}

func scanID(row scanner) (int64, error) {
	var id int64
	err := row.Scan(&id)
	return id, err
}

func scanText(row scanner) (string, error) {
	var text string
	err := row.Scan(&text)
	return text, err
}

// jsonText is a value as the text of a JSON column.
func jsonText(value any) (string, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("write %T as JSON: %w", value, err)
	}
	return string(text), nil
}

// collect scans all rows of a query. No row at all is not an error.
func collect[T any](ctx context.Context, tx *Tx, scan func(scanner) (T, error), sql string, args ...any) (_ []T, err error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var all []T
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, item)
	}
	return all, rows.Err()
}
