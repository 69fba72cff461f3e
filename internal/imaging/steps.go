package imaging

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	vitrine "github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/xmp"
)

// directWay decodes a picture into planes, or gives nil, see decodePlanes.
type directWay func(data []byte, h *header, sidePx int, c *colourTable) *planes

// work is one picture on its way through the steps.
type work struct {
	task    *Task
	files   *files
	admit   func(pixels int64) error // waits for the turn to decode that many
	data    []byte                   // the file
	header  *header                  // nil for a BMP
	direct  directWay                // nil for none
	colours *colourTable             // for direct, nil for sRGB
	way     way                      // see decode
	profile string                   // see decode
	said    xmp.Properties
	picture raster            // of the size of the largest variant, later of the smallest
	pano    *vitrine.PanoData // in px of the picture, nil for no panorama
	result  *Result
}

// steps are all that happens to a picture, in this order. Cheap refusals come
// before anything is decoded, and the wait for leave to do so comes last before
// it; what metadata says that counts is read before the decode step, which hands
// on nothing but pixels; the file is decoded once, and a panorama once more at its
// size.
var steps = []struct {
	name string
	do   func(*work) error
}{
	{"accept type", (*work).acceptType},
	{"count parts", (*work).countParts},
	{"check limits", (*work).checkLimits},
	{"read metadata", (*work).readMetadata},
	{"choose way", (*work).chooseWay},
	{"await admission", (*work).awaitAdmission},
	{"decode", (*work).decode},
	{"recognise panorama", (*work).recognisePanorama},
	{"measure", (*work).measure},
	{"write variants", (*work).writeVariants},
	{"describe", (*work).describe},
	{"write panorama", (*work).writePanorama},
}

// Bare optimises one picture in this very process. It is what a child does; a
// server calls it for no file it doesn't trust. Benchmarks compare with it.
// startVips must have been called: see Child and Check. On failure nothing
// remains in OutDir.
func Bare(task *Task) (*Result, error) {
	result, err := bare(task)
	if err := errors.Join(err, task.settleFiles(result)); err != nil {
		return nil, err
	}
	return result, nil
}

func bare(task *Task) (result *Result, err error) {
	files, err := task.openFiles()
	if err != nil {
		return nil, err
	}
	defer func() {
		if unwritten := files.close(); unwritten != nil {
			result, err = nil, errors.Join(err, unwritten)
		}
	}()
	return perform(task, files, func(int64) error { return nil })
}

// perform takes a picture through the steps. admit is called once, before
// anything is decoded, with the pixels of the picture; its error ends the task.
func perform(task *Task, files *files, admit func(pixels int64) error) (result *Result, err error) {
	data, unmap, err := mapFile(files.source)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unmap()) }()

	w := &work{task: task, files: files, admit: admit, data: data, result: &Result{}}
	for _, step := range steps {
		if err := step.do(w); err != nil {
			return nil, fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return w.result, nil
}

// mapFile maps a file into memory: its pages can be dropped and read again,
// so a large file costs address space rather than memory.
func mapFile(f *os.File) (data []byte, unmap func() error, err error) {
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if info.Size() == 0 {
		return nil, func() error { return nil }, nil
	}
	data, err = unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		return nil, nil, fmt.Errorf("map file: %w", err)
	}
	return data, func() error { return unix.Munmap(data) }, nil
}

// acceptType lets through what both our own look at the first bytes and
// libvips take for the same accepted type.
func (w *work) acceptType() error {
	if len(w.data) == 0 {
		return vitrine.Failf(vitrine.Unreadable, "the file is empty")
	}
	w.result.Type = Sniff(w.data)
	loader, ok := loaders[w.result.Type]
	switch {
	case !ok:
		return vitrine.Failf(vitrine.UnsupportedType, "%s", w.result.Type)
	case loader != "" && loaderOf(w.data) != loader:
		return vitrine.Failf(vitrine.Unreadable, "it begins like %s, and isn't", w.result.Type)
	}
	return nil
}

// checkLimits reads the header, and refuses a picture by it.
func (w *work) checkLimits() error {
	if w.result.Type == bmpType {
		width, height, err := probeBMP(w.data)
		if err != nil {
			return err
		}
		w.result.Width, w.result.Height = width, height
	} else {
		h, err := probe(w.data)
		if err != nil {
			return failureOf(err)
		}
		w.header, w.result.Width, w.result.Height = h, h.Width, h.Height
	}
	width, height, task := w.result.Width, w.result.Height, w.task
	if int64(width)*int64(height) > task.MaxPixels {
		return vitrine.Failf(vitrine.TooManyPixels, "%d x %d px, %s megapixels allowed",
			width, height, megapixels(task.MaxPixels))
	}
	if max(width, height) > task.MaxSidePx {
		return vitrine.Failf(vitrine.TooManyPixels, "%d x %d px, %d px a side allowed",
			width, height, task.MaxSidePx)
	}
	return nil
}

// megapixels writes 100000000 as "100" and 2500000 as "2.5".
func megapixels(px int64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(px)/1e6), ".0")
}

