package resumable_test

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/resumable"
)

func TestOptions(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := s.send(http.MethodOptions, resumable.Path, map[string]string{"X-Api-Key": "", "Tus-Resumable": ""}, nil)
	if a.status != http.StatusNoContent {
		t.Fatalf("OPTIONS: %d %s", a.status, a.text)
	}
	for name, want := range map[string]string{
		"Tus-Resumable": "1.0.0", "Tus-Version": "1.0.0", "Tus-Max-Size": strconv.FormatInt(s.limits.MaxVideoBytes, 10),
		"Tus-Extension": "creation,creation-with-upload,expiration,termination",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path, _ := s.create(10)
	closed, _ := s.newKey("Closed Homes")
	if err := s.gallery.SuspendAccount(t.Context(), "Closed Homes", true); err != nil {
		t.Fatal(err)
	}
	other, _ := s.newKey("Other Homes")
	for name, test := range map[string]struct {
		header  map[string]string
		status  int
		code    string
		message string
	}{
		"no key":           {map[string]string{"X-Api-Key": ""}, http.StatusUnauthorized, "unauthorized", "API key is required"},
		"unknown key":      {map[string]string{"X-Api-Key": "vtr_x"}, http.StatusUnauthorized, "unauthorized", "Invalid API key"},
		"two keys":         {map[string]string{"Authorization": "ApiKey " + s.key}, http.StatusBadRequest, "invalid", "Multiple authentication methods provided"},
		"suspended":        {map[string]string{"X-Api-Key": closed}, http.StatusForbidden, "suspended", "Agency is suspended"},
		"another's upload": {map[string]string{"X-Api-Key": other}, http.StatusNotFound, "not_found", "Upload not found"},
	} {
		for _, method := range []string{http.MethodPatch, http.MethodDelete, http.MethodGet} {
			a := s.send(method, path, test.header, nil)
			s.wantError(a, test.status, test.code, test.message)
			if challenge := a.header.Get("WWW-Authenticate"); (challenge == "ApiKey") != (test.status == http.StatusUnauthorized) {
				t.Errorf("%s: WWW-Authenticate is %q", name, challenge)
			}
		}
		if a := s.send(http.MethodHead, path, test.header, nil); a.status != test.status {
			t.Errorf("%s: HEAD answers %d, want %d", name, a.status, test.status)
		}
	}
	if a := s.send(http.MethodHead, path, nil, nil); a.status != http.StatusOK || a.header.Get("Upload-Offset") != "0" {
		t.Errorf("its own account gets %d, offset %q", a.status, a.header.Get("Upload-Offset"))
	}
}

func TestCreationRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const pairs = "Upload-Metadata must be pairs of a key and a base64 value, no key twice"
	types := "filetype must be one of the following values: " + strings.Join(slices.Concat(vitrine.ImageTypes, vitrine.VideoTypes), ", ")
	good := metadata("filetype", "image/jpeg")
	tooLong := strings.Repeat("ü", 256)
	for name, test := range map[string]struct {
		header  map[string]string
		status  int
		code    string
		message any
	}{
		"too large":       {map[string]string{"Upload-Length": "6291457"}, http.StatusRequestEntityTooLarge, "too_large", "Upload-Length is more than Tus-Max-Size"},
		"too large photo": {map[string]string{"Upload-Length": "4194305"}, http.StatusRequestEntityTooLarge, "too_large", "The file has 4194305 bytes, 4194304 are allowed"},
		"empty":           {map[string]string{"Upload-Length": "0"}, http.StatusBadRequest, "invalid", []any{"Upload-Length must be at least 1"}},
		"negative":        {map[string]string{"Upload-Length": "-1"}, http.StatusBadRequest, "invalid", "Upload-Length must be the number of bytes of the file"},
		"no length":       {map[string]string{"Upload-Length": ""}, http.StatusBadRequest, "invalid", "Upload-Length must be the number of bytes of the file"},
		"deferred length": {map[string]string{"Upload-Length": "", "Upload-Defer-Length": "1"}, http.StatusBadRequest, "invalid", "Upload-Length must be set when the upload is created"},
		"partial":         {map[string]string{"Upload-Concat": "partial"}, http.StatusBadRequest, "invalid", []any{"Upload-Concat is not supported"}},
		"no version":      {map[string]string{"Tus-Resumable": ""}, http.StatusPreconditionFailed, "invalid", "Tus-Resumable must be 1.0.0"},
		"other version":   {map[string]string{"Tus-Resumable": "0.2.2"}, http.StatusPreconditionFailed, "invalid", "Tus-Resumable must be 1.0.0"},
		"no type":         {map[string]string{"Upload-Metadata": ""}, http.StatusBadRequest, "invalid", []any{types}},
		"wrong type":      {map[string]string{"Upload-Metadata": metadata("filetype", "image/svg+xml")}, http.StatusBadRequest, "invalid", []any{types}},
		"not base64":      {map[string]string{"Upload-Metadata": good + ",externalId ???"}, http.StatusBadRequest, "invalid", []any{pairs}},
		"key twice":       {map[string]string{"Upload-Metadata": good + "," + good}, http.StatusBadRequest, "invalid", []any{pairs}},
		"no external id":  {map[string]string{"Upload-Metadata": good + ",externalId"}, http.StatusBadRequest, "invalid", []any{"externalId must be at least 1 character"}},
		"two rules": {
			map[string]string{"Upload-Metadata": metadata("externalId", tooLong+"\x00")}, http.StatusBadRequest, "invalid",
			[]any{types, "externalId must be at most 255 characters", "externalId must not contain a zero byte"},
		},
		"not text":      {map[string]string{"Upload-Metadata": good + "," + metadata("externalId", "\xff")}, http.StatusBadRequest, "invalid", []any{"externalId must be UTF-8"}},
		"much metadata": {map[string]string{"Upload-Metadata": good + "," + metadata("note", tooLong+strings.Repeat("x", 8000))}, http.StatusBadRequest, "invalid", []any{"Upload-Metadata must be at most 8192 bytes"}},
	} {
		t.Run(name, func(t *testing.T) {
			header := map[string]string{"Upload-Length": "10", "Upload-Metadata": good}
			for field, value := range test.header {
				header[field] = value
			}
			a := s.send(http.MethodPost, resumable.Path, header, nil)
			s.wantError(a, test.status, test.code, test.message)
			if version := a.header.Get("Tus-Version"); (version == "1.0.0") != (test.status == http.StatusPreconditionFailed) {
				t.Errorf("Tus-Version is %q", version)
			}
		})
	}
	if left := s.files(""); len(left) > 0 {
		t.Errorf("refused uploads have left %v", left)
	}
}

