package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// photoDir holds photographs of the Debian package mate-backgrounds, which are
// free to use.
const photoDir = "/usr/share/backgrounds/mate/nature"

// photoCount is how many of them the listing shows.
const photoCount = 8

// findPhotos gives the names of the photos to show, the same ones in the same
// order each time.
func findPhotos() ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(photoDir, "*.jpg"))
	if err != nil {
		return nil, err
	}
	if len(paths) < photoCount {
		return nil, fmt.Errorf("%d photos in %s, %d are needed: install the Debian package mate-backgrounds", len(paths), photoDir, photoCount)
	}
	names := make([]string, photoCount)
	for i := range names {
		names[i] = filepath.Base(paths[i])
	}
	return names, nil
}

// origin is a web server like the one on which a sender keeps its photos.
type origin struct {
	*http.Server
	url string
}

func startOrigin() (*origin, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the origin of the photos: %w", err)
	}
	server := &http.Server{Handler: http.FileServer(http.Dir(photoDir)), ReadHeaderTimeout: stopGrace}
	go func() { _ = server.Serve(listener) }() // ends with Close; if it fails, so does every download
	return &origin{Server: server, url: "http://" + listener.Addr().String()}, nil
}

// listing is the request of "PUT /listings" (Listings API 4.1).
type listing struct {
	ExternalID  string `json:"externalId"`
	Status      string `json:"announcementStatus"`
	Type        string `json:"announcementType"`
	Property    string `json:"propertyType"`
	Value       int    `json:"announcementValue"`
	Currency    string `json:"announcementCurrency"`
	Description string `json:"announcementDescription"`
	Address     string `json:"propertyAddress"`
	Files       []file `json:"files"`
}

// file carries an id of its own, so that the next run, whose origin has
// another port, means the same file.
type file struct {
	URL        string `json:"url"`
	ExternalID string `json:"externalFileId"`
}

// writeListing writes the listing of these photos of that origin.
func writeListing(originURL string, photos []string) error {
	l := listing{
		ExternalID:  "demo-1",
		Status:      "active",
		Type:        "sale",
		Property:    "residential",
		Value:       249_000,
		Currency:    "EUR",
		Description: "A house in the country with a garden, a meadow, and neighbours who keep to themselves.",
		Address:     "1 Meadow Lane, Greenfield",
	}
	for _, name := range photos {
		l.Files = append(l.Files, file{
			URL:        originURL + "/" + name,
			ExternalID: "demo-" + strings.ToLower(strings.TrimSuffix(name, ".jpg")),
		})
	}
	text, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(listingFile, append(text, '\n'), 0o644)
}
