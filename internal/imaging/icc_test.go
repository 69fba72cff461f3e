package imaging

import "testing"

func TestIsSRGB(t *testing.T) {
	t.Parallel()
	sampled := u32(1024)
	for i := range 1024 {
		v := uint16(linearOf(float64(i)/1023)*65535 + 0.5)
		sampled = append(sampled, byte(v>>8), byte(v))
	}
	android := iccTag("para", u32(4<<16), fixed(2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045, 0, 0))
	for _, row := range []struct {
		what    string
		profile []byte
		want    bool
	}{
		{"formula", rgbProfile(srgbPrimaries, srgbCurve), true},
		{"formula of another kind", rgbProfile(srgbPrimaries, android), true},
		{"samples", rgbProfile(srgbPrimaries, iccTag("curv", sampled)), true},
		{"gamma", rgbProfile(srgbPrimaries, adobeCurve), false},
		{"straight", rgbProfile(srgbPrimaries, iccTag("curv", u32(0))), false},
		{"P3", rgbProfile(p3Primaries, srgbCurve), false},
		{"Adobe RGB", rgbProfile(adobePrimaries, adobeCurve), false},
		{"inks", inkProfile(), false},
		{"tables", withTag(rgbProfile(srgbPrimaries, srgbCurve), "A2B1"), false},
		{"no curves", iccProfile(iccRGB, "XYZ "), false},
		{"nothing", nil, false},
	} {
		if got := isSRGB(row.profile); got != row.want {
			t.Errorf("%s: got %t", row.what, got)
		}
	}
}

// A profile comes from a foreign file: whatever it is, it is not sRGB without
// being for RGB, and it ends no program.
func FuzzIsSRGB(f *testing.F) {
	f.Add(rgbProfile(srgbPrimaries, srgbCurve))
	f.Add(rgbProfile(p3Primaries, adobeCurve))
	f.Add(inkProfile())
	f.Fuzz(func(t *testing.T, profile []byte) {
		if isSRGB(profile) && iccSpace(profile) != iccRGB {
			t.Errorf("an sRGB profile for %q", iccSpace(profile))
		}
	})
}
