package vitrine

import (
	"fmt"
	"slices"
)

// CheckCode names what a warning is about.
type CheckCode string

// The checks. CheckTable says when each warns.
const (
	CheckSmallSource CheckCode = "small_source"
	CheckBlurred     CheckCode = "blurred"
	CheckTooDark     CheckCode = "too_dark"
	CheckTooBright   CheckCode = "too_bright"
	CheckBars        CheckCode = "bars"
	CheckDrawing     CheckCode = "drawing_as_photo"
	CheckPhoto       CheckCode = "photo_as_drawing"
	CheckSame        CheckCode = "same_picture"      // in the listing
	CheckElsewhere   CheckCode = "picture_elsewhere" // in another listing of the account
)

// Figure names a number that a check goes by, in evidence and in documentation.
type Figure string

// The figures: those of Measures, and what follows from them.
const (
	FigureLongSide    Figure = "longSidePx"
	FigureSharpness   Figure = "sharpness"
	FigureEdges       Figure = "edges"
	FigureLights      Figure = "lights"
	FigureWhite       Figure = "white"
	FigureBar         Figure = "bar" // the thinner of two opposite bars
	FigurePlain       Figure = "plain"
	FigureFlat        Figure = "flat"
	FigureHard        Figure = "hard"
	FigureLines       Figure = "lines" // the hard ones among the pixels that aren't flat
	FigureDistance    Figure = "distance"
	FigureCorrelation Figure = "correlation"
)

// Limit is a condition on a figure.
type Limit struct {
	Figure Figure
	Below  bool // the figure is below Value; otherwise it is at least that
	Value  float64
}

// Condition is "below" or "atLeast", as both APIs have it.
func (l Limit) Condition() string {
	if l.Below {
		return "below"
	}
	return "atLeast"
}

// String is the condition as a formula: "sharpness < 0.22".
func (l Limit) String() string {
	if l.Below {
		return fmt.Sprintf("%s < %v", l.Figure, l.Value)
	}
	return fmt.Sprintf("%s ≥ %v", l.Figure, l.Value)
}

// Check is one row of the table of checks.
type Check struct {
	Code    CheckCode
	Limits  []Limit // all of which hold of a picture that is warned of
	Message string  // what is the matter, for a person
	Remedy  string  // what to do about it, in one sentence
}

// CheckTable is the one table of checks, for both APIs, the dashboard and the
// documentation. A picture is judged by it whenever its warnings are read, so
// that a new limit counts at once. No warning keeps a picture from being shown.
var CheckTable = []Check{
	{CheckSmallSource, []Limit{{FigureLongSide, true, 1024}},
		"The picture is small, and looks coarse on a large screen.", "Send the original, at least 1024 pixels on its longer side."},
	{CheckBlurred, []Limit{{FigureSharpness, true, 0.22}, {FigureEdges, false, 0.02}},
		"The picture is blurred, or a small one that was enlarged.", "Send another shot, or the original before it was scaled."},
	{CheckTooDark, []Limit{{FigureLights, true, 95}},
		"The picture is very dark.", "Send another shot with more light, or brighten this one."},
	{CheckTooBright, []Limit{{FigureWhite, false, 0.3}},
		"Much of the picture is white, and nothing can be seen there.", "Send another shot with less exposure."},
	{CheckBars, []Limit{{FigureBar, false, 0.015}},
		"The picture has bars along two of its sides.", "Send it without them; galleries fit pictures by themselves."},
	{CheckDrawing, drawn,
		"It stands among the photos and looks like a plan, a screenshot or another drawing.", "Give it the category of what it is, such as FLOOR_PLAN, or send a photo in its place."},
	{CheckPhoto, []Limit{{FigurePlain, true, 0.3}},
		"It has the category of a drawing and looks like a photo.", "Give it the category of what it shows."},
	{CheckSame, alike,
		"Another picture of the listing looks the same.", "Keep the better of the two."},
	{CheckElsewhere, alike,
		"A picture of another listing looks the same.", "Check that it stands in the right listing."},
}

