package video

import (
	"fmt"
	"slices"
	"strings"
)

// filterGraph turns the source's pictures into those of the renditions that
// are encoded, which leave it as [720] and [1080]; "" when none is.
// ffmpeg itself has turned them upright before.
func filterGraph(f *facts, p *plan) string {
	var encoded []rendition
	for _, r := range p.renditions {
		if !r.copied {
			encoded = append(encoded, r)
		}
	}
	if len(encoded) == 0 {
		return ""
	}
	slices.Reverse(encoded) // the smaller is made of the larger, in standard colours by then
	largest := encoded[0]

	steps := []string{}
	if slices.Contains([]string{"tt", "bb", "tb", "bt"}, f.video.FieldOrder) {
		steps = append(steps, "yadif")
	}
	// The rate first: what is dropped need not be scaled.
	steps = append(steps, "fps="+p.rate.String())
	if f.hdr() {
		steps = append(steps, toneMap(f, largest)...)
	} else {
		steps = append(steps, fmt.Sprintf("scale=w=%d:h=%d:in_color_matrix=%s:out_color_matrix=bt709:out_range=tv",
			largest.width, largest.height, f.matrix()))
	}
	steps = append(steps, "format=yuv420p", "setsar=1")
	graph := fmt.Sprintf("[0:%d]", f.video.Index) + strings.Join(steps, ",")
	if len(encoded) == 1 {
		return graph + "[" + largest.name + "]"
	}
	smaller := encoded[1]
	return graph + fmt.Sprintf(",split[%s][large];[large]scale=w=%d:h=%d[%s]",
		largest.name, smaller.width, smaller.height, smaller.name)
}

// toneMap brings high dynamic range to the standard one: scaled and in linear
// light of the primaries of BT.709, then by a curve that keeps detail in the
// highlights, and back. What the source doesn't say of its colours is as HDR
// has it.
func toneMap(f *facts, r rendition) []string {
	matrix, primaries, pixels := f.video.Space, f.video.Primaries, f.video.Range
	if matrix != "bt2020c" && matrix != "bt709" {
		matrix = "bt2020nc"
	}
	if primaries != "smpte432" && primaries != "bt709" {
		primaries = "bt2020"
	}
	if pixels != "pc" {
		pixels = "tv"
	}
	return []string{
		fmt.Sprintf("zscale=w=%d:h=%d:filter=bicubic:tin=%s:min=%s:pin=%s:rin=%s:t=linear:p=bt709:npl=100",
			r.width, r.height, f.video.Transfer, matrix, primaries, pixels),
		"format=gbrpf32le", "tonemap=tonemap=hable:desat=0",
		"zscale=tin=linear:pin=bt709:t=bt709:p=bt709:m=bt709:r=tv",
	}
}

// matrix is how the source's colours are coded. Files that don't say are taken
// as players take them: by their size.
func (f *facts) matrix() string {
	switch f.video.Space {
	case "bt709", "bt470bg", "smpte170m", "fcc", "smpte240m":
		return f.video.Space
	case "bt2020nc", "bt2020c":
		return "bt2020"
	}
	if f.video.Width >= 1280 || f.video.Height >= 720 {
		return "bt709"
	}
	return "smpte170m"
}
