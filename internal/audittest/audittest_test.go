package audittest_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/audittest"
)

// plants are faults, and how each is told: the kinds, in the order of the checks,
// and what the first says.
var plants = map[string]struct {
	do    func(in *installation)
	kinds []audittest.Kind
	about string
}{
	"nothing": {func(*installation) {}, nil, ""},

	"an original is missing": {func(in *installation) { in.remove(original(one)) }, kinds(audittest.NoOriginal), sum(one)},
	"one to be optimised is missing": {func(in *installation) { in.remove(original(two)) },
		kinds(audittest.NoOriginal), sum(two)},
	"a variant is missing": {func(in *installation) { in.remove(variant(one, "512.webp")) }, kinds(audittest.NoVariant), "512.webp"},
	"the row of a variant is missing": {func(in *installation) {
		in.exec(`insert into content (sha256, bytes, type, state, recipe, created_at, unused_at) values ('` + sum(nil) + `', 0, 'image/png', 'ready', 'r1', 1, 1)`)
		in.exec(`insert into variant (sha256, name, type, width, height, bytes) values ('` + sum(nil) + `', '128', 'image/webp', 1, 1, 34)`)
		in.put(variant(nil, "128.webp"), tiny())
	}, kinds(audittest.NoVariant), "512"},
	"a ready content has no variants": {func(in *installation) {
		in.exec(`update content set state = 'ready', recipe = 'r2' where sha256 = '` + sum(two) + `'`)
	}, kinds(audittest.NoVariant), sum(two)},
	"an original has other bytes":    {func(in *installation) { in.put(original(one), []byte("the worst original")) }, kinds(audittest.WrongDigest), original(one)},
	"an original has too many bytes": {func(in *installation) { in.put(original(one), append(one[:18:18], '!')) }, kinds(audittest.WrongSize, audittest.WrongDigest), "19 bytes, 18"},
	"a variant has other bytes": {func(in *installation) {
		in.exec(`update variant set digest = '` + sum(one) + `' where name = '128'`)
	}, kinds(audittest.WrongDigest), "128.webp has " + sum(tiny())},
	"bytes that are being erased": {func(in *installation) {
		in.put(original(nil), nil)
		in.put("upload/m9", one)
		in.exec(`insert into erasure (id, uuid, account_id, receipt, created_at) values (1, 'e', 1, '{}', 1)`)
		in.exec(`insert into erasing (name, erasure_id) values ('` + sum(nil) + `', 1), ('upload/m9', 1)`)
	}, nil, ""},
	"a variant has other pixels": {func(in *installation) { in.exec(`update variant set width = 2 where name = '512'`) },
		kinds(audittest.WrongPicture), "1 x 1, 2 x 1"},
	"a variant is no picture": {func(in *installation) { in.put(variant(one, "512.webp"), make([]byte, 34)) }, kinds(audittest.WrongPicture), "512.webp"},
	"a variant is cut":        {func(in *installation) { in.put(variant(one, "512.webp"), tiny()[:20]) }, kinds(audittest.WrongSize, audittest.WrongPicture), "20 bytes"},
	"a film that is whole":    {func(in *installation) { in.film(movie("ftyp", "moov", "mdat")) }, nil, ""},
	"a film without frames":   {func(in *installation) { in.film(movie("ftyp", "moov", "free")) }, kinds(audittest.WrongPicture), "mdat"},
	"a film that is cut":      {func(in *installation) { in.film(movie("ftyp", "moov", "mdat", "free")[:60]) }, kinds(audittest.WrongPicture), "within a box"},

	"an original of nothing": {func(in *installation) { in.put(original([]byte("x")), []byte("x")) }, kinds(audittest.UnknownBlob), original([]byte("x"))},
	"a variant of nothing":   {func(in *installation) { in.put(variant(one, "1024.webp"), tiny()) }, kinds(audittest.UnknownBlob), "1024.webp"},
	"a variant by another recipe": {func(in *installation) {
		in.put(strings.Replace(variant(one, "128.webp"), "/r1/", "/r0/", 1), tiny())
	},
		kinds(audittest.UnknownBlob), "/r0/"},
	"an upload of nobody": {func(in *installation) { in.put("upload/m9", one) }, kinds(audittest.UnknownBlob), "upload/m9"},
	"an upload to be discarded": {func(in *installation) {
		in.put("upload/m9", one)
		in.task("discard", `{"key":"upload/m9"}`)
	}, nil, ""},
	"something else": {func(in *installation) { in.put("README", one) }, kinds(audittest.UnknownBlob), "README, 18 bytes"},
	"bytes of a content that goes": {func(in *installation) {
		in.noTasks()
		in.exec(`update media set state = 'failed', wanted_sha256 = null, failure_code = 'unreadable' where id = 4`)
		in.exec(`update job set ended_at = 1`)
		in.exec(`update media set state = 'failed', failure_code = 'unreadable' where id = 3`)
		in.exec(`update listing set settled_revision = 1 where id = 2`)
		in.exec(`insert into event (account_id, seq, type, at, data) values (1, 7, 'media.failed', 1, '{"mediaId":4}'),
			(1, 8, 'media.failed', 1, '{"mediaId":3}'), (1, 9, 'listing.settled', 1, '{"listingId":2,"revision":1}')`)
		in.exec(`update account set event_seq = 9`)
		in.exec(`update content set unused_at = 5 where sha256 = '` + sum(two) + `'`)
		in.remove(original(two))
	}, nil, ""},
	"a content that nobody marked": {func(in *installation) {
		in.exec(`insert into content (sha256, bytes, type, state, created_at) values ('` + sum(nil) + `', 0, 'image/png', 'pending', 1)`)
	}, kinds(audittest.Leaked), sum(nil)},

	"the tasks are lost": {func(in *installation) { in.noTasks() }, kinds(audittest.UnknownBlob, audittest.NoTask, audittest.NoTask), "variant/"},
	"a task of an older wish": {func(in *installation) { in.exec(`update media set seq = 3 where id = 3`) },
		kinds(audittest.NoTask), "media 3 is processing, wish 3"},
	"a task of nothing": {func(in *installation) { in.task("fetch", `{"mediaId":9,"seq":1}`) }, kinds(audittest.NoMedia), "media 9"},
	"a media that stands nowhere": {func(in *installation) {
		in.exec(`update media set identity_key = 'k2' where id = 2`)
	}, kinds(audittest.Unplaced), "media 2"},
	"a listing that did not settle": {func(in *installation) { in.exec(`update listing set revision = 3 where id = 1`) },
		kinds(audittest.NotSettled), "revision 3, and 2"},
	"a list and its revision": {func(in *installation) { in.revision(1, 2, `{"do":"keep","media":1}, {"do":"remove","media":4}`) }, nil, ""},
	"a revision with the list before": {func(in *installation) {
		in.revision(1, 1, `{"do":"keep","media":1}`)
		in.exec(`insert into listing_revision (listing_id, revision, at, changed_by, status, bytes, steps) values (1, 2, 1, 'dashboard', '', 0, '')`)
	}, nil, ""},
	"another list than its revision": {func(in *installation) { in.revision(1, 2, `{"do":"add","media":2}, {"do":"keep","media":1}`) },
		kinds(audittest.WrongRevision), "the list [1], and its newest revision [2 1]"},
	"a change that was not kept": {func(in *installation) { in.revision(1, 1, `{"do":"keep","media":1}`) },
		kinds(audittest.WrongRevision), "revision 2, and the newest that is kept is 1"},
	"what a deleted one was": {func(in *installation) {
		in.revision(1, 2, `{"do":"keep","media":1}`)
		in.exec(`update listing set status = 'DELETED' where id = 1`)
	}, kinds(audittest.WrongRevision, audittest.MissingEvent), "listing 1 is deleted"},
	"a gallery of what isn't ready": {func(in *installation) { in.exec(`update shown set sha256 = '` + sum(two) + `'`) },
		kinds(audittest.NotShowable), sum(two)},
	"a media of what isn't ready": {func(in *installation) { in.exec(`update media set sha256 = null where id = 1`) },
		kinds(audittest.NotShowable), "media 1"},
	"a job that nobody ends": {func(in *installation) { in.exec(`update job set ended_at = 0 where id = 2`) }, kinds(audittest.OpenJob), "job 2"},

	"an event is missing": {func(in *installation) { in.exec(`delete from event where seq = 3`) }, kinds(audittest.MissingEvent), "4 follows 2"},
	"the newest event is missing": {func(in *installation) { in.exec(`delete from event where seq = 6`) },
		kinds(audittest.MissingEvent), "newest is 5, and 6"},
	"old events were forgotten": {func(in *installation) { in.exec(`delete from event where seq < 6`) }, nil, ""},
	"a revision comes late": {func(in *installation) {
		in.exec(`update event set data = '{"accountId":1,"classifiedId":"c1","revision":3}' where seq = 3`)
	}, kinds(audittest.DisorderedEvent), "tells of revision 2 after 3"},
	"a revision settles twice": {func(in *installation) {
		in.exec(`update event set type = 'listing.settled' where seq = 3`)
	}, kinds(audittest.DisorderedEvent), "at 1 after 1"},
	"a settled revision was not told": {func(in *installation) { in.exec(`update event set type = 'webhook.test' where seq = 5`) },
		kinds(audittest.MissingEvent), "revision 2, and the last that was told is 1"},
	"a deletion was not told": {func(in *installation) { in.exec(`update event set type = 'listing.published' where seq = 6`) },
		kinds(audittest.MissingEvent), "listing 9 is gone"},
	"a failure was not told": {func(in *installation) { in.exec(`update event set type = 'media.ready' where seq = 4`) },
		kinds(audittest.MissingEvent), "media 2 is failed"},
}

