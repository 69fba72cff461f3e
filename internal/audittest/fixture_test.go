package audittest_test

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/pgtest"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/s3test"
	"github.com/vitrine-media/vitrine/internal/store"
)

// installation is a small one that is well, until a test sees to that.
type installation struct {
	*testing.T
	database, bucket string
	environ          []string
	db               *sql.DB
	postgres         bool
}

// The originals. The variants of all are the same picture of 1 x 1.
var one, two = []byte("the first original"), []byte("the second original")

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// tiny is a WebP of 1 x 1.
func tiny() []byte {
	return []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00")
}

func original(b []byte) string { return "original/" + sum(b)[:2] + "/" + sum(b) }

func variant(b []byte, file string) string {
	return "variant/" + sum(b)[:2] + "/" + sum(b) + "/r1/" + file
}

func onFolder(t *testing.T) *installation {
	dir := t.TempDir()
	path := filepath.Join(dir, "test.db")
	in := &installation{T: t, database: "sqlite://" + path, bucket: "file://" + filepath.Join(dir, "blobs")}
	in.open("sqlite", path)
	return in
}

func onPostgres(t *testing.T) *installation {
	in := &installation{T: t, database: pgtest.Start(t), postgres: true}
	in.bucket, in.environ = s3test.Start(t)
	in.open("pgx", in.database)
	return in
}

// open has the server's code make the schema, and nothing else.
func (in *installation) open(driver, source string) {
	in.Helper()
	log := slog.New(slog.DiscardHandler)
	db, err := store.Open(in.Context(), in.database, log)
	if err != nil {
		in.Fatal(err)
	}
	_, err = queue.New(in.Context(), db, queue.DefaultConfig(time.Now, log))
	if err := errors.Join(err, db.Close()); err != nil {
		in.Fatal(err)
	}
	if in.db, err = sql.Open(driver, source); err != nil {
		in.Fatal(err)
	}
	in.Cleanup(func() { _ = in.db.Close() }) // of which nothing more is asked
	in.fill()
}

