package vitrine_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
)

// photo is a picture with nothing to be warned of.
func photo() vitrine.Measures {
	return vitrine.Measures{Sharpness: 1, Edges: 0.5, Lights: 200, Flat: 0.4, Hard: 0.1, Plain: 0.2}
}

// drawing is a floor plan, with a margin and all.
func drawing() vitrine.Measures {
	return vitrine.Measures{
		Sharpness: 3, Edges: 0.4, Lights: 255, White: 0.9, Flat: 0.9, Hard: 0.06, Plain: 0.9,
		Bars: vitrine.Bars{Top: 0.1, Bottom: 0.1},
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	changed := func(change func(*vitrine.Measures)) *vitrine.Measures {
		m := photo()
		change(&m)
		return &m
	}
	good, plan := photo(), drawing()
	for _, row := range []struct {
		name     string
		longSide int
		measures *vitrine.Measures
		category vitrine.Category
		want     []vitrine.CheckCode
	}{
		{"a photo", 2000, &good, "KITCHEN", nil},
		{"not measured", 2000, nil, "", nil},
		{"small and not measured", 1023, nil, "", []vitrine.CheckCode{vitrine.CheckSmallSource}},
		{"as large as it should be", 1024, &good, "", nil},
		{"blurred", 2000, changed(func(m *vitrine.Measures) { m.Sharpness = 0.21 }), "", []vitrine.CheckCode{vitrine.CheckBlurred}},
		{"nothing to be sharp", 2000, changed(func(m *vitrine.Measures) { m.Sharpness, m.Edges = 0, 0.01 }), "", nil},
		{"dark", 2000, changed(func(m *vitrine.Measures) { m.Lights = 94 }), "", []vitrine.CheckCode{vitrine.CheckTooDark}},
		{"bright", 2000, changed(func(m *vitrine.Measures) { m.White = 0.3 }), "", []vitrine.CheckCode{vitrine.CheckTooBright}},
		{"bars", 2000, changed(func(m *vitrine.Measures) { m.Bars = vitrine.Bars{Left: 0.2, Right: 0.15} }), "", []vitrine.CheckCode{vitrine.CheckBars}},
		{"one bar", 2000, changed(func(m *vitrine.Measures) { m.Bars = vitrine.Bars{Left: 0.2} }), "", nil},
		{"a plan among photos", 2000, &plan, "", []vitrine.CheckCode{vitrine.CheckDrawing}},
		{"a plan", 2000, &plan, "FLOOR_PLAN", nil},
		{"a certificate", 2000, &plan, "ENERGY_CERTIFICATE", nil},
		{"a photo as a plan", 2000, &good, "FLOOR_PLAN", []vitrine.CheckCode{vitrine.CheckPhoto}},
		{"a photo as a map", 2000, &good, "MAP", nil},
		{"a small, blurred logo", 300, changed(func(m *vitrine.Measures) { m.Sharpness = 0.1 }), "LOGO", nil},
	} {
		var got []vitrine.CheckCode
		for _, w := range vitrine.Judge(row.longSide, 700, row.measures, row.category) {
			got = append(got, w.Code)
			if len(w.Evidence) != len(vitrine.RuleOfCheck(w.Code).Limits) {
				t.Errorf("%s: evidence %v", row.name, w.Evidence)
			}
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", row.name, diff)
		}
	}
}

// What many listings share is right in all of them; a logo anywhere.
func TestCompares(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		category        vitrine.Category
		same, elsewhere bool
	}{{"", true, true}, {"KITCHEN", true, true}, {"FLOOR_PLAN", true, true}, {"MAP", true, false}, {"ENERGY_CERTIFICATE", true, false}, {"LOGO", false, false}} {
		same, elsewhere := vitrine.Compares(vitrine.CheckSame, row.category), vitrine.Compares(vitrine.CheckElsewhere, row.category)
		if same != row.same || elsewhere != row.elsewhere {
			t.Errorf("%q: in the list %v, elsewhere %v", row.category, same, elsewhere)
		}
	}
}

// A hash alone is not enough, nor is a thumbnail; and of what has little in it
// neither is looked at.
func TestAlike(t *testing.T) {
	t.Parallel()
	of := func(hash uint64, information int, pixel func(i int) byte) *vitrine.Likeness {
		l := &vitrine.Likeness{Hash: hash, Information: information, Thumb: make([]byte, vitrine.ThumbFields)}
		for i := range l.Thumb {
			l.Thumb[i] = pixel(i)
		}
		return l
	}
	rising := func(i int) byte { return byte(i) }
	dimmed := func(i int) byte { return byte(20 + i/2) }
	falling := func(i int) byte { return byte(255 - i) }
	even := func(int) byte { return 9 }
	for _, row := range []struct {
		name  string
		other *vitrine.Likeness
		want  bool
	}{
		{"the same", of(0, 50, rising), true},
		{"darker", of(0, 50, dimmed), true},
		{"12 bits away", of(1<<12-1, 50, rising), true},
		{"13 bits away", of(1<<13-1, 50, rising), false},
		{"other pixels", of(0, 50, falling), false},
		{"one colour", of(0, 50, even), false},
		{"little in it", of(0, vitrine.MinInformation-1, rising), false},
		{"no thumbnail", &vitrine.Likeness{Information: 50}, false},
	} {
		a := of(0, 50, rising)
		if got := vitrine.Alike(a, row.other) != nil; got != row.want {
			t.Errorf("%s: %v", row.name, got)
		}
		if got := vitrine.Alike(row.other, a) != nil; got != row.want {
			t.Errorf("%s, the other way round: %v", row.name, got)
		}
	}
}

// Bands of two hashes agree where the hashes do, and nowhere else.
func TestBands(t *testing.T) {
	t.Parallel()
	a := vitrine.Likeness{Hash: 0xaaaa_bbbb_aaaa_bbbb}
	b := vitrine.Likeness{Hash: 0xbbbb_bbbb_0000_aaaa}
	seen := map[int64]bool{}
	for _, band := range a.Bands() {
		seen[band] = true
	}
	if len(seen) != vitrine.HashBands {
		t.Errorf("the bands %v, of which some are the same", a.Bands())
	}
	var same []int
	for i, band := range b.Bands() {
		if seen[band] {
			same = append(same, i)
		}
	}
	if diff := cmp.Diff([]int{2}, same); diff != "" {
		t.Errorf("bands in common (-want +got)\n%s", diff)
	}
}

// The documentation has the table that is in force.
func TestCheckUpDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/checkup.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, check := range vitrine.CheckTable {
		var limits []string
		for _, limit := range check.Limits {
			limits = append(limits, limit.String())
		}
		if row := "| `" + string(check.Code) + "` | " + strings.Join(limits, " and ") + " |"; !strings.Contains(string(text), row) {
			t.Errorf("docs/checkup.md lacks %s", row)
		}
	}
}
