package vitrine_test

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vitrine-media/vitrine"
)

func TestPlan(t *testing.T) {
	t.Parallel()
	item := func(key, version string) vitrine.Item { return vitrine.Item{Key: key, Version: version} }
	for name, test := range map[string]struct {
		before, after []vitrine.Item
		want          []vitrine.Step
	}{
		"nothing": {want: []vitrine.Step{}},
		"unchanged": {
			before: []vitrine.Item{item("a", "1")},
			after:  []vitrine.Item{item("a", "1")},
			want:   []vitrine.Step{{Action: vitrine.Keep, Key: "a"}},
		},
		"another version, whichever is newer": {
			before: []vitrine.Item{item("a", "2")},
			after:  []vitrine.Item{item("a", "1")},
			want:   []vitrine.Step{{Action: vitrine.Refetch, Key: "a", Why: vitrine.VersionChanged}},
		},
		"a wish to fetch again": {
			before: []vitrine.Item{item("a", "1")},
			after:  []vitrine.Item{{Key: "a", Version: "1", Refetch: "failed before"}},
			want:   []vitrine.Step{{Action: vitrine.Refetch, Key: "a", Why: "failed before"}},
		},
		"swap, add and remove": {
			before: []vitrine.Item{item("a", ""), item("b", ""), item("c", "")},
			after:  []vitrine.Item{item("b", ""), item("a", ""), item("d", "")},
			want: []vitrine.Step{
				{Action: vitrine.Move, Key: "b", From: 1, To: 0},
				{Action: vitrine.Move, Key: "a", From: 0, To: 1},
				{Action: vitrine.Add, Key: "d", From: -1, To: 2},
				{Action: vitrine.Remove, Key: "c", From: 2, To: -1},
			},
		},
		"one of two repeats goes": {
			before: []vitrine.Item{item("a", ""), item("a", "")},
			after:  []vitrine.Item{item("a", "")},
			want: []vitrine.Step{
				{Action: vitrine.Keep, Key: "a"},
				{Action: vitrine.Remove, Key: "a", From: 1, To: -1},
			},
		},
		"a repeat comes, with a new version of both": {
			before: []vitrine.Item{item("a", "1")},
			after:  []vitrine.Item{item("a", "2"), item("a", "2")},
			want: []vitrine.Step{
				{Action: vitrine.Refetch, Key: "a", Why: vitrine.VersionChanged},
				{Action: vitrine.Refetch, Key: "a", From: -1, To: 1, Why: vitrine.VersionChanged},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, vitrine.Plan(test.before, test.after)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// list draws lists in which keys repeat and, as in life, one key has one
// version throughout a list.
func list(t *rapid.T, label string) []vitrine.Item {
	versions := map[string]string{}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) vitrine.Item {
		key := rapid.StringMatching(`[a-e]`).Draw(t, "key")
		if _, known := versions[key]; !known {
			versions[key] = strconv.Itoa(rapid.IntRange(1, 3).Draw(t, "version"))
		}
		return vitrine.Item{Key: key, Version: versions[key]}
	}), 0, 8).Draw(t, label)
}

func TestPlanProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		before, after := list(t, "before"), list(t, "after")
		plan := vitrine.Plan(before, after)

		version := map[string]string{}
		for _, item := range before {
			version[item.Key] = item.Version
		}
		used := map[int]bool{}
		for i, step := range plan {
			if step.From >= 0 {
				if used[step.From] {
					t.Fatalf("place %d of the old list is used twice", step.From)
				}
				used[step.From] = true
				if before[step.From].Key != step.Key {
					t.Fatalf("step %d takes %s from the place of %s", i, step.Key, before[step.From].Key)
				}
			}
			if step.Action == vitrine.Remove {
				if i < len(after) {
					t.Fatalf("step %d removes before the new list is complete", i)
				}
				continue
			}
			if step.To != i || after[i].Key != step.Key {
				t.Fatalf("step %d does not give place %d of the new list", i, i)
			}
			known, wasThere := version[step.Key]
			if changed := wasThere && known != after[i].Version; changed != (step.Action == vitrine.Refetch) {
				t.Fatalf("step %d: version changed %v, action %s", i, changed, step.Action)
			}
			if step.Action == vitrine.Keep && step.From != step.To || step.Action == vitrine.Move && step.From == step.To {
				t.Fatalf("step %d: %s from %d to %d", i, step.Action, step.From, step.To)
			}
		}
		if len(plan) < len(after) || len(used) != len(before) {
			t.Fatalf("%d steps for %d places, %d of %d old places accounted for", len(plan), len(after), len(used), len(before))
		}
		for i, step := range vitrine.Plan(after, after) {
			if step.Action != vitrine.Keep {
				t.Fatalf("step %d of an unchanged list is %s", i, step.Action)
			}
		}
	})
}

func TestFailureTable(t *testing.T) {
	t.Parallel()
	seen := map[vitrine.FailureCode]bool{}
	for _, rule := range vitrine.FailureTable {
		if seen[rule.Code] {
			t.Errorf("%s stands twice", rule.Code)
		}
		seen[rule.Code] = true
		if rule.Message == "" || rule.Remedy == "" || rule.Owner == "" {
			t.Errorf("%s lacks its message, remedy or owner", rule.Code)
		}
	}
	if got := vitrine.RuleOf("no such code").Code; got != vitrine.Internal {
		t.Errorf("an unknown code is %s, want internal", got)
	}
}
