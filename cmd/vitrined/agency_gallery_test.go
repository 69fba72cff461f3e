package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/vitrine-media/vitrine/client"
	"github.com/vitrine-media/vitrine/internal/store"
)

// publicJSON is what front ends read of a classified.
type publicJSON struct {
	Pictures []struct {
		MediaType, Title, Category string
		Tags                       []string
		Variants                   []struct{ URL string }
		Panorama                   *client.Panorama
		Altered                    bool
		AlteredFrom                *int
		DigitalSourceType          string
	}
	VirtualTour, Video *linkJSON
}

// linkJSON is a tour or a hosted video.
type linkJSON struct {
	URL, Title, EmbedURL string
	Frameable            bool
	Poster               *struct {
		Src   string
		Width int
	}
}

// galleryURL is the address of what the public sees, of which the Classifieds
// API does not tell.
func (a *agency) galleryURL(t *testing.T, id string) string {
	t.Helper()
	var gallery string
	err := a.db.View(t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow(t.Context(), `select gallery from listing where uuid = $1`, id).Scan(&gallery)
	})
	if err != nil {
		t.Fatal(err)
	}
	return a.server.base + "/g/" + gallery
}

func (a *agency) see(t *testing.T, id string) (seen publicJSON) {
	t.Helper()
	answer := get(t, a.galleryURL(t, id))
	if err := json.Unmarshal(answer.Body, &seen); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("the gallery answered %d, %v: %s", answer.StatusCode, err, answer.Body)
	}
	return seen
}

// gallery gives the address of the smallest variant of each picture.
func (a *agency) gallery(t *testing.T, id string) []string {
	t.Helper()
	return a.see(t, id).urls()
}

// look is gallery for a goroutine of its own.
func look(url string) ([]string, error) {
	response, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the gallery answered %s", response.Status)
	}
	var seen publicJSON
	err = json.NewDecoder(response.Body).Decode(&seen)
	return seen.urls(), err
}

func (p publicJSON) urls() []string {
	urls := []string{}
	for _, picture := range p.Pictures {
		urls = append(urls, picture.Variants[0].URL)
	}
	return urls
}

// firstVariants is the same of the media of a classified, "" for those without.
func firstVariants(media []client.ClassifiedMedia) []string {
	urls := []string{}
	for _, m := range media {
		url := ""
		if len(m.Variants) > 0 {
			url = m.Variants[0].URL
		}
		urls = append(urls, url)
	}
	return urls
}
