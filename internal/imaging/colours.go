package imaging

// #include "colours.h"
import "C"

// colourTable leads from the RGB of a profile to sRGB.
type colourTable C.ViColours

// toLinearSRGB is how much red, green and blue light of sRGB there is in a colour
// of the space that profiles lead to (XYZ, adapted to D50).
var toLinearSRGB = [3][3]float64{
	{3.1338561, -1.6168667, -0.4906146},
	{-0.9787684, 1.9161415, 0.0334540},
	{0.0719453, -0.2289914, 1.4052427},
}

// coloursOf gives what becomes of the colours of a profile. It is nil for those
// that are more than three primaries and three curves, or damaged: they are for a
// colour library.
func coloursOf(icc []byte) *colourTable {
	tags := iccTags(icc)
	if iccSpace(icc) != iccRGB || string(icc[20:24]) != "XYZ " || string(icc[36:40]) != "acsp" ||
		tags == nil || hasTables(tags) {
		return nil
	}
	var c colourTable
	for i, name := range []string{"r", "g", "b"} {
		primary := tags[name+"XYZ"]
		if len(primary) < 20 {
			return nil
		}
		for out := range 3 {
			for axis, share := range toLinearSRGB[out] {
				c.matrix[out][i] += C.float(share * s15Fixed16(primary[8+4*axis:]))
			}
		}
		for v := range c.light[i] {
			light, ok := iccCurve(tags[name+"TRC"], float64(v)/255)
			if !ok || !(light > -0.01 && light < 1.01) { // NaN neither
				return nil
			}
			c.light[i][v] = C.float(C.VI_LIGHTS * min(1, max(0, light)))
		}
	}
	for light := range c.value {
		c.value[light] = C.uint8_t(to8(255 * encodedOf(float64(light)/C.VI_LIGHTS)))
	}
	return &c
}
