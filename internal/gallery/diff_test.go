package gallery_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// revisionOf is a list as the table writes it: media 1 is "1", at version 2 "1@2",
// showing the bytes x "1=x", after its second wish "1#2".
func revisionOf(t *testing.T, text string) (r vitrine.Revision) {
	t.Helper()
	for i, word := range strings.Fields(text) {
		step := vitrine.RevisionStep{Action: vitrine.Keep, To: i, Wish: 1}
		if name, gone := strings.CutPrefix(word, "-"); gone {
			word, step.Action, step.To = name, vitrine.Remove, -1
		}
		var err error
		for _, part := range []struct {
			sign   string
			format string
			to     any
		}{{"#", "%d", &step.Wish}, {"=", "%s", &step.Shown}, {"@", "%s", &step.Version}, {"/", "%s", &step.URL}} {
			var value string
			if word, value, _ = strings.Cut(word, part.sign); value != "" {
				_, err = fmt.Sscanf(value, part.format, part.to)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := fmt.Sscan(word, &step.MediaID); err != nil {
			t.Fatal(err)
		}
		r.Steps = append(r.Steps, step)
	}
	return r
}

func TestDiff(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ before, after, want string }{
		"nothing":                   {"", "", ""},
		"the same":                  {"1 2 3", "1 2 3", "keep 1, keep 2, keep 3"},
		"all new":                   {"", "1 2", "add 1, add 2"},
		"all gone":                  {"1 2", "", "remove 1, remove 2"},
		"one before all":            {"1 2 3", "4 1 2 3", "add 4, keep 1, keep 2, keep 3"},
		"the first went":            {"1 2 3", "2 3", "keep 2, keep 3, remove 1"},
		"the last comes first":      {"1 2 3 4", "4 1 2 3", "move 4, keep 1, keep 2, keep 3"},
		"the first goes last":       {"1 2 3 4", "2 3 4 1", "keep 2, keep 3, keep 4, move 1"},
		"turned round":              {"1 2 3", "3 2 1", "move 3, keep 2, move 1"},
		"two change places":         {"1 2 3", "4 5 3 1", "add 4, add 5, keep 3, move 1, remove 2"},
		"one for another":           {"1 2 3", "1 4 3", "keep 1, add 4, keep 3, remove 2"},
		"another version":           {"1@1 2@1", "1@2 2@1", "refetch 1, keep 2"},
		"another version elsewhere": {"1 2 3@1", "3@2 1 2", "refetch 3 moved, keep 1, keep 2"},
		"other bytes":               {"1=x", "1=y#2", "refetch 1"},
		"fetched in between":        {"1@2=x#2", "1@2=y#2", "keep 1"},
		"asked for again":           {"1=x", "1#2", "refetch 1"},
		"had again, the same":       {"1=x", "1=x#2", "keep 1"},
		"failed, and tried again":   {"1", "1=x#2", "refetch 1"},
		"tried again":               {"1", "1#2", "refetch 1"},
		"its first bytes":           {"1", "1=x", "keep 1"},
		"what went is in no list":   {"1 2 -3", "3 1 2 -4", "add 3, keep 1, keep 2"},
		"twice":                     {"1 2 1", "1 1 2", "keep 1, keep 1, move 2"},
		"given up and sent again":   {"1/a 2/b 3/c", "2/b 3/c 7/a", "keep 2, keep 3, move 7"},
	} {
		var got []string
		for _, c := range gallery.Diff(revisionOf(t, test.before), revisionOf(t, test.after)) {
			step := c.After
			if step == nil {
				step = c.Before
			}
			text := fmt.Sprintf("%s %d", c.Action, step.MediaID)
			if c.Moved && c.Action == vitrine.Refetch {
				text += " moved"
			}
			got = append(got, text)
		}
		if text := strings.Join(got, ", "); text != test.want {
			t.Errorf("%s: %q, want %q", name, text, test.want)
		}
	}
}

// What makes room for others has not moved, whatever its place.
func TestMoves(t *testing.T) {
	t.Parallel()
	plan := func(before, after string) []vitrine.RevisionStep {
		items := func(text string) (list []vitrine.Item) {
			for _, key := range strings.Fields(text) {
				list = append(list, vitrine.Item{Key: key})
			}
			return list
		}
		var steps []vitrine.RevisionStep
		for _, step := range vitrine.Plan(items(before), items(after)) {
			steps = append(steps, vitrine.RevisionStep{Action: step.Action, From: step.From, To: step.To})
		}
		return steps
	}
	for _, test := range []struct {
		before, after string
		want          []bool
	}{
		{"a b c", "x a b c", []bool{false, false, false, false}},
		{"a b c d", "b c a", []bool{false, false, true, false}},
		{"a b c d e f", "f a c b d e", []bool{true, false, false, true, false, false}},
		{"a b", "", []bool{false, false}},
	} {
		if got := gallery.Moves(plan(test.before, test.after)); fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%q to %q: %v, want %v", test.before, test.after, got, test.want)
		}
	}
}