// A video may be larger than a photo.
func TestVideo(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	content := photo(t, int(s.limits.MaxVideoBytes))
	a := s.send(http.MethodPost, resumable.Path, map[string]string{
		"Upload-Length": strconv.Itoa(len(content)), "Upload-Metadata": metadata("filetype", "video/quicktime"),
	}, nil)
	if a.status != http.StatusCreated {
		t.Fatalf("create: %d %s", a.status, a.text)
	}
	path, media := a.header.Get("Location"), number(t, a, "X-Media-Id")
	a = s.patch(path, 0, bytes.NewReader(content))
	if a.status != http.StatusNoContent {
		t.Fatalf("the bytes: %d %s", a.status, a.text)
	}
	s.wantUploaded(media, number(t, a, "X-Job-Id"), content)
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path, _ := s.create(10)
	below := strings.TrimPrefix(path, "http://"+s.address)
	s.wantError(s.send(http.MethodGet, path, nil, nil), http.StatusMethodNotAllowed, "method_not_allowed", "Cannot GET "+below)
	a := s.send(http.MethodPatch, resumable.Path, nil, nil)
	s.wantError(a, http.StatusMethodNotAllowed, "method_not_allowed", "Cannot PATCH "+resumable.Path)
	if allow := a.header.Get("Allow"); allow != "POST, OPTIONS" {
		t.Errorf("Allow is %q", allow)
	}
	for _, id := range []string{"x", "..%2f..%2fetc%2fpasswd", strings.Repeat("A", 26), strings.Repeat("A", 27), "%00", "a/b"} {
		s.wantError(s.send(http.MethodDelete, resumable.Path+"/"+id, nil, nil), http.StatusNotFound, "not_found", "Upload not found")
	}
}

func TestPatchRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	content := photo(t, 1000)
	path, media := s.create(len(content))
	if a := s.patch(path, 0, bytes.NewReader(content[:400])); a.status != http.StatusNoContent || a.header.Get("Upload-Offset") != "400" {
		t.Fatalf("the first bytes: %d, offset %q", a.status, a.header.Get("Upload-Offset"))
	}
	wrongOffset := "Upload-Offset is not where the upload ends; go on from the offset that HEAD tells"
	tooMuch := "The body goes on after the end of the file"
	s.wantError(s.patch(path, 0, bytes.NewReader(content)), http.StatusConflict, "conflict", wrongOffset)
	s.wantError(s.patch(path, 401, bytes.NewReader(content[401:])), http.StatusConflict, "conflict", wrongOffset)
	s.wantError(s.patch(path, -1, nil), http.StatusBadRequest, "invalid", "Upload-Offset must be a number of bytes")
	s.wantError(s.patch(path, 400, bytes.NewReader(make([]byte, 601))), http.StatusRequestEntityTooLarge, "too_large", tooMuch)
	unannounced := struct{ io.Reader }{bytes.NewReader(make([]byte, 601))} // its length is not known
	s.wantError(s.patch(path, 400, unannounced), http.StatusRequestEntityTooLarge, "too_large", tooMuch)
	s.wantError(s.send(http.MethodPatch, path, map[string]string{"Upload-Offset": "400"}, bytes.NewReader(content[400:])),
		http.StatusUnsupportedMediaType, "unsupported_media_type", "Content-Type must be application/offset+octet-stream")
	header := patchHeader(400)
	header["Upload-Length"] = "2000"
	s.wantError(s.send(http.MethodPatch, path, header, nil), http.StatusBadRequest, "invalid", "Upload-Length must be set when the upload is created")

	// Nothing of all that has done any harm.
	a := s.patch(path, 400, bytes.NewReader(content[400:]))
	if a.status != http.StatusNoContent {
		t.Fatalf("the last bytes: %d %s", a.status, a.text)
	}
	s.wantUploaded(media, number(t, a, "X-Job-Id"), content)
}

func TestExternalID(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	content := photo(t, 1000)
	_, first := s.create(len(content), "externalId", "flat-77-kitchen")
	path, second := s.create(len(content), "externalId", "flat-77-kitchen")
	if first != second {
		t.Errorf("one external id has given the media %d and %d", first, second)
	}
	a := s.patch(path, 0, bytes.NewReader(content))
	s.wantUploaded(second, number(t, a, "X-Job-Id"), content)

	a = s.send(http.MethodPost, resumable.Path, map[string]string{
		"Upload-Length": "10", "Upload-Metadata": metadata("filetype", "image/jpeg", "externalId", "flat-77-kitchen"),
	}, nil)
	s.wantError(a, http.StatusConflict, "conflict", "Media "+strconv.FormatInt(first, 10)+" holds a file already")
}
