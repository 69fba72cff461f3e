package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

// The nodes of TestKilledNodes that do the work. What a killed node was at runs
// again elsewhere: no more than that.
const (
	killedFetch    = 4 // in each of two lanes
	killedOptimise = 2
	killedOpened   = killedOptimise + 1 // with the one that waits for a child
)

// TestKilledNodes has three nodes take in 300 photos while they are killed in
// turn at any moment. What a dead node was doing is done again, and nothing
// else is; in the end every revision has settled once, and the bucket holds what
// the rows say. Most of its time goes by until the last one is known to be dead.
func TestKilledNodes(t *testing.T) {
	t.Parallel()
	const listings, pictures = 30, 10
	cluster, host, r := newCluster(t), newHost(t), newReceiver(t, nil)
	quick := []string{"--rate-limit", "100000", "--deliver-timeout", "2s"}
	work := append([]string{"--roles", "fetch,optimise", "--fetch-workers", fmt.Sprint(killedFetch), "--optimise-workers", fmt.Sprint(killedOptimise)}, quick...)
	nodes := []*node{
		cluster.node(t, append([]string{"--roles", "api,deliver,video"}, quick...)...),
		cluster.node(t, work...),
		cluster.node(t, work...),
	}
	workers := nodes[1:]
	c := client.New(nodes[0].base, nodes[0].key(t))
	if _, err := c.AddWebhook(t.Context(), r.URL, nil); err != nil {
		t.Fatal(err)
	}
	var lists [][]string
	for urls := range slices.Chunk(host.urls(listings*pictures), pictures) {
		lists = append(lists, urls)
	}

	ctx, stop := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	defer writing.Wait()
	defer stop()
	writing.Go(func() { putLists(ctx, c, lists) })
	killAll(t, cluster, []*node{nodes[0], workers[0], workers[0], workers[1], workers[1], workers[1]})
	wait(t, "all lists to be accepted", func() bool { return cluster.count(t, `select count(*) from listing`) == listings })
	stop()
	writing.Wait()

	waitSettled(t, c, cluster.db)
	checkFeed(t, c, r)
	checkOptimised(t, cluster, workers)
	checkDownloaded(t, host, workers)
	for i := range lists {
		put, err := c.PutListing(t.Context(), listing(fmt.Sprint("house-", i), lists[i]...))
		if err != nil {
			t.Fatal(err)
		}
		if job, err := c.WaitJob(t.Context(), put.JobID, nil); err != nil || job.Status != vitrine.JobCompleted {
			t.Errorf("house-%d: the job ended as %+v, %v", i, job, err)
		}
		checkGallery(t, put.GalleryURL, host.URL, pictures)
	}
	checkBucket(t, cluster)
}

// putLists writes the listings, then changes the order of the first of them over
// and over, until ctx is done. A node that is down is asked again.
func putLists(ctx context.Context, c *client.Client, lists [][]string) {
	put := func(i, first int) {
		in := listing(fmt.Sprint("house-", i), slices.Concat(lists[i][first:], lists[i][:first])...)
		for ctx.Err() == nil {
			if _, err := c.PutListing(ctx, in); err == nil {
				return
			}
			pause(ctx)
		}
	}
	for i := range lists {
		put(i, 0)
	}
	for n := 1; ctx.Err() == nil; n++ {
		put(n%5, n%len(lists[0]))
		pause(ctx)
	}
}

// killAll kills these nodes in random order as the photos come to be optimised.
// Each is started again at once, or only after some more photos.
func killAll(t *testing.T, cluster *cluster, nodes []*node) {
	t.Helper()
	random := rand.New(rand.NewPCG(6, 300))
	random.Shuffle(len(nodes), func(i, j int) { nodes[i], nodes[j] = nodes[j], nodes[i] })
	optimised := 0
	more := func(n int) {
		optimised += n
		wait(t, "photos to be optimised", func() bool {
			return cluster.count(t, `select count(*) from content where state = 'ready'`) >= optimised
		})
	}
	for _, n := range nodes {
		more(5 + random.IntN(20))
		n.kill()
		if random.IntN(2) == 0 {
			more(5)
		}
		n.again(t)
	}
}

