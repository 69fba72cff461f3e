package store

import (
	"context"
	"time"
)

// Answer is what a request with an idempotency key was answered.
type Answer struct {
	Request     string // digest of the request
	Status      int    // 0 while it runs
	ContentType string
	Body        string
}

// BeginAnswer reserves an idempotency key for a request. It reports whether the
// key was free. A request that began before abandoned and still runs was left
// behind by a server that died, and an answer from before expired is no longer
// given: neither holds the key.
func (tx *Tx) BeginAnswer(ctx context.Context, account int64, key, request string, now, abandoned, expired time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `insert into saved_answer (account_id, key, request, created_at) values ($1, $2, $3, $4)
		on conflict (account_id, key) do update set
		request = excluded.request, status = 0, content_type = '', body = '', created_at = excluded.created_at
		where saved_answer.created_at < $6
		or saved_answer.status = 0 and saved_answer.created_at < $5 and saved_answer.request = excluded.request`,
		account, key, request, Millis(now), Millis(abandoned), Millis(expired))
	return n > 0, err
}

// Answer gives what is kept under an idempotency key, or ErrNoRows.
func (tx *Tx) Answer(ctx context.Context, account int64, key string) (Answer, error) {
	var a Answer
	err := tx.QueryRow(ctx, `select request, status, content_type, body from saved_answer where account_id = $1 and key = $2`, account, key).
		Scan(&a.Request, &a.Status, &a.ContentType, &a.Body)
	return a, err
}

// EndAnswer keeps the answer of a request that runs.
func (tx *Tx) EndAnswer(ctx context.Context, account int64, key string, a Answer) error {
	_, err := tx.Exec(ctx, `update saved_answer set status = $3, content_type = $4, body = $5
		where account_id = $1 and key = $2 and status = 0`, account, key, a.Status, a.ContentType, a.Body)
	return err
}

// DropAnswer frees the key of a request that runs.
func (tx *Tx) DropAnswer(ctx context.Context, account int64, key string) error {
	_, err := tx.Exec(ctx, `delete from saved_answer where account_id = $1 and key = $2 and status = 0`, account, key)
	return err
}

// ForgetAnswers deletes the answers to requests from before that time.
func (tx *Tx) ForgetAnswers(ctx context.Context, before time.Time) error {
	_, err := tx.Exec(ctx, `delete from saved_answer where created_at < $1`, Millis(before))
	return err
}
