package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/vitrine-media/vitrine"
)

const mediaFields = `m.id, m.uuid, m.account_id, coalesce(m.external_id, ''), m.kind, coalesce(m.identity_key, ''), m.url, m.identity, m.version,
	m.has_version, m.good_url, m.link, m.wanted_link, m.etag, m.last_modified, m.state, m.progress, m.seq, coalesce(m.wanted_sha256, ''),
	m.failure_code, m.failure_detail, m.job_id, m.created_at, m.updated_at,
	coalesce(c.sha256, ''), coalesce(c.bytes, 0), coalesce(c.type, ''), coalesce(c.state, ''), coalesce(c.clean, 0),
	coalesce(c.width, 0), coalesce(c.height, 0), coalesce(c.duration_ms, 0),
	coalesce(c.blurhash, ''), coalesce(c.thumbhash, ''), coalesce(c.dominant_color, ''), coalesce(c.recipe, ''), coalesce(c.facts, '{}')`

const mediaTables = ` from media m left join content c on c.sha256 = m.sha256 `

const mediaColumns = `select ` + mediaFields + mediaTables

// scanMedia reads the mediaFields of a row, and what comes after them into more.
func scanMedia(row scanner, more ...any) (vitrine.Media, error) {
	var m vitrine.Media
	var c vitrine.Content
	var created, updated, duration int64
	var failureCode, failureDetail, link, wantedLink, facts string
	err := row.Scan(append([]any{&m.ID, &m.UUID, &m.AccountID, &m.ExternalID, &m.Kind, &m.SourceKey, &m.Source.URL, &m.Source.Identity, &m.Source.Version,
		&m.HasVersion, &m.GoodURL, &link, &wantedLink, &m.Validator.ETag, &m.Validator.LastModified, &m.State, &m.Progress, &m.Seq, &m.Wanted,
		&failureCode, &failureDetail, &m.JobID, &created, &updated,
		&c.SHA256, &c.Bytes, &c.Type, &c.State, &c.Clean, &c.Width, &c.Height, &duration,
		&c.Blurhash, &c.Thumbhash, &c.DominantColor, &c.Recipe, &facts}, more...)...)
	if err != nil {
		return m, err
	}
	m.CreatedAt, m.UpdatedAt = Time(created), Time(updated)
	m.Failure = failure(failureCode, failureDetail)
	c.Duration = time.Duration(duration) * time.Millisecond
	if c.SHA256 != "" {
		m.Content = &c
	}
	if m.Link, err = linkOf(link); err != nil {
		return m, err
	}
	if m.WantedLink, err = linkOf(wantedLink); err != nil {
		return m, err
	}
	return m, json.Unmarshal([]byte(facts), &c.Facts)
}

func failure(code, detail string) *vitrine.Failure {
	if code == "" {
		return nil
	}
	return &vitrine.Failure{Code: vitrine.FailureCode(code), Detail: detail}
}

func failureColumns(f *vitrine.Failure) (code, detail string) {
	if f == nil {
		return "", ""
	}
	return string(f.Code), f.Detail
}

// Media gives an account's media by our id, or ErrNoRows. Those that came with a
// classified are left to it.
func (tx *Tx) Media(ctx context.Context, account, id int64) (vitrine.Media, error) {
	return tx.oneMedia(ctx, `where m.account_id = $1 and m.id = $2 and m.identity_key is null`, account, id)
}

// MediaByExternalID gives an account's media by the sender's own id, or ErrNoRows.
func (tx *Tx) MediaByExternalID(ctx context.Context, account int64, externalID string) (vitrine.Media, error) {
	return tx.oneMedia(ctx, `where m.account_id = $1 and m.external_id = $2`, account, externalID)
}

// AnyMedia gives a media of whichever account, or ErrNoRows. It is for jobs,
// which have been let in already.
func (tx *Tx) AnyMedia(ctx context.Context, id int64) (vitrine.Media, error) {
	return tx.oneMedia(ctx, `where m.id = $1`, id)
}

func (tx *Tx) oneMedia(ctx context.Context, where string, args ...any) (vitrine.Media, error) {
	m, err := scanMedia(tx.QueryRow(ctx, mediaColumns+where, args...))
	if err != nil || m.Content == nil {
		return m, err
	}
	m.Content.Variants, err = tx.Variants(ctx, m.Content.SHA256)
	return m, err
}

