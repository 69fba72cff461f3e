package imaging

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"

	vitrine "github.com/vitrine-media/vitrine"
)

// The server and a child speak JSON, a line each: first the terms, then for
// each picture a Task, an answer with the pixels that the child is about to
// decode, the leave to, and the answer that ends it. A picture that is refused
// by its header needs no leave. With a Task go its files, open.

// maxLineBytes bounds a line, since the writer of an answer has read foreign
// bytes and may no longer be itself.
const maxLineBytes = 64 << 10

// maxDetailBytes bounds the detail of a Failure, for the same reason.
const maxDetailBytes = 200

// failureCodes are the codes that a picture can fail with.
var failureCodes = []vitrine.FailureCode{vitrine.UnsupportedType, vitrine.TooManyPixels, vitrine.Unreadable}

// terms are told to a child once.
type terms struct {
	MemoryBytes int64
	CPUSeconds  int64 // of all the pictures of the child together
}

// Task is one picture to optimise.
type Task struct {
	Source    string // path of the file
	OutDir    string // where the variants go
	Panorama  bool   // see Request
	MaxPixels int64  // width x height that the header may say
	MaxSidePx int    // either side that the header may say
	Recipe    Recipe

	admitted int64 // width x height that the child has leave to decode
}

// leave is the server's word that a child may decode so many pixels.
type leave struct {
	Pixels int64
}

// answer is what a child says to a Task. One of the fields is set. A server
// checks it before it believes it.
type answer struct {
	Result  *Result          `json:",omitempty"`
	Failure *vitrine.Failure `json:",omitempty"`
	Memory  bool             `json:",omitempty"` // there was not enough
	NoSpace bool             `json:",omitempty"` // the disk is full
	Pixels  int64            `json:",omitempty"` // not the end: it asks for leave to decode so many
	Error   string           `json:",omitempty"` // anything else; for the log
}

// answerOf puts the outcome of a task into words.
func answerOf(r *Result, err error) answer {
	if err == nil {
		return answer{Result: r}
	}
	if failure, ok := errors.AsType[*vitrine.Failure](err); ok {
		return answer{Failure: failure}
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return answer{NoSpace: true}
	}
	if aboutMemory(err.Error()) {
		return answer{Memory: true}
	}
	return answer{Error: err.Error()}
}

// aboutMemory reports whether a reason is that an allocation failed, in the
// words of the kernel, Go, glib, C++ and the decoders. It says something about
// a child's limits, and nothing about whether the file is damaged.
func aboutMemory(reason string) bool {
	reason = strings.ToLower(reason)
	return slices.ContainsFunc([]string{
		"out of memory", "insufficient memory", "cannot allocate memory", "memory allocation",
		"failed to allocate", "bad_alloc", "resource temporarily unavailable", "address space collisions",
	}, func(words string) bool { return strings.Contains(reason, words) })
}

// outcome is the reverse of answerOf.
func (a *answer) outcome() (*Result, error) {
	switch {
	case a.Failure != nil:
		return nil, a.Failure
	case a.Memory:
		return nil, &ChildError{Reason: reasonMemory}
	case a.NoSpace:
		return nil, fmt.Errorf("optimise picture: %w", syscall.ENOSPC)
	case a.Error != "":
		return nil, fmt.Errorf("optimise picture: %s", a.Error)
	}
	return a.Result, nil
}

// check reports whether a is an answer to t.
func (t *Task) check(a *answer) error {
	switch {
	case a.Failure != nil:
		if code := a.Failure.Code; !slices.Contains(failureCodes, code) || len(a.Failure.Detail) > maxDetailBytes {
			return fmt.Errorf("a failure %q of %d bytes", code, len(a.Failure.Detail))
		}
		return nil
	case a.Memory, a.NoSpace, a.Error != "":
		return nil
	case a.Result == nil:
		return errors.New("an empty answer")
	}
	return t.checkResult(a.Result)
}