// drawn are the limits of plans, screenshots and other drawings: few
// brightnesses, even areas, and edges that are lines.
var drawn = []Limit{{FigurePlain, false, 0.4}, {FigureFlat, false, 0.7}, {FigureHard, false, 0.03}, {FigureLines, false, 0.3}}

// RuleOfCheck is the row of a check.
func RuleOfCheck(code CheckCode) Check {
	return CheckTable[slices.IndexFunc(CheckTable, func(c Check) bool { return c.Code == code })]
}

// Warning is what a check found, and by what.
type Warning struct {
	Code     CheckCode
	Evidence []Evidence // of the limits of its check, in their order
	Other    *Other     // of a picture that looks the same; nil for the other checks
}

// Evidence is a figure of a picture, and the limit that it is beyond.
type Evidence struct {
	Limit
	Is float64
}

// Other is a picture that looks the same as the one that is warned of.
type Other struct {
	MediaID   int64
	MediaUUID string
	// ListingID and ListingUUID name one in which it stands, if not the same.
	ListingID   int64
	ListingUUID string
}

// drawingCategories are those in which a drawing is what one expects.
var drawingCategories = []Category{"ENERGY_CERTIFICATE", "FLOOR_PLAN", "LOGO", "MAP", "PROPERTY_INFORMATION", "SCHEMA", "SITE_PLAN"}

// planCategories are those in which a photo is not. A map may be one from the
// air, a certificate one of its paper.
var planCategories = []Category{"FLOOR_PLAN", "SCHEMA", "SITE_PLAN"}

// sharedCategories are those of what many flats of a house have in common: the
// same picture in several listings is right.
var sharedCategories = []Category{"ENERGY_CERTIFICATE", "MAP", "SITE_PLAN"}

// logo is small, plain and in every listing.
const logo Category = "LOGO"

// Judge gives the warnings of a picture by itself, in the order of CheckTable.
// m is nil of one that has no figures; category is "" for none.
func Judge(widthPx, heightPx int, m *Measures, category Category) (warnings []Warning) {
	figures := map[Figure]float64{FigureLongSide: float64(max(widthPx, heightPx))}
	if m != nil {
		m.addTo(figures)
	}
	isDrawn := beyond(drawn, figures) != nil
	for _, check := range CheckTable {
		if !check.isAbout(isDrawn, category) {
			continue
		}
		if evidence := beyond(check.Limits, figures); evidence != nil {
			warnings = append(warnings, Warning{Code: check.Code, Evidence: evidence})
		}
	}
	return warnings
}

// isAbout reports whether a picture is one that the check is made for. Drawings
// are bright and have margins.
func (c *Check) isAbout(isDrawn bool, category Category) bool {
	if category == logo {
		return false
	}
	switch c.Code {
	case CheckTooDark, CheckTooBright, CheckBars:
		return !isDrawn && !slices.Contains(drawingCategories, category)
	case CheckDrawing:
		return !slices.Contains(drawingCategories, category)
	case CheckPhoto:
		return slices.Contains(planCategories, category)
	case CheckElsewhere:
		return !slices.Contains(sharedCategories, category)
	}
	return true
}

// Compares reports whether a picture in a category is looked at by CheckSame or
// CheckElsewhere.
func Compares(code CheckCode, category Category) bool {
	check := RuleOfCheck(code)
	return check.isAbout(false, category)
}

// beyond gives the evidence when all limits hold, nil otherwise.
func beyond(limits []Limit, figures map[Figure]float64) (evidence []Evidence) {
	for _, l := range limits {
		is, known := figures[l.Figure]
		if !known || (is < l.Value) != l.Below {
			return nil
		}
		evidence = append(evidence, Evidence{l, is})
	}
	return evidence
}