// MediaByIdentity gives the media that an account's classifieds have from that
// source, or ErrNoRows.
func (tx *Tx) MediaByIdentity(ctx context.Context, account int64, key string) (vitrine.Media, error) {
	return scanMedia(tx.QueryRow(ctx, mediaColumns+`where m.account_id = $1 and m.identity_key = $2`, account, key))
}

func oneMedia(row scanner) (vitrine.Media, error) { return scanMedia(row) }

// Placed is a media in its place.
type Placed struct {
	vitrine.Placement
	Media       vitrine.Media
	WantedClean bool // the bytes that it waits for have been scanned
}

// Placed gives a listing's newest list, in its order.
func (tx *Tx) Placed(ctx context.Context, listing int64) ([]Placed, error) {
	return collect(ctx, tx, func(row scanner) (Placed, error) {
		p := Placed{Placement: vitrine.Placement{ListingID: listing}}
		var tags []byte
		var err error
		p.Media, err = scanMedia(row, &p.WantedClean, &p.Position, &p.Type, &p.URL, &p.Version, &p.Category, &tags, &p.Title, &p.Altered, &p.AlteredFrom)
		if err != nil {
			return p, err
		}
		p.MediaID = p.Media.ID
		return p, json.Unmarshal(tags, &p.Tags)
	}, `select `+mediaFields+`, coalesce((select w.clean from content w where w.sha256 = m.wanted_sha256), 0),
		p.position, p.type, p.url, p.version, p.category, p.tags, p.title, p.altered, p.altered_from`+mediaTables+
		`join placement p on p.media_id = m.id where p.listing_id = $1 order by p.position`, listing)
}

// PlacedName is a media of a list by its name and its URL as sent.
type PlacedName struct {
	UUID, URL string
	State     vitrine.MediaState
	Failed    bool
}

// PlacedNames gives the names in a listing's newest list, in its order.
func (tx *Tx) PlacedNames(ctx context.Context, listing int64) ([]PlacedName, error) {
	return collect(ctx, tx, func(row scanner) (n PlacedName, err error) {
		return n, row.Scan(&n.UUID, &n.URL, &n.State, &n.Failed)
	}, `select m.uuid, p.url, m.state, case when m.failure_code = '' then 0 else 1 end from placement p join media m on m.id = p.media_id where p.listing_id = $1 order by p.position`, listing)
}

// MediaShowing gives the media that show that content themselves.
func (tx *Tx) MediaShowing(ctx context.Context, sha256 string) ([]vitrine.Media, error) {
	return collect(ctx, tx, oneMedia, mediaColumns+`where m.sha256 = $1 order by m.id`, sha256)
}

// MediaWanting gives the media that wait for that content to be optimised.
func (tx *Tx) MediaWanting(ctx context.Context, sha256 string) ([]vitrine.Media, error) {
	return collect(ctx, tx, oneMedia, mediaColumns+`where m.wanted_sha256 = $1 order by m.id`, sha256)
}

// InsertMedia writes a new media and gives its id. ErrConflict when the account
// has its external id or its source already.
func (tx *Tx) InsertMedia(ctx context.Context, m vitrine.Media) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, `insert into media
		(uuid, account_id, external_id, kind, identity_key, url, identity, version, state, seq, created_at, updated_at, yields)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, 1) returning id`,
		m.UUID, m.AccountID, orNull(m.ExternalID), m.Kind, orNull(m.SourceKey), m.Source.URL, m.Source.Identity, m.Source.Version,
		m.State, m.Seq, Millis(m.CreatedAt)).Scan(&id)
	return id, err
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// RefetchMedia makes a media wait for a new download of source under a new
// sequence number, which every older download has lost to. What it shows
// stays; how the origin named newer bytes, which never came to be shown, is
// forgotten.
func (tx *Tx) RefetchMedia(ctx context.Context, id int64, source vitrine.Source, now time.Time) (seq int64, err error) {
	err = tx.QueryRow(ctx, `update media set seq = seq + 1, state = $2, url = $3, identity = $4, version = $5,
		etag = case when wanted_sha256 is null then etag else '' end,
		last_modified = case when wanted_sha256 is null then last_modified else '' end,
		kind = case when identity_key is null then 'file' else kind end, progress = 0, yields = 1,
		wanted_sha256 = null, wanted_link = '', failure_code = '', failure_detail = '', begun_at = 0, updated_at = $6 where id = $1 returning seq`,
		id, vitrine.MediaPending, source.URL, source.Identity, source.Version, Millis(now)).Scan(&seq)
	return seq, err
}