func kinds(all ...audittest.Kind) []audittest.Kind { return all }

// film gives the first original a video.
func (in *installation) film(content []byte) {
	in.exec(`insert into variant (sha256, name, type, width, height, bytes) values ('` + sum(one) + `', '720', 'video/mp4', 1280, 720, ` + strconv.Itoa(len(content)) + `)`)
	in.put(variant(one, "720.mp4"), content)
}

// revision keeps a revision of a listing.
func (in *installation) revision(listing, number int, steps string) {
	in.exec(`insert into listing_revision (listing_id, revision, at, changed_by, status, bytes, steps)
		values (` + strconv.Itoa(listing) + `, ` + strconv.Itoa(number) + `, 1, 'listings_api', '', 1, '[` + steps + `]')`)
}

// onBoth are the plants that are made on PostgreSQL and S3 too: those that differ
// by where tasks and blobs are.
var onBoth = []string{
	"nothing", "another list than its revision", "an original is missing", "an original has other bytes", "a variant is cut", "an original of nothing",
	"an upload to be discarded", "the tasks are lost", "a task of an older wish", "an event is missing",
}

// Each fault is told as what it is, and nothing else is told.
func TestAudit(t *testing.T) {
	t.Parallel()
	for name, plant := range plants {
		for setUp, build := range map[string]func(*testing.T) *installation{"folder": onFolder, "postgres and s3": onPostgres} {
			if setUp != "folder" && !slices.Contains(onBoth, name) {
				continue
			}
			t.Run(setUp+"/"+name, func(t *testing.T) {
				t.Parallel()
				in := build(t)
				plant.do(in)
				found, err := audittest.Audit(t.Context(), in.database, in.bucket, in.environ...)
				if err != nil {
					t.Fatal(err)
				}
				var got []audittest.Kind
				for _, f := range found {
					got = append(got, f.Kind)
				}
				if diff := cmp.Diff(plant.kinds, got); diff != "" {
					t.Errorf("found (-want +got)\n%s%v", diff, found)
				} else if len(found) > 0 && !strings.Contains(found[0].String(), plant.about) {
					t.Errorf("found %s, want it to tell of %q", found[0], plant.about)
				}
			})
		}
	}
}