// checkFeed wants one event for each revision that settled, and each to have
// been told.
func checkFeed(t *testing.T, c *client.Client, r *receiver) {
	t.Helper()
	settled := map[string]int{}
	events := feed(t, c)
	for _, e := range events {
		if e.Type == vitrine.EventListingSettled {
			settled[fmt.Sprint(e.Data.ExternalID, " revision ", e.Data.Revision)]++
		}
	}
	for what, n := range settled {
		if n != 1 {
			t.Errorf("%s settled %d times", what, n)
		}
	}
	wait(t, "every event to be told", func() bool {
		told := map[string]bool{}
		for _, m := range r.messages("") {
			told[m.ID] = true
		}
		return len(told) == len(events)
	})
}

// checkDownloaded wants every photo to have been asked for once, and again only
// where the node that did so was killed.
func checkDownloaded(t *testing.T, host *host, workers []*node) {
	t.Helper()
	most, again := 0, 0
	for _, n := range workers {
		most += len(n.killed) * 2 * killedFetch
	}
	for _, n := range host.gets() {
		again += n - 1
	}
	if again > most {
		t.Errorf("%d downloads too many, want no more than the %d of dead nodes", again, most)
	}
}

// checkOptimised wants every photo to have been optimised once, and again only
// where the node that did it was killed.
func checkOptimised(t *testing.T, cluster *cluster, workers []*node) {
	t.Helper()
	ended, lived := map[string]int{}, map[string]int{}
	kills := 0
	for _, n := range workers {
		kills += len(n.killed)
		for _, s := range append(slices.Clone(n.killed), n.server) {
			for content, times := range s.ended() {
				ended[content] += times
				if s == n.server {
					lived[content] += times
				}
			}
		}
	}
	contents := cluster.count(t, `select count(*) from content where state = 'ready'`)
	if photos := cluster.count(t, `select count(*) from media where state = 'ready'`); photos != contents || len(ended) != contents {
		t.Errorf("%d photos have %d contents, of which %d were optimised", photos, contents, len(ended))
	}
	again := 0
	for content, times := range ended {
		again += times - 1
		if lived[content] > 1 {
			t.Errorf("content %s was optimised %d times by nodes that live", content, lived[content])
		}
	}
	if most := kills * killedOpened; again > most {
		t.Errorf("%d photos were optimised again, want no more than the %d of dead nodes", again, most)
	}
	// Of a task that ran on a dead node the next run is a second attempt.
	taken := cluster.count(t, `select count(*) from attempt where stage = 'optimise' and number > 1`)
	if most := kills * killedOpened; taken == 0 || taken > most {
		t.Errorf("%d photos were taken over from dead nodes, want some and at most %d", taken, most)
	}
	if n := cluster.count(t, `select count(*) from attempt where stage = 'optimise'`); n != contents {
		t.Errorf("%d attempts ended the optimising of %d photos", n, contents)
	}
}

// checkBucket compares the keys in the bucket with those that the rows speak of.
func checkBucket(t *testing.T, cluster *cluster) {
	t.Helper()
	var want, got []string
	err := cluster.db.View(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(t.Context(), `select sha256 from content`)
		if err != nil {
			return err
		}
		var digests []string
		for rows.Next() {
			var sha256 string
			if err := rows.Scan(&sha256); err != nil {
				return err
			}
			digests = append(digests, sha256)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		for _, sha256 := range digests {
			content, err := tx.Content(t.Context(), sha256)
			if err != nil {
				return err
			}
			want = append(want, gallery.OriginalKey(sha256))
			for _, variant := range content.Variants {
				want = append(want, gallery.VariantKey(sha256, content.Recipe, variant))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	bucket, err := blob.Open(t.Context(), cluster.bucket, cluster.environ...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = bucket.Close() }()
	for info, err := range bucket.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, info.Key)
	}
	slices.Sort(want)
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("the bucket (-rows +keys)\n%s", diff)
	}
}