// SetMediaJob names the import under way.
func (tx *Tx) SetMediaJob(ctx context.Context, id, job int64) error {
	_, err := tx.Exec(ctx, `update media set job_id = $2 where id = $1`, id, job)
	return err
}

// SetMediaState moves an unended media on, if seq is still its newest. It
// reports whether it was.
func (tx *Tx) SetMediaState(ctx context.Context, id, seq int64, state vitrine.MediaState, now time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `update media set state = $3, updated_at = $4
		where id = $1 and seq = $2 and state in ('pending', 'processing')`, id, seq, state, Millis(now))
	return n > 0, err
}

// BeginMedia marks an unended media as being fetched, if seq is still its
// newest. It reports whether it was, and since when this wish is being fetched.
func (tx *Tx) BeginMedia(ctx context.Context, id, seq int64, now time.Time) (since time.Time, wanted bool, err error) {
	begun, err := collect(ctx, tx, scanID, `update media set state = 'processing', updated_at = $3,
		begun_at = case when begun_at = 0 then $3 else begun_at end
		where id = $1 and seq = $2 and state in ('pending', 'processing') returning begun_at`, id, seq, Millis(now))
	if err != nil || len(begun) == 0 {
		return time.Time{}, false, err
	}
	return Time(begun[0]), true, nil
}

// WantContent makes an unended media wait for the optimising of that content,
// if seq is still its newest. It reports whether it was.
func (tx *Tx) WantContent(ctx context.Context, id, seq int64, sha256 string, now time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `update media set wanted_sha256 = $3, state = 'processing', updated_at = $4
		where id = $1 and seq = $2 and state in ('pending', 'processing')`, id, seq, sha256, Millis(now))
	return n > 0, err
}

// SetMediaKind says what the bytes of a file have turned out to be. It reports
// whether that is new.
func (tx *Tx) SetMediaKind(ctx context.Context, id, seq int64, kind vitrine.MediaKind) (bool, error) {
	n, err := tx.Exec(ctx, `update media set kind = $3 where id = $1 and seq = $2 and identity_key is null and kind <> $3`, id, seq, kind)
	return n > 0, err
}

// showsNothing takes from media the content that they show.
const showsNothing = `sha256 = null, band0 = null, band1 = null, band2 = null, band3 = null`

// ForgetContent has a media show no bytes any more.
func (tx *Tx) ForgetContent(ctx context.Context, id int64) error {
	_, err := tx.Exec(ctx, `update media set `+showsNothing+`, etag = '', last_modified = '' where id = $1`, id)
	return err
}

// SetProgress notes how far the encoding of a video has come, in percent, for
// all media that wait for it.
// It reports whether there is any.
func (tx *Tx) SetProgress(ctx context.Context, sha256 string, percent int) (bool, error) {
	n, err := tx.Exec(ctx, `update media set progress = $2 where wanted_sha256 = $1`, sha256, percent)
	return n > 0, err
}

// SetValidator notes how the origin named the bytes that a media waits for.
func (tx *Tx) SetValidator(ctx context.Context, id, seq int64, v vitrine.Validator) error {
	_, err := tx.Exec(ctx, `update media set etag = $3, last_modified = $4 where id = $1 and seq = $2`, id, seq, v.ETag, v.LastModified)
	return err
}

// SpendURL notes that the URL of a media, which works once, is being used for
// that wish. It reports whether it was not yet.
func (tx *Tx) SpendURL(ctx context.Context, id, seq int64) (bool, error) {
	n, err := tx.Exec(ctx, `update media set spent_seq = $2 where id = $1 and seq = $2 and spent_seq < $2`, id, seq)
	return n > 0, err
}

