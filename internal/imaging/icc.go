package imaging

import (
	"encoding/binary"
	"math"
)

// The colour spaces of profiles that count here (ICC.1:2022, 7.2.6).
const (
	iccRGB  = "RGB "
	iccGrey = "GRAY"
)

// iccSpace is the colour space a profile is for, "" when it has no header.
func iccSpace(icc []byte) string {
	if len(icc) < 132 {
		return ""
	}
	return string(icc[16:20])
}

// isSRGB reports whether a profile is sRGB in all but name: the same primaries
// and the same curves, near enough that converting would change no 8 bit value
// by more than one or two. Names don't tell: "DCI-P3 D65 Gamut with sRGB
// Transfer" isn't, "c2" is. What is not understood is not sRGB.
func isSRGB(icc []byte) bool {
	tags := iccTags(icc)
	if iccSpace(icc) != iccRGB || tags == nil || hasTables(tags) {
		return false
	}
	for _, colorant := range []struct {
		tag string
		xyz [3]float64 // adapted to D50
	}{
		{"rXYZ", [3]float64{0.4360, 0.2225, 0.0139}},
		{"gXYZ", [3]float64{0.3851, 0.7169, 0.0971}},
		{"bXYZ", [3]float64{0.1431, 0.0606, 0.7141}},
	} {
		tag := tags[colorant.tag]
		if len(tag) < 20 {
			return false
		}
		for i, want := range colorant.xyz {
			if math.Abs(s15Fixed16(tag[8+4*i:])-want) > 0.002 {
				return false
			}
		}
	}
	for _, name := range []string{"rTRC", "gTRC", "bTRC"} {
		for _, x := range []float64{0.05, 0.1, 0.25, 0.5, 0.75, 0.9} {
			if y, ok := iccCurve(tags[name], x); !ok || math.Abs(y-linearOf(x)) > 0.003 {
				return false
			}
		}
	}
	return true
}

// hasTables reports whether a profile has more to say of its colours than three
// primaries and three curves: what it has counts before those (9.2, 10.12).
func hasTables(tags map[string][]byte) bool {
	for _, name := range []string{"A2B0", "A2B1", "D2B0", "D2B1"} {
		if tags[name] != nil {
			return true
		}
	}
	return false
}

// iccTags gives the data of each tag, nil when the table is damaged (7.3).
func iccTags(icc []byte) map[string][]byte {
	if len(icc) < 132 {
		return nil
	}
	count := binary.BigEndian.Uint32(icc[128:])
	if count > 100 || len(icc) < 132+12*int(count) {
		return nil
	}
	tags := make(map[string][]byte, count)
	for i := range int(count) {
		entry := icc[132+12*i:]
		start, size := binary.BigEndian.Uint32(entry[4:]), binary.BigEndian.Uint32(entry[8:])
		if uint64(start)+uint64(size) > uint64(len(icc)) {
			return nil
		}
		tags[string(entry[:4])] = icc[start : start+size]
	}
	return tags
}

// iccCurve evaluates a curve at x: a table, a gamma, or one of the parametric
// kinds that sRGB is written in (10.6, 10.18).
func iccCurve(tag []byte, x float64) (y float64, ok bool) {
	if len(tag) < 12 {
		return 0, false
	}
	switch string(tag[:4]) {
	case "curv":
		n := int64(binary.BigEndian.Uint32(tag[8:]))
		if int64(len(tag)) < 12+2*n {
			return 0, false
		}
		return sampledCurve(tag[12:12+2*n], x), true
	case "para":
		params := map[uint16]int{0: 1, 3: 5, 4: 7}[binary.BigEndian.Uint16(tag[8:])]
		if params == 0 || len(tag) < 12+4*params {
			return 0, false
		}
		p := [7]float64{0, 1} // gamma, a, b, c, d, e, f
		for i := range params {
			p[i] = s15Fixed16(tag[12+4*i:])
		}
		if x < p[4] {
			return p[3]*x + p[6], true
		}
		return math.Pow(p[1]*x+p[2], p[0]) + p[5], true
	}
	return 0, false
}

// sampledCurve evaluates the values of a "curv" tag: none is a straight line,
// one is a gamma, more are samples.
func sampledCurve(values []byte, x float64) float64 {
	at := func(i int) float64 { return float64(binary.BigEndian.Uint16(values[2*i:])) }
	switch n := len(values) / 2; n {
	case 0:
		return x
	case 1:
		return math.Pow(x, at(0)/256)
	default:
		place := x * float64(n-1)
		i := min(int(place), n-2)
		return (at(i) + (place-float64(i))*(at(i+1)-at(i))) / 65535
	}
}

// s15Fixed16 reads a number of that ICC type (4.6).
func s15Fixed16(b []byte) float64 {
	return float64(int32(binary.BigEndian.Uint32(b))) / 65536
}

// linearOf is the light of an sRGB value, both 0 to 1 (IEC 61966-2-1).
func linearOf(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// encodedOf is the inverse of linearOf.
func encodedOf(v float64) float64 {
	if v <= 0.0031308 {
		return v * 12.92
	}
	return 1.055*math.Pow(v, 1/2.4) - 0.055
}
