package imaging

import (
	"bytes"
	"testing"
)

// A profile that is more than primaries and curves, or damaged, is for the colour
// library.
func TestColoursOf(t *testing.T) {
	t.Parallel()
	p3 := rgbProfile(p3Primaries, srgbCurve)
	for _, row := range []struct {
		what    string
		profile []byte
		want    bool
	}{
		{"P3", p3, true},
		{"Adobe RGB", rgbProfile(adobePrimaries, adobeCurve), true},
		{"tables for photos", withTag(p3, "A2B0"), false},
		{"tables for measuring", withTag(p3, "A2B1"), false},
		{"without its signature", damagedProfile(), false},
		{"more light than there is", rgbProfile(p3Primaries, iccTag("para", u32(0), fixed(-2.4))), false},
		{"a curve cut short", rgbProfile(p3Primaries, iccTag("curv", u32(1000))), false},
		{"inks", inkProfile(), false},
		{"nothing", nil, false},
	} {
		if got := coloursOf(row.profile) != nil; got != row.want {
			t.Errorf("%s: converted here: %v, want %v", row.what, got, row.want)
		}
	}
}

// withTag gives a profile a tag of that name for its white point, which nobody
// here reads.
func withTag(profile []byte, name string) []byte {
	return bytes.Replace(profile, []byte("wtpt"), []byte(name), 1)
}
