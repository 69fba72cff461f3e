package main

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The share is counted as the test of package gallery's rule has it.
func TestFairShare(t *testing.T) {
	t.Parallel()
	for _, fair := range []bool{false, true} {
		b := newBacklog(fair, 2)
		var feed []media
		for i := range 30 {
			feed = append(feed, b.admit(0, 1+i%2))
		}
		for i, got := range feed {
			want := media{0, 1 + i%2, false}
			if fair && i >= 20 {
				want = media{0, 3 + i%2, true}
			}
			if got != want {
				t.Errorf("fair %v: media %d is %+v, want %+v", fair, i, got, want)
			}
		}
		if got, want := b.admit(1, 2), (media{1, 2, false}); got != want {
			t.Errorf("fair %v: the other account's is %+v, want %+v", fair, got, want)
		}

		// What yields doesn't count: neither while it waits nor when it is done.
		b.leave(feed[29])
		if m := b.admit(0, 1); m.yields != fair {
			t.Errorf("fair %v: with the share used up, the next one yields: %v", fair, m.yields)
		}
		b.leave(feed[0])
		if m := b.admit(0, 1); m.yields {
			t.Errorf("fair %v: with %d before it, an edit yields", fair, b.unyielding[0]-1)
		}
		if b.deepest != 30 {
			t.Errorf("fair %v: the backlog was %d at most, want 30", fair, b.deepest)
		}
	}
}

// Behind 1,000 photos of another account, and beside bulk of its own, an edit
// takes about as long as alone; without the rule it waits for all of them.
func TestEditBehindFeed(t *testing.T) {
	t.Parallel()
	measured, err := readMeasured()
	if err != nil {
		t.Fatal(err)
	}
	a := defaultAssumed()
	a.VideoShare = 0
	feed := make([]put, 50)
	for i := range feed {
		feed[i] = put{class: moveIn, account: 0, photos: 20, seed: uint64(i)}
	}
	edits := []put{{at: 60, class: editSmall, account: 1, photos: 5, seed: 99}, {at: 60, class: editLarge, account: 0, photos: 5, seed: 98}}
	took := func(fair bool, puts []put) (took [2]float64) {
		p := newPortal(measured, a, Setup{Nodes: 1, Cores: 1, VideoCores: 1, Fair: fair}, 2)
		p.play(puts)
		if diff := cmp.Diff([2][]int{{0, 0}, {0, 0}}, [2][]int{p.backlog.open, p.backlog.unyielding}); diff != "" {
			t.Errorf("fair %v: of the accounts' media some are left (-want +got)\n%s", fair, diff)
		}
		h := p.outcome.Hours[0]
		return [2]float64{h[editSmall].longest, h[editLarge].longest}
	}
	alone := took(true, edits)
	behind := slices.Concat(feed, edits)
	with, without := took(true, behind), took(false, behind)
	for i, whose := range []string{"the other account's edit", "the feed's own account's"} {
		if with[i] > alone[i]+10 {
			t.Errorf("%s took %.1f s, and alone %.1f s", whose, with[i], alone[i])
		}
		if without[i] < 120 {
			t.Errorf("%s took %.1f s without the rule", whose, without[i])
		}
	}
}
