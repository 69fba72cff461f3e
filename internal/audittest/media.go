package audittest

import (
	"context"
	"maps"
	"slices"
)

// media holds every media against the tasks, and every task against the media.
func (a *audit) media(context.Context) error {
	stands := map[int64]bool{}
	for _, p := range slices.Concat(a.places, a.shown) {
		stands[p.media] = true
	}
	for _, id := range slices.Sorted(maps.Keys(a.medias)) {
		m := a.medias[id]
		switch {
		case m.state == "ready" && m.goodURL == "" && !a.isReady(m.sha256):
			a.find(NotShowable, "media %d is ready and its content %q is not", id, m.sha256)
		case (m.state == "pending" || m.state == "processing") && !a.tasks.fetches[id][m.seq] && (m.wanted == "" || !a.tasks.about[m.wanted]):
			a.find(NoTask, "media %d is %s, wish %d", id, m.state, m.seq)
		}
		if m.identityKey != "" && !stands[id] {
			a.find(Unplaced, "media %d is %s", id, m.state)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(a.tasks.fetches)) {
		if _, there := a.medias[id]; !there {
			a.find(NoMedia, "media %d", id)
		}
	}
	return nil
}

func (a *audit) isReady(sha256 string) bool {
	c := a.contents[sha256]
	return c != nil && c.state == "ready"
}

// listings holds what every listing says of itself against its list.
func (a *audit) listings(context.Context) error {
	open := map[int64]bool{}
	for _, p := range a.places {
		open[p.listing] = open[p.listing] || !a.medias[p.media].ended()
	}
	for _, l := range a.adverts {
		if !open[l.id] && l.settled != l.revision {
			a.find(NotSettled, "listing %d is %s at revision %d, and %d has settled", l.id, l.status, l.revision, l.settled)
		}
	}
	for _, s := range a.shown {
		if s.sha256 == "" && s.url == "" || s.sha256 != "" && !a.isReady(s.sha256) {
			a.find(NotShowable, "listing %d shows %q in place %d", s.listing, s.sha256, s.position)
		}
	}
	return nil
}

// jobs looks for jobs that somebody may wait for in vain.
func (a *audit) jobs(ctx context.Context) error {
	type job struct{ id, media, listing int64 }
	unended, err := collect(ctx, a.db, `select id, media_id, listing_id from job where ended_at = 0 order by id`, func(scan scan) (j job, err error) {
		return j, scan(&j.id, &j.media, &j.listing)
	})
	working := map[int64]bool{}
	for _, m := range a.medias {
		if !m.ended() {
			working[m.jobID] = true
		}
	}
	listed := map[int64]int64{}
	for _, l := range a.adverts {
		listed[l.id] = l.jobID
	}
	open := map[int64]bool{}
	for _, p := range a.places {
		open[listed[p.listing]] = open[listed[p.listing]] || !a.medias[p.media].ended()
	}
	for _, j := range unended {
		if !working[j.id] && !open[j.id] {
			a.find(OpenJob, "job %d of media %d, listing %d", j.id, j.media, j.listing)
		}
	}
	return err
}
