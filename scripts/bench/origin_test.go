package main

import (
	"bytes"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// Each address has bytes of its own, and the picture of the corpus.
func TestOrigin(t *testing.T) {
	t.Parallel()
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 30, 20)), nil); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "a.jpg")
	if err := os.WriteFile(name, photo.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	l := &lab{photos: []string{name}}
	o, err := l.startOrigin(map[string]string{"/film.mp4": name})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	})
	seen := map[string]bool{}
	for _, url := range append(o.take(2), o.take(1)...) {
		body := fetch(t, url, http.StatusOK)
		if got, err := jpeg.Decode(bytes.NewReader(body)); err != nil || got.Bounds() != image.Rect(0, 0, 30, 20) {
			t.Errorf("%s: %v, %v", url, got, err)
		}
		seen[string(body)] = true
	}
	if len(seen) != 3 {
		t.Errorf("three addresses have %d different bodies", len(seen))
	}
	if body := fetch(t, o.url+"/film.mp4", http.StatusOK); !bytes.Equal(body, photo.Bytes()) {
		t.Errorf("a file has %d bytes, want %d", len(body), photo.Len())
	}
	fetch(t, o.url+"/other", http.StatusNotFound)
	if err := os.WriteFile(name, []byte("GIF89a"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := l.startOrigin(nil); err == nil {
		t.Error("what is no JPEG is served as one")
	}
}

func fetch(t *testing.T, url string, status int) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || response.Body.Close() != nil || response.StatusCode != status {
		t.Fatalf("%s: %s, %v, want %d", url, response.Status, err, status)
	}
	return body
}
