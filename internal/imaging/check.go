package imaging

import (
	"embed"
	"errors"
	"fmt"
)

// probes are two tiny pictures of our own, the HEIC as phones write it. A libvips may have the loader and
// lack the decoder behind it, and then says so only when it decodes.
//
//go:embed probe
var probes embed.FS

// Check readies libvips in this process and reports all that is missing from
// it: version 8.13, the first that can turn untrusted loaders off, a loader
// for each accepted type, and decoders of HEVC and AV1; and of a libavcodec that
// has no decoder of HEVC. A server calls it at its start, so that an incomplete
// machine shows at once and not as photos that can't be read, or take twice as
// long.
func Check() error {
	if err := startVips(); err != nil {
		return fmt.Errorf("start libvips: %w", err)
	}
	var missing []error
	if major, minor := vipsVersion(); major < 8 || major == 8 && minor < 13 {
		missing = append(missing, fmt.Errorf("libvips is %d.%d, and 8.13 or later is needed", major, minor))
	}
	for _, operation := range []string{
		"jpegload_buffer", "pngload_buffer", "webpload_buffer", "gifload_buffer", "tiffload_buffer", "heifload_buffer",
	} {
		if !hasOperation(operation) {
			missing = append(missing, fmt.Errorf("libvips has no %s", operation))
		}
	}
	for _, name := range []string{"probe.heic", "probe.avif"} {
		data, err := probes.ReadFile("probe/" + name)
		if err != nil {
			return err
		}
		if _, err := decode(data, heif, 16, ""); err != nil {
			missing = append(missing, fmt.Errorf("libvips can't decode %s: %w", name, err))
		}
	}
	phone, err := probes.ReadFile("probe/probe.heic")
	if err != nil {
		return err
	}
	if decodeTiles(phone, &header{Width: 64, Height: 64, Bands: 3}, 16, nil) == nil {
		missing = append(missing, errors.New("libavcodec can't decode probe.heic"))
	}
	return errors.Join(missing...)
}