// readMetadata takes what the file says of itself that its viewers have to
// know. Metadata that makes no sense says nothing; it fails no picture.
func (w *work) readMetadata() error {
	if w.header != nil {
		w.said = xmp.Parse(w.header.XMP)
	}
	facts := &w.result.Facts
	facts.DigitalSourceType = w.said.DigitalSourceType()
	facts.C2PA = hasC2PA(w.result.Type, w.data)
	facts.Removed = removed(w.result.Type, w.data)
	return nil
}

// chooseWay decides how to open the file, and whether colours have to be
// converted. Most photos are sRGB, said or unsaid, and converting those would
// be slow for nothing. A profile for another kind of picture is ignored. What
// the sender says of the picture doesn't count, so that the variants of a file
// are always the same.
func (w *work) chooseWay() error {
	if w.header == nil { // a BMP
		return nil
	}
	isHEIF := loaders[w.result.Type] == loaders["image/heif"]
	switch {
	case w.header.CMYK:
		w.way = inks
	case isHEIF:
		w.way = heif
	}
	convert := false
	switch iccSpace(w.header.ICC) {
	case iccRGB:
		convert = w.header.Bands >= 3 && !isSRGB(w.header.ICC)
	case iccGrey:
		convert = w.header.Bands < 3
	}
	// What a phone's profile is when it isn't sRGB is P3. Some of those are
	// refused by the colour library.
	switch {
	case convert && isHEIF:
		w.profile = "p3"
	case convert:
		w.profile = "srgb"
	}
	if convert {
		w.colours = coloursOf(w.header.ICC)
	}
	// What may be a sphere is looked at in RGB.
	switch {
	case w.header.CMYK || convert && w.colours == nil || sphereSize(w.result.Width, w.result.Height):
	case w.result.Type == "image/jpeg":
		w.direct = decodePlanes
	case isHEIF:
		w.direct = decodeTiles
	}
	return nil
}

// awaitAdmission waits until there is memory for the pixels of the picture.
func (w *work) awaitAdmission() error {
	return w.admit(int64(w.result.Width) * int64(w.result.Height))
}

// decode gives the picture at the size of the largest variant: directly, where
// that can be. All else is for libvips, so that it alone decides what can be
// read.
func (w *work) decode() error {
	sizes := w.task.Recipe.Sizes
	largest := sizes[len(sizes)-1]
	if w.direct != nil {
		if p := w.direct(w.data, w.header, largest, w.colours); p != nil {
			w.picture = p
			return nil
		}
	}
	p, err := w.decodeTo(largest)
	if err != nil {
		return err
	}
	w.picture = p
	return nil
}

// decodeTo decodes the file by libvips, to sides of at most sidePx.
func (w *work) decodeTo(sidePx int) (*pixels, error) {
	if w.header == nil {
		p, err := decodeBMP(w.data)
		if err != nil {
			return nil, err
		}
		return p.shrink(sidePx)
	}
	p, err := decode(w.data, w.way, sidePx, w.profile)
	if err != nil {
		return nil, failureOf(err)
	}
	return p, nil
}

// recognisePanorama decides whether the picture is a panorama.
func (w *work) recognisePanorama() (err error) {
	r, sphere := w.result, false
	if sphereSize(r.Width, r.Height) {
		p := w.picture.rgb()
		if p.Width < spherePx {
			if p, err = w.decodeTo(spherePx); err != nil {
				return err
			}
		}
		if p, err = p.shrink(spherePx); err != nil {
			return err
		}
		sphere = p.isSphere()
	}
	w.pano = panoramaOf(w.said, r.Width, r.Height, sphere, w.task.Panorama)
	return nil
}

// describe computes what stands in for the picture while it loads, from a few
// pixels: more would cost time and not be seen.
func (w *work) describe() error {
	small, err := w.picture.smaller(placeholderPx)
	if err != nil {
		return fmt.Errorf("shrink for placeholders: %w", err)
	}
	img := small.rgb().nrgba()
	w.result.Blurhash = blurhash(img)
	w.result.Thumbhash = thumbhashOf(img)
	w.result.DominantColor = dominantColor(img)
	return nil
}

// failureOf turns a reason libvips gave for not reading a file into a Failure
// whose detail is safe to show. Too little memory is no fault of the file.
func failureOf(err error) error {
	v, ok := errors.AsType[vipsError](err)
	if !ok {
		return err
	}
	// libheif has a limit of its own, and looks before we can.
	if _, limit, found := strings.Cut(string(v), "Security limit exceeded: Image size "); found {
		return vitrine.Failf(vitrine.TooManyPixels, "%s", shortDetail(limit))
	}
	// Its other limits are about what a damaged file asks for, whatever it calls them.
	if aboutMemory(string(v)) && !strings.Contains(string(v), "Security limit exceeded") {
		return err
	}
	return vitrine.Failf(vitrine.Unreadable, "%s", shortDetail(string(v)))
}

// shortDetail keeps the printable ASCII of the first 120 bytes. Libraries
// quote what they found in the file.
func shortDetail(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text[:min(len(text), 120)]))
}
