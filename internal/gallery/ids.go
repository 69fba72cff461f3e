package gallery

import (
	"crypto/rand"
	"strings"

	"github.com/google/uuid"

	"github.com/vitrine-media/vitrine"
)

func newUUID() string { return uuid.NewString() }

// newGalleryID is the public name of a listing: 128 random bits, so that
// knowing one gallery tells nothing of another.
func newGalleryID() string { return strings.ToLower(rand.Text()) }

// OriginalKey is where the bytes as sent are kept.
func OriginalKey(sha256 string) string {
	return "original/" + sha256[:2] + "/" + sha256
}

// VariantKey is where a variant is kept.
func VariantKey(sha256, recipe string, v vitrine.Variant) string {
	return VariantsPrefix(sha256) + recipe + "/" + v.File()
}

// VariantsPrefix is how the keys of all variants of a content begin.
func VariantsPrefix(sha256 string) string { return "variant/" + sha256[:2] + "/" + sha256 + "/" }

// UploadKey is where the sender of a media uploads it to.
func UploadKey(uuid string) string { return "upload/" + uuid }