// checkResult reports whether r is of the picture that there was leave for, and
// has the variants asked for, in order, each no larger than asked and there as a
// file of the size it says, and says of the picture only what can be.
func (t *Task) checkResult(r *Result) error {
	if err := errors.Join(t.checkFacts(&r.Facts), checkFigures(r)); err != nil {
		return err
	}
	if int64(r.Width)*int64(r.Height) != t.admitted {
		return fmt.Errorf("a picture of %d x %d px, with leave to decode %d px", r.Width, r.Height, t.admitted)
	}
	renditions := t.Recipe.renditions()
	if r.Facts.Panorama != nil {
		renditions = append(renditions, panoRendition)
	}
	if r.Width < 1 || r.Height < 1 || len(r.Variants) != len(renditions) {
		return fmt.Errorf("a picture of %d x %d px with %d variants", r.Width, r.Height, len(r.Variants))
	}
	for i, want := range renditions {
		v := r.Variants[i]
		if v.Name != want.name || v.Type != variantType ||
			v.Width < 1 || v.Height < 1 || v.Width > want.sidePx || v.Height > want.sidePx {
			return fmt.Errorf("variant %s is %q, %q, %d x %d px", want.name, v.Name, v.Type, v.Width, v.Height)
		}
		if p := r.Facts.Panorama; want == panoRendition && (p.CroppedWidth != v.Width || p.CroppedHeight != v.Height) {
			return fmt.Errorf("variant %s is %d x %d px, and its data is for another", want.name, v.Width, v.Height)
		}
		info, err := os.Lstat(want.file(t.OutDir))
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() || info.Size() != v.Bytes {
			return fmt.Errorf("variant %s should be a file of %d bytes and is %v of %d",
				want.name, v.Bytes, info.Mode(), info.Size())
		}
	}
	return nil
}

// checkFacts reports whether what f says of the picture can be.
func (t *Task) checkFacts(f *vitrine.ContentFacts) error {
	if f.DigitalSourceType != "" && !vitrine.IsSourceType(f.DigitalSourceType) {
		return fmt.Errorf("a digital source type of %d bytes", len(f.DigitalSourceType))
	}
	if !vitrine.ArePersonalTags(f.Removed) {
		return fmt.Errorf("%d tags that are not those that are looked for", len(f.Removed))
	}
	p := f.Panorama
	switch {
	case p == nil && t.Panorama:
		return errors.New("no panorama, and its sender calls it one")
	case p == nil:
		return nil
	case p.Called && !t.Panorama:
		return errors.New("a panorama that nobody calls one")
	}
	if p.Projection != vitrine.Equirectangular && p.Projection != vitrine.Cylindrical ||
		p.CroppedWidth < 1 || p.CroppedWidth > panoPx || p.CroppedHeight < 1 || p.CroppedHeight > panoPx ||
		!fits(p) || !(p.HeadingDegrees >= 0 && p.HeadingDegrees < 360) {
		return fmt.Errorf("a panorama of %.20q, %d x %d px of %d x %d", p.Projection,
			p.CroppedWidth, p.CroppedHeight, p.FullWidth, p.FullHeight)
	}
	return nil
}

// checkFigures reports whether what r is judged by can be.
func checkFigures(r *Result) error {
	m, l := &r.Figures.Measures, &r.Figures.Likeness
	for _, share := range []float64{
		m.Edges, m.White, m.Flat, m.Hard, m.Plain, m.Bars.Top, m.Bars.Bottom, m.Bars.Left, m.Bars.Right, float64(m.Lights) / 255,
	} {
		if !(share >= 0 && share <= 1.001) { // sums of what was rounded
			return fmt.Errorf("measures with a share of %v", share)
		}
	}
	if !(m.Sharpness >= 0 && m.Sharpness < 1e6) {
		return fmt.Errorf("a sharpness of %v", m.Sharpness)
	}
	if len(l.Thumb) != vitrine.ThumbFields || l.Information < 0 || l.Information > 63 {
		return fmt.Errorf("a likeness of %d fields and %d frequencies", len(l.Thumb), l.Information)
	}
	return nil
}

// settleFiles leaves in OutDir what the result says is there, and sets the
// result's Files: for a picture that turned out to be no panorama the file of
// its variant is empty, for a nil result, a failure, all go.
func (t *Task) settleFiles(r *Result) error {
	if r == nil {
		return t.removeVariants()
	}
	r.Files = nil
	for _, made := range t.Recipe.renditions() {
		r.Files = append(r.Files, made.file(t.OutDir))
	}
	if r.Facts.Panorama == nil {
		return os.Remove(panoRendition.file(t.OutDir))
	}
	r.Files = append(r.Files, panoRendition.file(t.OutDir))
	return nil
}

// removeVariants takes away what a task that failed may have written.
func (t *Task) removeVariants() error {
	var errs []error
	for _, made := range append(t.Recipe.renditions(), panoRendition) {
		if err := os.Remove(made.file(t.OutDir)); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
