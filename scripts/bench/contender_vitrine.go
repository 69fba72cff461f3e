package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// jobLook is the pause between two looks at a job: its end is noticed half of
// that too late, and each look costs the server something that counts.
const jobLook = 20 * time.Millisecond

// vitrineName is vitrine's among the contenders.
const vitrineName = "vitrine, whole server"

// publisher sends listings to a vitrined and waits until they are published.
type publisher struct {
	server *running
	origin *origin
	client *client.Client
	photos int
	sent   int
	last   int64 // the listing that was sent last
}

// startVitrine gives what starts a whole server, with its database, its bucket
// and its child processes, and an origin that isn't part of it. The server's
// data goes to a folder of that name.
func startVitrine(name string, settings ...string) starter {
	return func(ctx context.Context, l *lab) (*contender, error) { return l.startPublisher(ctx, name, settings) }
}

func (l *lab) startPublisher(ctx context.Context, name string, settings []string) (_ *contender, err error) {
	data, err := l.folder(name)
	if err != nil {
		return nil, err
	}
	p := &publisher{photos: len(l.photos)}
	if p.origin, err = l.startOrigin(nil); err != nil {
		return nil, err
	}
	if p.server, err = l.startVitrined(ctx, data, settings...); err != nil {
		return nil, errors.Join(err, p.origin.Close())
	}
	c := &contender{
		name: vitrineName, ours: true, pid: p.server.command.Process.Pid, optimise: p.publish, collect: p.collect,
		stop: func() error { return errors.Join(p.server.stop(), p.origin.Close()) },
	}
	if p.client, err = p.server.client(ctx, "bench"); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

// publish sends a listing of all photos, in bytes that nobody has seen, and
// returns once it is published.
func (p *publisher) publish(ctx context.Context, _ string) error {
	p.sent++
	put, err := p.client.PutListing(ctx, newListing(fmt.Sprint("house-", p.sent), p.origin.take(p.photos)))
	if err != nil {
		return err
	}
	p.last = put.ID
	for {
		job, err := p.client.Job(ctx, put.JobID)
		if err != nil {
			return err
		}
		if job.Ended() {
			if job.Status != vitrine.JobCompleted {
				return fmt.Errorf("publish: %s", job.Error)
			}
			return nil
		}
		time.Sleep(jobLook)
	}
}

// collect downloads the variants of the last listing.
func (p *publisher) collect(ctx context.Context, to string) error {
	listing, err := p.client.Listing(ctx, p.last)
	if err != nil {
		return err
	}
	if len(listing.Files) != p.photos {
		return fmt.Errorf("the listing has %d photos of %d", len(listing.Files), p.photos)
	}
	for i, file := range listing.Files {
		media, err := p.client.Media(ctx, file.ID)
		if err != nil {
			return err
		}
		for _, v := range media.Variants {
			side, err := strconv.Atoi(v.VariantSize)
			if err != nil {
				return err
			}
			if err := download(ctx, v.URL, filepath.Join(to, variantName(i, side))); err != nil {
				return err
			}
		}
	}
	return nil
}
