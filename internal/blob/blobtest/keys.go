package blobtest

import (
	"errors"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine/internal/blob"
)

func testOddKeys(t *testing.T, f Fixture) {
	keys := []string{
		" ", "a b", " leading", "trailing ", "dir /file",
		"%", "%2F", "a%2Fb", "a+b", "a&b=c?d#e", `back\slash`, `"quoted"`, "'single'", "<xml>&amp;",
		"...", ".hidden", "..a", "a..", "a/...", "~", "-", "*", "$(x)",
		".tmp/x", ".lock", "x.dir", "x.blob", "y.dir/y.blob", "y.blob/y.dir", "x.dir.blob", "x.blob.dir/y",
		"Case", "case", "cafe\u0301", "café", "日本語/🏠", "null",
		strings.Repeat("s", 200), strings.Repeat("é", 100),
		strings.Repeat("d/", 255) + "zz",
		strings.Repeat(strings.Repeat("x", 170)+"/", 2) + strings.Repeat("y", 170),
	}
	want := make(map[string]string, len(keys))
	for _, key := range keys {
		want[key] = "this is " + key
		put(t, f.Bucket, key, want[key])
	}
	wantOnly(t, f, want)
	for _, key := range keys {
		if err := f.Bucket.Delete(t.Context(), key); err != nil {
			t.Error(err)
		}
	}
	wantOnly(t, f, map[string]string{})
}

func testBadKeys(t *testing.T, f Fixture) {
	keys := []string{
		"", "/", "/a", "a/", "a//b", "//",
		".", "..", "./a", "../a", "a/..", "a/../b", "a/./b",
		"a\x00b", "a\nb", "a\x7fb", "a\u0085b", "a\xffb",
		strings.Repeat("s", 201), strings.Repeat("é", 101), "a/" + strings.Repeat("s", 201),
		strings.Repeat("d/", 256) + "d",
	}
	for _, key := range keys {
		ctx := t.Context()
		_, openErr := f.Bucket.Open(ctx, key)
		for call, err := range map[string]error{
			"Put":    f.Bucket.Put(ctx, key, strings.NewReader("text"), 4),
			"Open":   openErr,
			"Delete": f.Bucket.Delete(ctx, key),
		} {
			if !errors.Is(err, blob.ErrKey) {
				t.Errorf("%s(%q) = %v, want ErrKey", call, key, err)
			}
		}
	}
	wantOnly(t, f, map[string]string{})
}

// testKeyBelowKey: both are kept, or the second is refused and the first stays
// as it is.
func testKeyBelowKey(t *testing.T, f Fixture) {
	for first, second := range map[string]string{"a": "a/b", "x/y/z": "x/y"} {
		want := map[string]string{first: "first"}
		put(t, f.Bucket, first, "first")
		if err := putBytes(t.Context(), f.Bucket, second, []byte("second")); err == nil {
			want[second] = "second"
		}
		wantOnly(t, f, want)
		for key := range want {
			if err := f.Bucket.Delete(t.Context(), key); err != nil {
				t.Fatal(err)
			}
		}
	}
	wantOnly(t, f, map[string]string{})
}
