package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/vitrine-media/vitrine"
)

// ListingFilter says which of an account's listings and classifieds are wanted.
type ListingFilter struct {
	// Text is part of the sender's own id, in any case, or the whole of ours;
	// "" for any.
	Text   string
	Status vitrine.ListingStatus // "" for any
	// Attention leaves only those in which a file could not be had, or that
	// could not be published.
	Attention bool
	Before    int64 // only rows with a lower id; 0 for the newest
}

// likeEscape keeps what a person has typed from being a pattern.
var likeEscape = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// FindListings gives an account's listings and classifieds that match, deleted
// classifieds aside, newest first.
func (tx *Tx) FindListings(ctx context.Context, account int64, f ListingFilter, limit int) ([]vitrine.Listing, error) {
	where := new(strings.Builder)
	var args []any
	and := func(condition string, values ...any) {
		for _, value := range values {
			args = append(args, value)
			condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		if where.Len() > 0 {
			where.WriteString(" and ")
		}
		where.WriteString(condition)
	}
	and(`account_id = ?`, account)
	and(`status <> ?`, vitrine.StatusDeleted)
	if f.Before != 0 {
		and(`id < ?`, f.Before)
	}
	if f.Status != "" {
		and(`status = ?`, f.Status)
	}
	if f.Text != "" {
		and(`(lower(external_id) like ? escape '\' or uuid = ? or cast(id as text) = ?)`,
			"%"+likeEscape.Replace(strings.ToLower(f.Text))+"%", f.Text, f.Text)
	}
	if f.Attention {
		and(`(status = ? or exists (select 1 from placement p join media m on m.id = p.media_id
			where p.listing_id = listing.id and m.failure_code <> ''))`, vitrine.StatusPublishFailed)
	}
	args = append(args, limit)
	return collect(ctx, tx, scanListing, listingColumns+`where `+where.String()+fmt.Sprintf(` order by id desc limit $%d`, len(args)), args...)
}

// OwnListing gives an account's listing or classified by its UUID, or ErrNoRows.
func (tx *Tx) OwnListing(ctx context.Context, account int64, uuid string) (vitrine.Listing, error) {
	return scanListing(tx.QueryRow(ctx, listingColumns+`where account_id = $1 and uuid = $2`, account, uuid))
}
