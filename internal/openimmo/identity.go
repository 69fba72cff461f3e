package openimmo

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// FileID is the external id of an attachment's present bytes, so that the same
// bytes are known again however the sender names and orders them. With md5, 32
// digits in lower case, it is made of that; otherwise of the path and the check.
// "" where there is neither.
func (l *Listing) FileID(a *Attachment, md5 string) string {
	if md5 == "" && a.Check.Type == CheckMD5 {
		md5 = a.Check.Value
	}
	switch {
	case md5 != "":
		return FilePrefix(l.ExternalID()) + "md5-" + md5
	case a.Check.Value == "":
		return ""
	}
	sum := sha256.Sum256([]byte(a.Path + "\x00" + a.Check.Value))
	return FilePrefix(l.ExternalID()) + strings.ToLower(string(a.Check.Type)) + "-" + hex.EncodeToString(sum[:16])
}

// FilePrefix is what the FileIDs of the listing with that external id begin with.
func FilePrefix(externalID string) string { return externalID + "/" }

// MaxIDRunes is how long the external id of a listing may be, so that those of
// its files are within the 255 characters of the Listings API.
const MaxIDRunes = 255 - len("/datetime-") - 2*16