// In a database that was begun with it, each list has a revision.
func TestUnrevised(t *testing.T) {
	t.Parallel()
	in := onFolder(t)
	in.revision(2, 1, `{"do":"add","media":3}`)
	found, err := audittest.Unrevised(t.Context(), in.database)
	if want := []audittest.Finding{{Kind: audittest.WrongRevision, About: "of listing 1 no revision is kept"}}; err != nil || !slices.Equal(found, want) {
		t.Errorf("found %v, %v, want %v", found, err, want)
	}
	in.exec(`update listing set status = 'DELETED' where id = 1`)
	if found, err := audittest.Unrevised(t.Context(), in.database); err != nil || len(found) > 0 {
		t.Errorf("of one that is deleted %v is found, %v", found, err)
	}
}

// SQLite doesn't hold references by itself when it is not asked to.
func TestAuditReferences(t *testing.T) {
	t.Parallel()
	in := onFolder(t)
	in.exec(`pragma foreign_keys = off`)
	in.exec(`insert into placement (listing_id, position, media_id, type, url, version, category, tags, title) values (1, 1, 77, 'PICTURE', 'u', '', '', '[]', '')`)
	found, err := audittest.Audit(t.Context(), in.database, in.bucket)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(found, func(f audittest.Finding) bool {
		return f.Kind == audittest.Damaged && strings.Contains(f.About, "no media")
	}) {
		t.Errorf("found %v", found)
	}
}

func TestRest(t *testing.T) {
	t.Parallel()
	for setUp, build := range map[string]func(*testing.T) *installation{"folder": onFolder, "postgres and s3": onPostgres} {
		t.Run(setUp, func(t *testing.T) {
			t.Parallel()
			in := build(t)
			in.task("scrub", `{}`)
			in.exec(`insert into content (sha256, bytes, type, state, created_at, unused_at) values ('` + sum(nil) + `', 0, 'image/png', 'pending', 1, 1)`)
			left, err := audittest.Rest(t.Context(), in.database)
			if diff := cmp.Diff(audittest.Left{Media: 2, Tasks: 2, Unused: 1}, left); diff != "" || err != nil {
				t.Errorf("left (-want +got) %v\n%s", err, diff)
			}
			shown, err := audittest.Galleries(t.Context(), in.database)
			if diff := cmp.Diff(map[string][]string{"g1": {sum(one)}}, shown); diff != "" || err != nil {
				t.Errorf("shown (-want +got) %v\n%s", err, diff)
			}
		})
	}
}

func TestAuditOfNothing(t *testing.T) {
	t.Parallel()
	in := onFolder(t)
	for what, urls := range map[string][2]string{
		"no such bucket":   {in.database, "ftp://x"},
		"no such folder":   {in.database, "file:///nonexistent"},
		"no such database": {"sqlite:///nonexistent/x.db", in.bucket},
		"no such store":    {in.database, "s3://bucket"},
	} {
		if found, err := audittest.Audit(t.Context(), urls[0], urls[1]); err == nil || len(found) > 0 {
			t.Errorf("%s: %v, %v", what, found, err)
		}
	}
}
