package audittest

import (
	"context"
	"errors"
	"fmt"
)

// Left is what an installation has yet to do.
type Left struct {
	Media  int // that have not ended; those whose sender has yet to upload them don't count
	Tasks  int // that wait or run, but for those that always wait for their hour
	Unused int // contents that nobody uses and whose bytes wait for a sweep
}

// Rest tells what is left to be done; the zero Left is an installation at rest.
// A server may be running.
func Rest(ctx context.Context, databaseURL string) (left Left, err error) {
	db, err := openDatabase(ctx, databaseURL)
	if err != nil {
		return left, fmt.Errorf("look what is left: open database: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tasks := `select count(*) from queue_task where kind <> 'scrub'`
	if db.postgres {
		tasks = `select count(*) from river_job where finalized_at is null and kind <> 'scrub'`
	}
	for query, n := range map[string]*int{
		`select count(*) from media where state in ('pending', 'processing')`: &left.Media,
		tasks: &left.Tasks,
		`select count(*) from content where not exists (select 1 from media m where m.sha256 = content.sha256 or m.wanted_sha256 = content.sha256)
			and not exists (select 1 from shown s where s.sha256 = content.sha256)`: &left.Unused,
	} {
		if err := db.QueryRowContext(ctx, query).Scan(n); err != nil {
			return left, fmt.Errorf("look what is left: %w", err)
		}
	}
	return left, nil
}

// Galleries gives the digests of what the public sees, in order, by the public
// names of the listings; "" is a link. Listings that show nothing are left out.
func Galleries(ctx context.Context, databaseURL string) (shown map[string][]string, err error) {
	db, err := openDatabase(ctx, databaseURL)
	if err != nil {
		return nil, fmt.Errorf("read galleries: open database: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	shown = map[string][]string{}
	_, err = collect(ctx, db, `select l.gallery, coalesce(s.sha256, '') from shown s join listing l on l.id = s.listing_id
		where l.shown_revision > 0 order by l.gallery, s.position`, func(scan scan) (none struct{}, err error) {
		var gallery, sha256 string
		if err := scan(&gallery, &sha256); err != nil {
			return none, err
		}
		shown[gallery] = append(shown[gallery], sha256)
		return none, nil
	})
	return shown, err
}
