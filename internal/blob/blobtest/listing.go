package blobtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/blob"
)

// testListOrder has keys whose order a slash decides, and that a walk by names
// of directories gets wrong.
func testListOrder(t *testing.T, f Fixture) {
	want := []string{"a!/x", "a!b", "a/b", "a/b0", "a/c/d", "a0", "aa/b", "b", "é", "日"}
	for i := range want {
		put(t, f.Bucket, want[(i*7)%len(want)], "x")
	}
	if diff := cmp.Diff(want, list(t, f.Bucket, "")); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
}

func testListPrefix(t *testing.T, f Fixture) {
	for _, key := range []string{"a/b", "a/bc/d", "a/bc/e", "a/c", "ab", "b/a/b"} {
		put(t, f.Bucket, key, "x")
	}
	for prefix, want := range map[string][]string{
		"a":       {"a/b", "a/bc/d", "a/bc/e", "a/c", "ab"},
		"a/":      {"a/b", "a/bc/d", "a/bc/e", "a/c"},
		"a/b":     {"a/b", "a/bc/d", "a/bc/e"},
		"a/bc/":   {"a/bc/d", "a/bc/e"},
		"a/bc/d":  {"a/bc/d"},
		"a/bc/d/": {},
		"a/..":    {}, // begins "a/..x", a valid key
		"c":       {},
	} {
		if diff := cmp.Diff(want, list(t, f.Bucket, prefix)); diff != "" {
			t.Errorf("List(%q) (-want +got):\n%s", prefix, diff)
		}
	}
	for _, prefix := range []string{"/", "/a", "a//", "../", "a\x00"} {
		var errs []error
		for _, err := range f.Bucket.List(t.Context(), prefix) {
			errs = append(errs, err)
		}
		if len(errs) != 1 || !errors.Is(errs[0], blob.ErrKey) {
			t.Errorf("List(%q) = %v, want one ErrKey", prefix, errs)
		}
	}
}

// testListMany has one more key than the page of a store that lists in pages.
func testListMany(t *testing.T, f Fixture) {
	want := make([]string, 1001)
	for i := range want {
		want[i] = fmt.Sprintf("many/%02d/%04d", i%7, i)
		put(t, f.Bucket, want[i], "x")
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, list(t, f.Bucket, "many/")); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
}

// testListEnds: the caller may stop at any time, and so may the context.
func testListEnds(t *testing.T, f Fixture) {
	for _, key := range []string{"a", "b/c", "b/d", "e"} {
		put(t, f.Bucket, key, "x")
	}
	for stopAt := 1; stopAt <= 4; stopAt++ {
		seen := 0
		for _, err := range f.Bucket.List(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			if seen++; seen == stopAt {
				break
			}
		}
	}

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var errs []error
	for _, err := range f.Bucket.List(ctx, "") {
		cancel()
		errs = append(errs, err)
	}
	if len(errs) != 2 || errs[0] != nil || !errors.Is(errs[1], context.Canceled) {
		t.Errorf("List cancelled after the first object gave %v, want nil and context.Canceled", errs)
	}
}
