package resumable

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vitrine-media/vitrine"
)

const (
	maxMetadataBytes = 8 << 10 // of the header as it stands
	maxExternalID    = 255     // Unicode code points (Listings API, section 2)
)

// The keys of Upload-Metadata that mean something here. Others, like the
// filename that most clients send, are kept and given back.
const (
	fileTypeKey   = "filetype"
	externalIDKey = "externalId"
)

// metadataOf is the Upload-Metadata header of a request, as one line.
func metadataOf(h http.Header) string { return strings.Join(h.Values("Upload-Metadata"), ",") }

// parseMetadata reads an Upload-Metadata header (tus 1.0, "Creation"): pairs
// separated by commas, each a key and, after a space, its value in base64. A
// value may be absent, a key may not stand twice. Whatever breaks a rule makes
// the whole worthless: a part that is skipped could be the external id.
func parseMetadata(header string) (values map[string]string, broken []string) {
	values = map[string]string{}
	switch {
	case len(header) > maxMetadataBytes:
		return nil, []string{fmt.Sprintf("Upload-Metadata must be at most %d bytes", maxMetadataBytes)}
	case strings.TrimSpace(header) == "":
		return values, nil
	}
	for pair := range strings.SplitSeq(header, ",") {
		key, encoded, _ := strings.Cut(strings.TrimSpace(pair), " ")
		value, err := base64.StdEncoding.Strict().DecodeString(encoded)
		_, twice := values[key]
		if err != nil || twice || !isMetadataKey(key) || strings.ContainsAny(encoded, "\r\n") {
			return nil, []string{"Upload-Metadata must be pairs of a key and a base64 value, no key twice"}
		}
		values[key] = string(value)
	}
	return values, nil
}

// isMetadataKey reports whether key is printable ASCII and not empty.
func isMetadataKey(key string) bool {
	return key != "" && !strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

// checkMetadata gives the rules that the metadata of a new upload break
// (Listings API, sections 2 and 3.6), in the words of that API.
func checkMetadata(values map[string]string) (broken []string) {
	types := slices.Concat(vitrine.ImageTypes, vitrine.VideoTypes)
	if !slices.Contains(types, values[fileTypeKey]) {
		broken = append(broken, fileTypeKey+" must be one of the following values: "+strings.Join(types, ", "))
	}
	id, given := values[externalIDKey]
	if !given {
		return broken
	}
	for _, rule := range []struct {
		holds bool
		text  string
	}{
		{id != "", "must be at least 1 character"},
		{utf8.RuneCountInString(id) <= maxExternalID, fmt.Sprintf("must be at most %d characters", maxExternalID)},
		{!strings.Contains(id, "\x00"), "must not contain a zero byte"},
		{utf8.ValidString(id), "must be UTF-8"},
	} {
		if !rule.holds {
			broken = append(broken, externalIDKey+" "+rule.text)
		}
	}
	return broken
}
