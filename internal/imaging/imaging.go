// Package imaging makes the variants and placeholders of a picture.
//
// Foreign bytes are decoded in child processes, never in the server: a Pool
// starts this program again with the subcommand that calls Child, and hands it
// one picture after another by file name. A child that crashes, hangs or grows
// costs one attempt of one picture. What a child does with a picture is the
// list of steps in steps.go.
package imaging

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strconv"
	"time"

	vitrine "github.com/vitrine-media/vitrine"
)

// recipeVersion is part of Recipe.ID. It goes up when the same settings begin
// to give different pictures.
const recipeVersion = 4

// Recipe says which variants to make of every picture, and how. A panorama has
// vitrine.PanoVariant as well, which changes none of the others.
type Recipe struct {
	Sizes   []int // longest side of each variant in px, smallest first
	Quality int   // of WebP, 0 to 100
	Effort  int   // of the WebP encoder, 0 (fast) to 6 (small)
}

// DefaultRecipe is what the contracts say (Listings API 3.4): the quality of
// effort 4 at half its time.
func DefaultRecipe() Recipe {
	return Recipe{Sizes: []int{128, 512, 1024}, Quality: 80, Effort: 2}
}

// ID is eight hex digits that differ when the variants of a file would. It is
// part of their public address, so that an address never changes what it shows.
func (r Recipe) ID() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %d %v", recipeVersion, r.Quality, r.Effort, r.Sizes))
	return hex.EncodeToString(sum[:4])
}

// rendition is a variant to be made.
type rendition struct {
	name   string
	sidePx int // longest side
}

// panoRendition is the one that only panoramas have, beside those of a Recipe.
var panoRendition = rendition{vitrine.PanoVariant, panoPx}

// renditions are the variants of any picture, smallest first.
func (r Recipe) renditions() []rendition {
	var all []rendition
	for _, size := range r.Sizes {
		all = append(all, rendition{strconv.Itoa(size), size})
	}
	return all
}

// file is the rendition's in that folder.
func (r rendition) file(dir string) string { return filepath.Join(dir, r.name+".webp") }

// Request is a picture to optimise.
type Request struct {
	Source   string // path of the file
	OutDir   string // where the variants go: a folder made for them alone
	Panorama bool   // whether some sender calls it a panorama
}

// Config is how a Pool works. Every field but Started must be set.
type Config struct {
	Exe            string        // the program a child is, and
	Args           []string      // the arguments that make it call Child
	Workers        int           // pictures at one time, and so children
	MaxPixels      int64         // width x height of a picture, from its header
	PixelsInFlight int64         // the same of all that are decoded at one time; a picture of more is decoded alone
	MaxSidePx      int           // longest side of a picture, from its header
	Timeout        time.Duration // of one picture, by the wall clock
	MemoryBytes    int64         // address space a child may take for its pictures, on top of what it has at its start
	RecycleAfter   int           // pictures after which a child is replaced
	Recipe         Recipe
	Log            *slog.Logger
	Started        func() // told of each child that was started; nil: nobody
}

// Result is what optimising a picture gave.
type Result struct {
	Type          string // media type by content: "image/heic"
	Width         int    // px, of the original, upright
	Height        int    // px, of the original, upright
	Blurhash      string
	Thumbhash     string // base64
	DominantColor string // "#rrggbb"
	// Facts.Panorama is set exactly when there is the variant
	// vitrine.PanoVariant. When Facts.DigitalSourceType is one that
	// vitrine.IsAISourceType, every variant says it in its XMP; the others have
	// no metadata at all.
	Facts    vitrine.ContentFacts
	Figures  vitrine.Figures
	Variants []vitrine.Variant // of the Recipe, smallest first, then vitrine.PanoVariant
	Files    []string          `json:"-"` // path of each variant, in the order of Variants
}

// ErrClosed is the error of a Pool after its Close.
var ErrClosed = errors.New("imaging: the pool is closed")

// ChildError says that the child process died of a picture, or had to be
// killed. Whether the picture or the machine is at fault is unknown, so the
// same picture may be tried again, a few times.
type ChildError struct {
	Reason string // short and safe to show: "took longer than 1m0s"
}

func (e *ChildError) Error() string { return "imaging child: " + e.Reason }
