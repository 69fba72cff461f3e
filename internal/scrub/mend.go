package scrub

import (
	"context"
	"strings"

	"github.com/vitrine-media/vitrine/internal/gallery"
)

// Remedy says what Mend does about a finding or, where it can't, what a person
// should do.
func (f Finding) Remedy() string {
	switch {
	case f.mends() == repair:
		return "it is made anew from its original"
	case f.mends() == tidy:
		return "it is deleted"
	case f.NoSource:
		return "put its original back from a back-up, and scrub again"
	case f.Problem == Unknown:
		return "look at it, and delete it if nobody needs it"
	}
	return "put this object back from a back-up, or delete the files that show it and send them again"
}

// mending is what can be done about a finding.
type mending string

const (
	nothing mending = ""
	repair  mending = "repair"
	tidy    mending = "tidy"
)

func (f Finding) mends() mending {
	isVariant := strings.HasPrefix(f.Key, "variant/")
	switch {
	case f.Problem != Unknown && isVariant && !f.NoSource:
		return repair
	case f.Problem == Unknown && (f.Content.SHA256 != "" || strings.HasPrefix(f.Key, "upload/")):
		return tidy
	}
	return nothing
}

// Mended reports whether Mend does all that there is to do.
func (f Finding) Mended() bool { return f.mends() != nothing }

// Mend has the workers do what can be done about a finding.
func Mend(ctx context.Context, g *gallery.Gallery, f Finding) error {
	switch f.mends() {
	case repair:
		return g.Repair(ctx, f.Content)
	case tidy:
		if f.Content.SHA256 == "" {
			return g.RemoveUpload(ctx, f.Key)
		}
		return g.Disown(ctx, f.Content.SHA256)
	}
	return nil
}
