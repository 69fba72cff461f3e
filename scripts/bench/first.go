package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/vitrine-media/vitrine/client"
)

const (
	firstEmpty   = 20   // listings of a round that find nothing queued
	firstBacklog = 8    // those that find a backlog
	firstQueued  = 5000 // photos of the backlog, at least
	firstBatch   = 25   // listings of one bulk request
)

// firstTimes are how long listings took from their PUT, seconds.
type firstTimes struct {
	photos    figures // to the third ready photo
	published figures
}

// measureFirst measures how soon the first photos of a listing can be shown,
// alone and behind another account's backlog.
func measureFirst(ctx context.Context, l *lab) (found *finding, err error) {
	o, err := l.startOrigin(nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	data, err := l.folder("first")
	if err != nil {
		return nil, err
	}
	server, err := l.startVitrined(ctx, data)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.kill(), os.RemoveAll(data)) }()
	agent, err := newAgent(ctx, server, o, listingPhotos)
	if err != nil {
		return nil, err
	}
	bulk, err := server.client(ctx, "bulk")
	if err != nil {
		return nil, err
	}
	empty, err := agent.measure(ctx, l, "empty queue", firstEmpty*l.rounds, func(context.Context) error { return nil })
	if err != nil {
		return nil, err
	}
	backlog := backlog{client: bulk, origin: o, metrics: server.base + "/metrics"}
	behind, err := agent.measure(ctx, l, "5,000 queued", firstBacklog*l.rounds, backlog.fill)
	if err != nil {
		return nil, err
	}
	return firstFinding(o, empty, behind), nil
}

// measure publishes so many listings, after one that isn't counted. Before each of
// them, prepare is called.
func (a *agent) measure(ctx context.Context, l *lab, name string, listings int, prepare func(context.Context) error) (times firstTimes, err error) {
	for i := range listings + 1 {
		if i%10 == 0 {
			l.progress("%s: listing %d of %d", name, i, listings)
		}
		if err := prepare(ctx); err != nil {
			return times, err
		}
		photos, published, err := a.publish(ctx)
		if err != nil {
			return times, err
		}
		if i > 0 {
			times.photos = append(times.photos, photos.Seconds())
			times.published = append(times.published, published.Seconds())
		}
	}
	return times, nil
}

// backlog is what another account has sent.
type backlog struct {
	client  *client.Client
	origin  *origin
	metrics string // URL
	sent    int    // listings
}

// fill has there be enough photos that wait.
func (b *backlog) fill(ctx context.Context) error {
	for {
		queued, err := b.queued(ctx)
		if err != nil || queued >= firstQueued {
			return err
		}
		ops := make([]client.ListingOp, firstBatch)
		for i := range ops {
			b.sent++
			ops[i] = client.ListingOp{Op: client.OpUpsert, Listing: newListing(fmt.Sprintf("bulk-%d", b.sent), b.origin.take(listingPhotos))}
		}
		done, err := b.client.BulkListings(ctx, ops)
		if err != nil {
			return err
		}
		for _, result := range done.Results {
			if !result.Success {
				return fmt.Errorf("send the backlog: %s", result.Error)
			}
		}
	}
}

// queued counts the photos that wait for their download or are on their way.
func (b *backlog) queued(ctx context.Context) (int, error) {
	response, err := get(ctx, b.metrics)
	if err != nil {
		return 0, err
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return 0, err
	}
	return sumOfTasks(string(text), "fetch", "bulk", "optimise")
}

// sumOfTasks adds up the tasks of some lanes, as /metrics tells them.
func sumOfTasks(metrics string, lanes ...string) (sum int, err error) {
	for _, lane := range lanes {
		_, rest, found := strings.Cut(metrics, fmt.Sprintf("\nvitrine_queue_tasks{lane=%q} ", lane))
		var tasks float64 // large numbers have an exponent
		if _, err := fmt.Sscan(rest, &tasks); !found || err != nil {
			return 0, fmt.Errorf("/metrics doesn't tell the tasks of the lane %s", lane)
		}
		sum += int(tasks)
	}
	return sum, nil
}

func firstFinding(o *origin, empty, behind firstTimes) *finding {
	f := &finding{
		how: fmt.Sprintf(`Seconds from a PUT of %d photos by URL to three of them being ready, and to the listing being published, as the account's
feed tells it; the whole server with its defaults, SQLite and a folder. The listings are sent one after the other: %d that find the queue
empty, and %d while at least %d photos of another account are on their way, which came in bulk. All photos are those of the corpus,
%.0f KB on average, each with bytes of its own, and come from this machine: so what waits is downloaded as fast as it can be stored, which
real origins don't allow.`, listingPhotos, len(empty.photos), len(behind.photos), firstQueued, o.meanBytes()/1000),
	}
	t := table{head: []string{"seconds", "p50", "p95", "p99"}}
	c := chart{name: "first", title: "From PUT to what can be shown", unit: "seconds; lines from the fastest listing to the slowest"}
	queued := fmt.Sprintf("%d photos queued", firstQueued)
	for _, row := range []bar{
		{name: "three photos, empty queue", figures: empty.photos, ours: true},
		{name: "three photos, " + queued, figures: behind.photos, ours: true},
		{name: "published, empty queue", figures: empty.published, ours: true},
		{name: "published, " + queued, figures: behind.published, ours: true},
	} {
		t.rows = append(t.rows, []string{row.name, fmt.Sprintf("%.2f", row.quantile(0.5)), fmt.Sprintf("%.2f", row.quantile(0.95)), fmt.Sprintf("%.2f", row.quantile(0.99))})
		c.bars = append(c.bars, row)
	}
	f.tables, f.charts = []table{t}, []chart{c}
	f.after = fmt.Sprintf("No goal was set in seconds. Behind the backlog the first photos take %.1f times as long (p50).", behind.photos.median()/empty.photos.median())
	return f
}

// meanBytes is how large a photo is.
func (o *origin) meanBytes() float64 {
	sum := 0
	for _, photo := range o.photos {
		sum += len(photo)
	}
	return float64(sum) / float64(len(o.photos))
}
