package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// Every variant of every photo is asked for, and each answer goes to its file.
func TestAsked(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "missing") {
			http.NotFound(w, r)
			return
		}
		_, _ = fmt.Fprint(w, r.URL.Path)
	}))
	defer server.Close()
	a := &asked{photos: []string{"a.jpg", "b.jpg"}, atOnce: 3, url: func(photo string, side int) string {
		return fmt.Sprintf("%s/%d/%s", server.URL, side, photo)
	}}
	to := t.TempDir()
	if err := a.optimise(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	for i, photo := range a.photos {
		for _, side := range variantSides {
			if got, want := read(t, filepath.Join(to, variantName(i, side))), fmt.Sprintf("/%d/%s", side, photo); got != want {
				t.Errorf("variant %d of photo %d is %q, want %q", side, i, got, want)
			}
		}
	}
	if size, err := variantBytes(to, 2); err != nil || size != 2*int64(len("/1024/a.jpg")+len("/512/a.jpg")+len("/128/a.jpg")) {
		t.Errorf("the variants have %d bytes, %v", size, err)
	}
	a.photos[1] = "missing.jpg"
	if err := a.optimise(t.Context(), to); err == nil {
		t.Error("a variant that isn't made is no error")
	}
}
