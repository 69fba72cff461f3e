package listingsapi_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/listingsapi"
)

// FuzzMediaBulk checks that whatever operation is accepted keeps the rules of
// its kind, and reads the same when it is written out and sent again.
func FuzzMediaBulk(f *testing.F) {
	for _, seed := range []string{
		`{"operations": [{"op": "upload-from-url", "url": "https://a.example/1.jpg", "externalId": "k"}, {"op": "delete", "id": 7}]}`,
		`{"operations": [{"op": "request-upload-url", "contentType": "image/heic", "filename": "a", "size": 9, "externalId": "k"}]}`,
		`{"operations": [{"op": "confirm-upload", "mediaId": 5}, {"op": "confirm-upload", "externalId": "k"}, {"op": "confirm-upload", "id": 1, "mediaId": 1}]}`,
		`{"operations": [{"op": "link", "id": 5, "externalId": "\ud800"}, {"op": "unlink", "id": 1e3}, null, 1, "x", [], {}]}`,
		`{"operations": {}}`, `{"operations": []}`, `[]`, `null`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !utf8.Valid(raw) || !json.Valid(raw) {
			return // the guard has refused it
		}
		operations, err := listingsapi.ParseOperations(raw, 100)
		if err == nil && (len(operations) == 0 || len(operations) > 100) {
			t.Fatalf("accepted %d operations", len(operations))
		}
		for _, operation := range operations {
			op, err := listingsapi.ParseMediaOp(operation)
			if err != nil {
				if vitrine.CodeOf(err) != vitrine.CodeInvalid {
					t.Fatalf("refused with %v", err)
				}
				continue
			}
			checkMediaOp(t, op)
			again, err := listingsapi.ParseMediaOp(writtenOp(t, op))
			if err != nil {
				t.Fatalf("accepted once, then refused: %v", err)
			}
			if diff := cmp.Diff(op, again); diff != "" {
				t.Errorf("read again (-first +second):\n%s", diff)
			}
		}
	})
}

// checkMediaOp checks what gallery may take for granted.
func checkMediaOp(t *testing.T, op gallery.MediaOp) {
	t.Helper()
	one := (op.Ref.ID > 0) != (op.Ref.ExternalID != "")
	ok := map[string]bool{
		gallery.OpImport:        op.URL != "",
		gallery.OpRequestUpload: slices.Contains(slices.Concat(vitrine.ImageTypes, vitrine.VideoTypes), op.Upload.ContentType) && op.Upload.Size >= 0,
		gallery.OpConfirmUpload: one,
		gallery.OpLink:          op.Ref.ID > 0 && op.ExternalID != "",
		gallery.OpUnlink:        op.Ref.ID > 0,
		gallery.OpDelete:        one,
	}
	if !ok[op.Op] {
		t.Errorf("accepted %+v", op)
	}
}

// writtenOp is an operation that asks for op.
func writtenOp(t *testing.T, op gallery.MediaOp) []byte {
	t.Helper()
	fields := map[string]any{"op": op.Op}
	for name, value := range map[string]string{
		"url": op.URL, "contentType": op.Upload.ContentType, "externalId": op.ExternalID + op.Ref.ExternalID + op.Upload.ExternalID, // one of them
	} {
		if value != "" {
			fields[name] = value
		}
	}
	if op.Ref.ID != 0 {
		fields["id"] = op.Ref.ID
	}
	if op.Upload.Size != 0 {
		fields["size"] = op.Upload.Size
	}
	text, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// FuzzSignedURL checks that nothing but what was signed lets an upload in: the
// same values, each once and as it was spelled.
func FuzzSignedURL(f *testing.F) {
	s := newReceiver(f)
	_, signed := s.requestUpload(`{"contentType": "image/png", "size": 1}`)
	genuine, err := url.Parse(signed)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(genuine.RawQuery)
	f.Add(strings.Replace(genuine.RawQuery, "size=1", "size=01", 1))
	f.Add(strings.Replace(genuine.RawQuery, "size=1", "size=2", 1))
	f.Add(strings.Replace(genuine.RawQuery, "&size=1", "", 1))
	f.Add(strings.Replace(genuine.RawQuery, "image%2Fpng", "image%2Fjpeg", 1))
	f.Add(genuine.RawQuery + "&type=image/jpeg&expires=0")
	f.Add("type=image/jpeg&" + genuine.RawQuery)
	f.Add("expires=9223372036854775807&size=-1&signature=%00&type=%0A")
	f.Add("%zz;")
	f.Add("")
	f.Fuzz(func(t *testing.T, query string) {
		if strings.ContainsFunc(query, func(c rune) bool { return c <= ' ' || c > '~' || c == '#' }) {
			return // no query of an HTTP request
		}
		u := *genuine
		u.RawQuery = query
		a := s.in(t).upload(u.String(), "image/png", strings.NewReader("x"))
		values, err := url.ParseQuery(query)
		same := err == nil && cmp.Equal(values, genuine.Query())
		if want := map[bool]int{true: http.StatusOK, false: http.StatusForbidden}[same]; a.status != want {
			t.Errorf("%s is answered %d %s", query, a.status, a.text)
		}
	})
}