// RenameSource gives a media another reading of its source, of which it is the
// same version, unless another media of the account has that.
func (tx *Tx) RenameSource(ctx context.Context, id int64, source vitrine.Source, key string) error {
	_, err := tx.Exec(ctx, `update media set url = $2, identity = $3, identity_key = $5,
		has_version = case when has_version = version then $4 else has_version end, version = $4 where id = $1
		and not exists (select 1 from media o join media m on m.account_id = o.account_id where m.id = $1 and o.identity_key = $5)`,
		id, source.URL, source.Identity, source.Version, key)
	return err
}

// SetSourceURL gives a media another spelling of its source, to be used by the
// next fetch.
func (tx *Tx) SetSourceURL(ctx context.Context, id int64, url string) error {
	_, err := tx.Exec(ctx, `update media set url = $2 where id = $1`, id, url)
	return err
}

// RestoreMedia makes a media ready with what it shows, which is of that source:
// whatever is being fetched for it loses.
func (tx *Tx) RestoreMedia(ctx context.Context, id int64, source vitrine.Source, now time.Time) error {
	_, err := tx.Exec(ctx, `update media set seq = seq + 1, state = 'ready', url = $2, identity = $3, version = $4,
		etag = case when wanted_sha256 is null then etag else '' end,
		last_modified = case when wanted_sha256 is null then last_modified else '' end,
		wanted_sha256 = null, wanted_link = '', failure_code = '', failure_detail = '', job_id = 0, updated_at = $5 where id = $1`,
		id, source.URL, source.Identity, source.Version, Millis(now))
	return err
}

// EndMedia ends an unended media, if seq is still its newest: well, with a
// content to show or, when sha256 is "", with what it had; of a link that is
// where it leads to. Or with a failure, which leaves what it showed before. It
// reports whether it was. A link is to be looked at again at checkAt.
func (tx *Tx) EndMedia(ctx context.Context, id, seq int64, sha256 string, f *vitrine.Failure, now, checkAt time.Time) (bool, error) {
	code, detail := failureColumns(f)
	n, err := tx.Exec(ctx, `update media set sha256 = coalesce($3, sha256),
		(band0, band1, band2, band3) = (select n.band0, n.band1, n.band2, n.band3 from measure n where n.sha256 = coalesce($3, media.sha256)),
		etag = case when $4 = '' or wanted_sha256 is null then etag else '' end,
		last_modified = case when $4 = '' or wanted_sha256 is null then last_modified else '' end,
		has_version = case when $4 = '' then version else has_version end,
		good_url = case when $4 <> '' then good_url
			when kind = 'tour' or kind = 'video' and identity_key is not null
				and not exists (select 1 from content c where c.sha256 = coalesce($3, media.sha256) and c.type like 'video/%') then url
			else '' end,
		kind = case when identity_key is not null then kind
			when exists (select 1 from content c where c.sha256 = coalesce($3, media.sha256) and c.type like 'video/%') then 'video'
			when coalesce($3, sha256) is not null then 'image' else kind end, wanted_sha256 = null,
		state = case when $4 <> '' and sha256 is null and good_url = '' then 'failed' else 'ready' end,
		failure_code = $4, failure_detail = $5, job_id = 0, updated_at = $6,
		link = case when $4 = '' then wanted_link else link end, wanted_link = '',
		check_at = case when kind = 'tour' or ($4 = '' and wanted_link <> '') or ($4 <> '' and link <> '') then cast($7 as bigint) else 0 end
		where id = $1 and seq = $2 and state in ('pending', 'processing')`,
		id, seq, orNull(sha256), code, detail, Millis(now), Millis(checkAt))
	return n > 0, err
}

// Unplaced gives those of these media that are shared by their source and stand
// in no list and no gallery any more.
func (tx *Tx) Unplaced(ctx context.Context, ids []int64) ([]int64, error) {
	var unplaced []int64
	for _, id := range ids {
		found, err := collect(ctx, tx, scanID, `select id from media where id = $1 and identity_key is not null
			and not exists (select 1 from placement where media_id = $1) and not exists (select 1 from shown where media_id = $1)`, id)
		if err != nil {
			return nil, err
		}
		unplaced = append(unplaced, found...)
	}
	return unplaced, nil
}

