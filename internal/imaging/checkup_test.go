package imaging

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	vitrine "github.com/vitrine-media/vitrine"
)

var tune = flag.Bool("tune", false, "judge the half of the labelled pictures that the limits were chosen by, and print every mistake")

// tally counts what a check found of what it should find.
type tally struct {
	right, wrong   int // warnings
	missed, silent int // no warnings: wrongly, and rightly
}

func (n *tally) count(warned, should bool) {
	switch {
	case warned && should:
		n.right++
	case warned:
		n.wrong++
	case should:
		n.missed++
	default:
		n.silent++
	}
}

func (n *tally) precision() float64 { return float64(n.right) / float64(max(1, n.right+n.wrong)) }
func (n *tally) recall() float64    { return float64(n.right) / float64(max(1, n.right+n.missed)) }

// floors are what docs/checkup.md says of each check, and a little less: other
// versions of the decoders give other pixels.
var floors = []struct {
	code              vitrine.CheckCode
	precision, recall float64
}{
	{vitrine.CheckBlurred, 0.95, 0.95},
	{vitrine.CheckTooDark, 0.95, 0.95},
	{vitrine.CheckTooBright, 0.95, 0.85},
	{vitrine.CheckBars, 0.95, 0.92},
	{vitrine.CheckDrawing, 0.95, 0.95},
	{vitrine.CheckPhoto, 0.95, 0.75},
	{vitrine.CheckSame, 0.99, 0.9},
	{vitrine.CheckElsewhere, 0.99, 0.87},
}

// TestCheckUp judges the labelled pictures of the half that the limits were not
// chosen by. Its table is the one in docs/checkup.md; under the race detector it
// takes a third of them, of which the same floors hold.
func TestCheckUp(t *testing.T) {
	t.Parallel()
	samples := labelled(t)
	tallies := map[vitrine.CheckCode]*tally{}
	for _, floor := range floors {
		tallies[floor.code] = &tally{}
	}
	for i := range samples {
		s := &samples[i]
		for _, should := range labels(s.made) {
			found := slices.ContainsFunc(vitrine.Judge(s.width, s.height, &s.measures, should.category),
				func(w vitrine.Warning) bool { return w.Code == should.code })
			tallies[should.code].count(found, should.warn)
			if *tune && found != should.warn {
				t.Logf("%s: %v of %s, %s: %+v", should.code, found, s.scene, s.made, s.measures)
			}
		}
		for j := range samples[:i] {
			judgePair(t, s, &samples[j], tallies)
		}
	}
	var table strings.Builder
	for _, floor := range floors {
		n := tallies[floor.code]
		fmt.Fprintf(&table, "| `%s` | %d | %d | %d | %d | %.3f | %.3f |\n", floor.code,
			n.right+n.missed, n.right, n.wrong+n.silent, n.wrong, n.precision(), n.recall())
		if !*tune && (n.precision() < floor.precision || n.recall() < floor.recall) {
			t.Errorf("%s: precision %.3f and recall %.3f, want %.3f and %.3f",
				floor.code, n.precision(), n.recall(), floor.precision, floor.recall)
		}
	}
	t.Logf("%d pictures\n| check | faulty | found | good | warned of | precision | recall |\n%s", len(samples), table.String())
}

// labelled measures one half of the labelled pictures.
func labelled(t *testing.T) (samples []sample) {
	t.Helper()
	var mu sync.Mutex
	t.Run("measure", func(t *testing.T) {
		half := slices.DeleteFunc(slices.Clone(scenes), func(scene string) bool { return forTuning(scene) != *tune })
		for i, scene := range half {
			if i%everyNth != 0 {
				continue
			}
			t.Run(scene, func(t *testing.T) {
				t.Parallel()
				made := labelledOf(t, slices.Index(scenes, scene), scene)
				mu.Lock()
				defer mu.Unlock()
				samples = append(samples, made...)
			})
		}
	})
	return samples
}

// label says whether a check should warn of a picture of that category.
type label struct {
	code     vitrine.CheckCode
	category vitrine.Category
	warn     bool
}

// labels are those of a picture, by what was made of it.
func labels(made string) []label {
	begins := func(prefixes ...string) bool {
		return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(made, prefix) })
	}
	drawing := isDrawing(made)
	return []label{
		{vitrine.CheckBlurred, "", begins("blurred", "shaken", "enlarged")},
		{vitrine.CheckTooDark, "", begins("dark")},
		{vitrine.CheckTooBright, "", begins("bright")},
		{vitrine.CheckBars, "", begins("black", "white", "grey frame")},
		{vitrine.CheckDrawing, "", drawing},
		{vitrine.CheckPhoto, "FLOOR_PLAN", !drawing},
	}
}

func isDrawing(made string) bool {
	return made == madePlan || made == madeScreen || made == madeScreenPhoto
}

// judgePair counts whether two pictures are found to look the same. They should
// be when the one is a scene and the other what a feed makes of it; what is so
// faulty that it is warned of anyway may be found or not.
func judgePair(t *testing.T, a, b *sample, tallies map[vitrine.CheckCode]*tally) {
	t.Helper()
	same := a.scene == b.scene
	if same && (a.made != "" && b.made != "" || spoilt(a.made) || spoilt(b.made)) {
		return
	}
	found := vitrine.Alike(&a.likeness, &b.likeness) != nil
	tallies[vitrine.CheckSame].count(found, same)
	tallies[vitrine.CheckElsewhere].count(found && haveBand(a, b), same)
	if *tune && found != same {
		t.Logf("alike: %v of %s, %s and %s, %s", found, a.scene, a.made, b.scene, b.made)
	}
}

func spoilt(made string) bool {
	return slices.ContainsFunc([]string{"blurred", "shaken", "dark", "bright"}, func(p string) bool { return strings.HasPrefix(made, p) })
}

// haveBand reports whether the one is found by the other in an account.
func haveBand(a, b *sample) bool {
	other := b.likeness.Bands()
	for i, band := range a.likeness.Bands() {
		if band == other[i] {
			return true
		}
	}
	return false
}