// fill writes rows and blobs: a classified that shows the first original, a file
// of the Listings API that has failed, one that is being fetched, and one that
// waits for the second original to be optimised.
func (in *installation) fill() {
	in.Helper()
	in.exec(`insert into account (id, name, event_seq, created_at) values (1, 'acme', 6, 1)`)
	in.exec(`insert into content (sha256, bytes, type, state, recipe, created_at) values
		('` + sum(one) + `', 18, 'image/jpeg', 'ready', 'r1', 1), ('` + sum(two) + `', 19, 'image/jpeg', 'pending', '', 1)`)
	in.exec(`insert into variant (sha256, name, type, width, height, bytes, digest) values
		('` + sum(one) + `', '128', 'image/webp', 1, 1, 34, '` + sum(tiny()) + `'), ('` + sum(one) + `', '512', 'image/webp', 1, 1, 34, '')`)
	in.exec(`insert into media (id, uuid, account_id, kind, identity_key, url, identity, version, state, seq, sha256, wanted_sha256, failure_code, job_id, created_at, updated_at) values
		(1, 'm1', 1, 'image', 'k', 'u', 'u', '', 'ready', 1, '` + sum(one) + `', null, '', 0, 1, 1),
		(2, 'm2', 1, 'file', null, 'u', 'u', '', 'failed', 1, null, null, 'source_not_found', 0, 1, 1),
		(3, 'm3', 1, 'file', null, 'u', 'u', '', 'processing', 2, null, null, '', 3, 1, 1),
		(4, 'm4', 1, 'file', null, 'u', 'u', '', 'processing', 1, null, '` + sum(two) + `', '', 4, 1, 1),
		(5, 'm5', 1, 'file', null, '', '', '', 'awaiting_upload', 1, null, null, '', 0, 1, 1)`)
	in.exec(`insert into upload (media_id, content_type, size, created_at) values (5, 'image/jpeg', 0, 1)`)
	in.exec(`insert into listing (id, uuid, gallery, account_id, kind, status, revision, settled_revision, digest, form_data, shown_revision, created_at, updated_at, synced_at)
		values (1, 'c1', 'g1', 1, 'classified', 'UPDATED', 2, 2, '', '{}', 2, 1, 1, 1), (2, 'l2', 'g2', 1, 'listing', 'draft', 1, 0, '', '{}', 0, 1, 1, 1)`)
	in.exec(`insert into placement (listing_id, position, media_id, type, url, version, category, tags, title) values
		(1, 0, 1, 'PICTURE', 'u', '', '', '[]', ''), (2, 0, 3, '', '', '', '', '[]', '')`)
	in.exec(`insert into shown (listing_id, position, media_id, sha256, type, category, tags, title, url) values (1, 0, 1, '` + sum(one) + `', 'PICTURE', '', '[]', '', '')`)
	in.exec(`insert into job (id, account_id, type, status, media_id, created_at, ended_at) values
		(2, 1, 'media_import', 'failed', 2, 1, 1), (3, 1, 'media_import', 'pending', 3, 1, 0), (4, 1, 'media_import', 'processing', 4, 1, 0)`)
	in.exec(`insert into event (account_id, seq, type, at, data) values
		(1, 1, 'media.ready', 1, '{"accountId":1,"mediaId":1}'),
		(1, 2, 'listing.settled', 1, '{"accountId":1,"classifiedId":"c1","revision":1}'),
		(1, 3, 'listing.published', 1, '{"accountId":1,"classifiedId":"c1","revision":1}'),
		(1, 4, 'media.failed', 1, '{"accountId":1,"mediaId":2}'),
		(1, 5, 'listing.settled', 1, '{"accountId":1,"classifiedId":"c1","revision":2}'),
		(1, 6, 'listing.deleted', 1, '{"accountId":1,"listingId":9,"revision":4}')`)
	in.task("fetch", `{"mediaId":3,"seq":2,"priority":1}`)
	in.task("optimise", `{"sha256":"`+sum(two)+`"}`)
	for key, content := range map[string][]byte{
		original(one): one, original(two): two, variant(one, "128.webp"): tiny(), variant(one, "512.webp"): tiny(),
		// Of a worker that died, and of a sender who has not confirmed it.
		variant(two, "128.webp"): tiny(), "upload/m5": two,
	} {
		in.put(key, content)
	}
}

func (in *installation) exec(statement string) {
	in.Helper()
	if _, err := in.db.ExecContext(in.Context(), statement); err != nil {
		in.Fatalf("%s: %v", statement, err)
	}
}

// task adds a task to the queue of the engine.
func (in *installation) task(kind, args string) {
	in.Helper()
	if in.postgres {
		in.exec(`insert into river_job (kind, args, max_attempts, queue) values ('` + kind + `', '{"args":` + args + `}', 10, 'fetch')`)
		return
	}
	in.exec(`insert into queue_task (kind, task_key, lane, priority, args, run_at, attempt, worker, lease_until, last_error)
		values ('` + kind + `', '', 'fetch', 1, '` + args + `', 0, 0, '', 0, '')`)
}

// noTasks empties the queue.
func (in *installation) noTasks() {
	in.Helper()
	if in.postgres {
		in.exec(`update river_job set state = 'completed', finalized_at = created_at`)
		return
	}
	in.exec(`delete from queue_task`)
}

func (in *installation) put(key string, content []byte) {
	in.Helper()
	in.inBucket(func(b blob.Bucket) error {
		return b.Put(in.Context(), key, bytes.NewReader(content), int64(len(content)))
	})
}

func (in *installation) remove(key string) {
	in.Helper()
	in.inBucket(func(b blob.Bucket) error { return b.Delete(in.Context(), key) })
}

func (in *installation) inBucket(do func(blob.Bucket) error) {
	in.Helper()
	b, err := blob.Open(in.Context(), in.bucket, in.environ...)
	if err != nil {
		in.Fatal(err)
	}
	if err := errors.Join(do(b), b.Close()); err != nil {
		in.Fatal(err)
	}
}

// movie is an MP4 as far as its boxes go.
func movie(boxes ...string) []byte {
	var b strings.Builder
	for _, box := range boxes {
		b.WriteString("\x00\x00\x00\x10" + box + "12345678")
	}
	return []byte(b.String())
}
