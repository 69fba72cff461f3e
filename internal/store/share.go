package store

import "context"

// OpenMedia counts the media of an account that are on their way, up to most.
func (tx *Tx) OpenMedia(ctx context.Context, account int64, most int) (n int, err error) {
	err = tx.QueryRow(ctx, `select count(*) from
		(select 1 from media where account_id = $1 and state in ('pending', 'processing') limit $2) o`, account, most).Scan(&n)
	return n, err
}

// UnyieldingMedia is OpenMedia without those that yield.
func (tx *Tx) UnyieldingMedia(ctx context.Context, account int64, most int) (n int, err error) {
	err = tx.QueryRow(ctx, `select count(*) from
		(select 1 from media where account_id = $1 and yields = 0 and state in ('pending', 'processing') limit $2) o`, account, most).Scan(&n)
	return n, err
}

// Unyield has a media, which yields when it begins to be fetched, wait behind
// nobody.
func (tx *Tx) Unyield(ctx context.Context, id int64) error {
	_, err := tx.Exec(ctx, `update media set yields = 0 where id = $1`, id)
	return err
}