// InsertAttempt adds a line to a media's timeline.
func (tx *Tx) InsertAttempt(ctx context.Context, a vitrine.Attempt) error {
	_, err := tx.Exec(ctx, `insert into attempt
		(media_id, job_id, seq, number, stage, started_at, duration_ms, http_status, bytes, type, outcome, detail)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		a.MediaID, a.JobID, a.Seq, a.Number, a.Stage, Millis(a.StartedAt), a.Duration.Milliseconds(),
		a.HTTPStatus, a.Bytes, a.Type, a.Outcome, a.Detail)
	return err
}

// Attempts gives a media's timeline, oldest first.
func (tx *Tx) Attempts(ctx context.Context, media int64) ([]vitrine.Attempt, error) {
	return collect(ctx, tx, func(row scanner) (vitrine.Attempt, error) {
		var a vitrine.Attempt
		var started, duration int64
		err := row.Scan(&a.MediaID, &a.JobID, &a.Seq, &a.Number, &a.Stage, &started, &duration, &a.HTTPStatus, &a.Bytes, &a.Type, &a.Outcome, &a.Detail)
		a.StartedAt, a.Duration = Time(started), time.Duration(duration)*time.Millisecond
		return a, err
	}, `select media_id, job_id, seq, number, stage, started_at, duration_ms, http_status, bytes, type, outcome, detail
		from attempt where media_id = $1 order by id`, media)
}

// AwaitUpload makes a media that holds no file wait for an upload, under a new
// sequence number.
func (tx *Tx) AwaitUpload(ctx context.Context, id int64, now time.Time) error {
	_, err := tx.Exec(ctx, `update media set seq = seq + 1, state = 'awaiting_upload', kind = 'file', progress = 0, url = '', identity = '', version = '',
		failure_code = '', failure_detail = '', begun_at = 0, updated_at = $2 where id = $1`, id, Millis(now))
	return err
}

// ConfirmMedia moves a media from its upload to its import. It reports whether
// it was waiting for that.
func (tx *Tx) ConfirmMedia(ctx context.Context, id int64, now time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `update media set state = 'pending', updated_at = $2 where id = $1 and state = 'awaiting_upload'`, id, Millis(now))
	return n > 0, err
}

// SetMediaExternalID gives a media its sender's own id, or takes it away when
// that is "". ErrConflict when another media has it.
func (tx *Tx) SetMediaExternalID(ctx context.Context, id int64, externalID string, now time.Time) error {
	_, err := tx.Exec(ctx, `update media set external_id = $2, updated_at = $3 where id = $1`, id, orNull(externalID), Millis(now))
	return err
}

// DigestsOf gives the contents that a media uses in any way: shown by itself or
// by a gallery, or waited for.
func (tx *Tx) DigestsOf(ctx context.Context, id int64) ([]string, error) {
	return collect(ctx, tx, scanText, `select sha256 from media where id = $1 and sha256 is not null
		union select wanted_sha256 from media where id = $1 and wanted_sha256 is not null
		union select sha256 from shown where media_id = $1 and sha256 is not null`, id)
}

// MediaOnlyIn gives the media that stand in a listing's list or gallery, and in
// no other one.
func (tx *Tx) MediaOnlyIn(ctx context.Context, listing int64) ([]int64, error) {
	return collect(ctx, tx, scanID, `select media_id from
		(select media_id from placement where listing_id = $1 union select media_id from shown where listing_id = $1) here
		where not exists (select 1 from placement p where p.media_id = here.media_id and p.listing_id <> $1)
		and not exists (select 1 from shown s where s.media_id = here.media_id and s.listing_id <> $1) order by media_id`, listing)
}

// DeleteMedia deletes a media with its timeline and its upload, and takes it out
// of every list and gallery.
func (tx *Tx) DeleteMedia(ctx context.Context, id int64) error {
	for _, statement := range []string{
		`delete from shown where media_id = $1`,
		`delete from placement where media_id = $1`,
		`delete from attempt where media_id = $1`,
		`delete from upload where media_id = $1`,
		`delete from media where id = $1`,
	} {
		if _, err := tx.Exec(ctx, statement, id); err != nil {
			return err
		}
	}
	return nil
}
