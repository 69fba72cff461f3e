package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

// The bare server answers as vitrine does, or its figures say nothing: twice the
// same, from the disk and from memory.
func TestBareHandler(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "128.webp"), []byte("picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	handler := bareHandler(folder)
	for _, c := range []struct {
		path, tag, body string
		status          int
	}{
		{"/128.webp", "", "picture", http.StatusOK},
		{"/128.webp", "", "picture", http.StatusOK},
		{"/128.webp", `"/128.webp"`, "", http.StatusNotModified},
		{"/512.webp", "", "404 page not found\n", http.StatusNotFound},
	} {
		r := httptest.NewRequest(http.MethodGet, c.path, http.NoBody)
		if c.tag != "" {
			r.Header.Set("If-None-Match", c.tag)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != c.status || w.Body.String() != c.body {
			t.Errorf("%s with %q: %d %q, want %d %q", c.path, c.tag, w.Code, w.Body, c.status, c.body)
		}
		if got := w.Header().Get("Access-Control-Allow-Origin"); c.status == http.StatusOK && got != "*" {
			t.Errorf("%s has not vitrine's headers", c.path)
		}
	}
}
