package gallery

import (
	"context"
	"errors"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/store"
)

// SavedAnswer is the answer that an idempotency key gives again.
type SavedAnswer struct {
	Status      int
	ContentType string
	Body        []byte
}

// answerTime is how long a request may take. One that has run for longer was
// left behind by a server that died, and may be sent again.
const answerTime = 2 * time.Minute

// BeginIdempotent reserves an idempotency key for a request, named by the
// digest of all that makes it the same request. nil means: do it, then call
// EndIdempotent or DropIdempotent. A request that ended before gives its
// answer; one that still runs is CodeConflict, another one under the same key
// CodeUnprocessable.
func (g *Gallery) BeginIdempotent(ctx context.Context, account int64, key, request string) (*SavedAnswer, error) {
	var saved *SavedAnswer
	err := g.db.Write(ctx, func(tx *store.Tx) error {
		saved = nil
		free, err := tx.BeginAnswer(ctx, account, key, request, g.now(), g.now().Add(-answerTime), g.now().Add(-g.limits.AnswerKept))
		if err != nil || free {
			return err
		}
		answer, err := tx.Answer(ctx, account, key)
		switch {
		case errors.Is(err, store.ErrNoRows):
			return vitrine.Errorf(vitrine.CodeConflict, "Try again: the request with this Idempotency-Key has just ended")
		case err != nil:
			return err
		case answer.Request != request:
			return vitrine.Errorf(vitrine.CodeUnprocessable, "This Idempotency-Key was used for another request")
		case answer.Status == 0:
			return vitrine.Errorf(vitrine.CodeConflict, "A request with this Idempotency-Key is still running")
		}
		saved = &SavedAnswer{Status: answer.Status, ContentType: answer.ContentType, Body: []byte(answer.Body)}
		return nil
	})
	return saved, err
}

// EndIdempotent keeps the answer of a request, for Limits.AnswerKept.
func (g *Gallery) EndIdempotent(ctx context.Context, account int64, key string, answer SavedAnswer) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		return tx.EndAnswer(ctx, account, key, store.Answer{
			Status: answer.Status, ContentType: answer.ContentType, Body: string(answer.Body),
		})
	})
}

// DropIdempotent frees the key of a request that came to nothing on our side:
// it may be sent again.
func (g *Gallery) DropIdempotent(ctx context.Context, account int64, key string) error {
	return g.db.Write(ctx, func(tx *store.Tx) error {
		return tx.DropAnswer(ctx, account, key)
	})
}
