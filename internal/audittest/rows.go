package audittest

import (
	"context"
	"encoding/json"
	"fmt"
)

// rows are what the database says, all of it in memory: it is for tests.
type rows struct {
	contents map[string]*content // by digest
	medias   map[int64]media
	adverts  []listing
	places   []place // of all lists
	shown    []place // of all galleries
	tasks    tasks
	uploads  map[string]bool // keys that a sender may still upload to
	erasing  map[string]bool // contents, and keys of uploads, that are being deleted for good
}

type content struct {
	sha256, kind, state, recipe string
	bytes, unusedAt             int64
	variants                    map[string]variant
	used                        bool // by a media or a gallery
}

type variant struct {
	sha256, name, kind   string
	digest               string // "" of one that was made before it was noted
	width, height, bytes int64
}

type media struct {
	id                             int64
	uuid, state, sha256, wanted    string
	identityKey, goodURL, failCode string
	seq, jobID                     int64
}

func (m media) ended() bool { return m.state == "ready" || m.state == "failed" }

type listing struct {
	id                                int64
	uuid, kind, status                string
	revision, settled, shown, account int64
	jobID                             int64
}

type place struct {
	listing, position, media int64
	sha256, url              string // of a gallery
}

// tasks are those that wait or run.
type tasks struct {
	fetches map[int64]map[int64]bool // media → seq
	about   map[string]bool          // digests that are scanned, optimised, encoded or pruned
	discard map[string]bool          // keys
}

func (a *audit) read(ctx context.Context) error {
	a.contents, a.medias = map[string]*content{}, map[int64]media{}
	a.uploads, a.erasing = map[string]bool{}, map[string]bool{}
	for _, read := range []func(context.Context) error{a.readContents, a.readMedia, a.readListings, a.readTasks, a.readUploads} {
		if err := read(ctx); err != nil {
			return err
		}
	}
	a.markUsed()
	return nil
}

func (a *audit) readContents(ctx context.Context) error {
	contents, err := collect(ctx, a.db, `select sha256, bytes, type, state, recipe, unused_at from content`, func(scan scan) (*content, error) {
		c := &content{variants: map[string]variant{}}
		return c, scan(&c.sha256, &c.bytes, &c.kind, &c.state, &c.recipe, &c.unusedAt)
	})
	if err != nil {
		return err
	}
	for _, c := range contents {
		a.contents[c.sha256] = c
	}
	variants, err := collect(ctx, a.db, `select sha256, name, type, digest, width, height, bytes from variant`, func(scan scan) (v variant, err error) {
		return v, scan(&v.sha256, &v.name, &v.kind, &v.digest, &v.width, &v.height, &v.bytes)
	})
	for _, v := range variants {
		if c := a.contents[v.sha256]; c != nil { // else integrity has told
			c.variants[v.name] = v
		}
	}
	return err
}

func (a *audit) readMedia(ctx context.Context) error {
	medias, err := collect(ctx, a.db, `select id, uuid, state, coalesce(sha256, ''), coalesce(wanted_sha256, ''), coalesce(identity_key, ''),
		good_url, failure_code, seq, job_id from media`, func(scan scan) (m media, err error) {
		return m, scan(&m.id, &m.uuid, &m.state, &m.sha256, &m.wanted, &m.identityKey, &m.goodURL, &m.failCode, &m.seq, &m.jobID)
	})
	for _, m := range medias {
		a.medias[m.id] = m
	}
	return err
}

func (a *audit) readListings(ctx context.Context) (err error) {
	a.adverts, err = collect(ctx, a.db, `select id, uuid, kind, status, revision, settled_revision, shown_revision, account_id, job_id from listing order by id`,
		func(scan scan) (l listing, err error) {
			return l, scan(&l.id, &l.uuid, &l.kind, &l.status, &l.revision, &l.settled, &l.shown, &l.account, &l.jobID)
		})
	if err != nil {
		return err
	}
	read := func(scan scan) (p place, err error) {
		return p, scan(&p.listing, &p.position, &p.media, &p.sha256, &p.url)
	}
	a.places, err = collect(ctx, a.db, `select listing_id, position, media_id, '', '' from placement order by listing_id, position`, read)
	if err != nil {
		return err
	}
	a.shown, err = collect(ctx, a.db, `select listing_id, position, media_id, coalesce(sha256, ''), url from shown order by listing_id, position`, read)
	return err
}

// readTasks reads the tasks of the embedded queue, or of River.
func (a *audit) readTasks(ctx context.Context) error {
	a.tasks = tasks{fetches: map[int64]map[int64]bool{}, about: map[string]bool{}, discard: map[string]bool{}}
	query := `select kind, args from queue_task`
	if a.db.postgres {
		query = `select kind, (args -> 'args')::text from river_job where finalized_at is null`
	}
	_, err := collect(ctx, a.db, query, func(scan scan) (none struct{}, err error) {
		var kind string
		var text []byte
		if err := scan(&kind, &text); err != nil {
			return none, err
		}
		var args struct {
			MediaID, Seq int64
			SHA256, Key  string
		}
		if err := json.Unmarshal(text, &args); err != nil {
			return none, fmt.Errorf("arguments of a %s task: %w", kind, err)
		}
		switch kind {
		case "fetch", "check":
			if a.tasks.fetches[args.MediaID] == nil {
				a.tasks.fetches[args.MediaID] = map[int64]bool{}
			}
			a.tasks.fetches[args.MediaID][args.Seq] = true
		case "scan", "optimise", "encode", "prune":
			a.tasks.about[args.SHA256] = true
		case "discard":
			a.tasks.discard[args.Key] = true
		}
		return none, nil
	})
	return err
}

func (a *audit) readUploads(ctx context.Context) error {
	uuids, err := collect(ctx, a.db, `select m.uuid from upload u join media m on m.id = u.media_id`,
		func(scan scan) (uuid string, err error) { return uuid, scan(&uuid) })
	for _, uuid := range uuids {
		a.uploads["upload/"+uuid] = true
	}
	if err != nil {
		return err
	}
	names, err := collect(ctx, a.db, `select name from erasing`, func(scan scan) (name string, err error) { return name, scan(&name) })
	for _, name := range names {
		a.erasing[name] = true
	}
	return err
}

// markUsed finds out anew which contents are used.
func (a *audit) markUsed() {
	use := func(sha256 string) {
		if c := a.contents[sha256]; c != nil {
			c.used = true
		}
	}
	for _, m := range a.medias {
		use(m.sha256)
		use(m.wanted)
	}
	for _, s := range a.shown {
		use(s.sha256)
	}
}
