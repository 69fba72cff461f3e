package resumable_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/resumable"
)

// FuzzMetadata checks that a header is refused, or understood as its sender
// meant it: written anew from what was understood, it is understood the same.
func FuzzMetadata(f *testing.F) {
	for _, seed := range []string{
		"", " ", "filetype aW1hZ2UvanBlZw==", "filetype aW1hZ2UvanBlZw==,externalId ZmxhdC03Nw==", "is_private", "a ,b ",
		"a  YQ==", "a YQ==, b Yg==", ",", "a,a", "a YR==", "a Y\nQ==", "ü YQ==", "a YQ== YQ==",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		values, broken := resumable.ParseMetadata(header)
		if (values == nil) == (broken == nil) {
			t.Fatalf("%q: values %v, broken %v", header, values, broken)
		}
		if broken != nil {
			return
		}
		var pairs []string
		for key, value := range values {
			if key == "" || strings.ContainsAny(key, " ,") {
				t.Fatalf("%q: the key %q", header, key)
			}
			pairs = append(pairs, key, value)
		}
		rewritten := metadata(pairs...)
		if len(rewritten) > 8<<10 {
			return // "a,b" has become "a ,b "
		}
		again, broken := resumable.ParseMetadata(rewritten)
		if diff := cmp.Diff(values, again); diff != "" || broken != nil {
			t.Errorf("%q: %v %s", header, broken, diff)
		}
	})
}
