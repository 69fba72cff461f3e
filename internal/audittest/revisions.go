package audittest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// revisions looks whether what is kept of the changes of a list ends with the
// list that is there. A list of which nothing is kept is from before that was
// (Unrevised).
func (a *audit) revisions(ctx context.Context) error {
	type revision struct {
		listing, number int64
		list            []int64
	}
	newest, err := collect(ctx, a.db, `select listing_id, (select max(revision) from listing_revision where listing_id = r.listing_id), steps
		from listing_revision r
		where revision = (select max(revision) from listing_revision where listing_id = r.listing_id and steps <> '')`, func(scan scan) (r revision, err error) {
		var text []byte
		if err := scan(&r.listing, &r.number, &text); err != nil {
			return r, err
		}
		var steps []struct {
			Do    string
			Media int64
		}
		if err := json.Unmarshal(text, &steps); err != nil {
			return r, fmt.Errorf("steps of revision %d of listing %d: %w", r.number, r.listing, err)
		}
		for _, step := range steps {
			if step.Do != "remove" {
				r.list = append(r.list, step.Media)
			}
		}
		return r, nil
	})
	if err != nil {
		return err
	}
	lists := map[int64][]int64{}
	for _, p := range a.places {
		lists[p.listing] = append(lists[p.listing], p.media)
	}
	for _, r := range newest {
		i := slices.IndexFunc(a.adverts, func(l listing) bool { return l.id == r.listing })
		switch {
		case i < 0: // integrity has told
		case a.adverts[i].status == "DELETED":
			a.find(WrongRevision, "listing %d is deleted, and its revision %d is kept", r.listing, r.number)
		case a.adverts[i].revision != r.number:
			a.find(WrongRevision, "listing %d has revision %d, and the newest that is kept is %d", r.listing, a.adverts[i].revision, r.number)
		case !slices.Equal(lists[r.listing], r.list):
			a.find(WrongRevision, "listing %d has the list %v, and its newest revision %v", r.listing, lists[r.listing], r.list)
		}
	}
	return nil
}

// Unrevised tells of the listings of which no change is kept. There is none in a
// database that was begun when changes were kept already.
func Unrevised(ctx context.Context, databaseURL string) (found []Finding, err error) {
	db, err := openDatabase(ctx, databaseURL)
	if err != nil {
		return nil, fmt.Errorf("look for lists without revisions: open database: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return collect(ctx, db, `select id from listing where status <> 'DELETED'
		and not exists (select 1 from listing_revision where listing_id = id) order by id`, func(scan scan) (Finding, error) {
		var id int64
		err := scan(&id)
		return Finding{Kind: WrongRevision, About: fmt.Sprintf("of listing %d no revision is kept", id)}, err
	})
}
