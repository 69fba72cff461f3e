package portal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/vitrine-media/vitrine"
)

// signatureHex is how many hex digits of the signature an original's address
// carries: 128 bits, beyond guessing.
const signatureHex = 32

// URLs makes the addresses that are given out, all of them below Base.
type URLs struct {
	Base   string // "https://pictures.example.com", without a slash at its end
	Secret []byte // signs the addresses of originals; one for all servers of an installation
}

// Variant is the public, immutable address of a rendition: it holds the digest
// of the original and the recipe, so other bytes have another address.
func (u URLs) Variant(c *vitrine.Content, v vitrine.Variant) string {
	return u.Base + c.Path(v)
}

// Labelled is the address of the same rendition of a picture with the label that
// says that it was altered with a trained model. It is for pictures of which
// their sender says so; where the file says it, every rendition has the label.
func (u URLs) Labelled(c *vitrine.Content, v vitrine.Variant) string {
	return u.Base + c.LabelledPath(v)
}

// Original is the unguessable address of the bytes as they were sent. They may
// hold a place and a name: it is for the owner's eyes only.
func (u URLs) Original(c *vitrine.Content) string {
	return u.Base + "/o/" + c.SHA256 + "." + u.signature(c.SHA256)
}

// Gallery is the address of a gallery as JSON, for front ends.
func (u URLs) Gallery(id string) string { return u.Base + "/g/" + id }

// Page is the address of a gallery as a page, for people.
func (u URLs) Page(id string) string { return u.Base + "/l/" + id }

// verify gives the digest that the token of an original's address names, and
// whether this server signed it.
func (u URLs) verify(token string) (digest string, ok bool) {
	digest, signature, found := strings.Cut(token, ".")
	if !found || !isDigest(digest) {
		return "", false
	}
	return digest, hmac.Equal([]byte(signature), []byte(u.signature(digest)))
}

// signature binds a digest to this installation. The prefix keeps it from
// being mistaken for a signature that the same secret gave for something else.
func (u URLs) signature(digest string) string {
	mac := hmac.New(sha256.New, u.Secret)
	mac.Write([]byte("original\n" + digest))
	return hex.EncodeToString(mac.Sum(nil))[:signatureHex]
}

// isDigest reports whether s is a SHA-256 in lower-case hex. Nothing else may
// become a part of a blob's key.
func isDigest(s string) bool {
	return len(s) == hex.EncodedLen(sha256.Size) && strings.Trim(s, "0123456789abcdef") == ""
}
