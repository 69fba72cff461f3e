package main

import (
	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// listingPhotos is how many photos a listing has: as many as the contract
// allows.
const listingPhotos = 20

// newListing is a listing to be published, with the files at these URLs.
func newListing(id string, urls []string) client.ListingInput {
	files := make([]client.File, len(urls))
	for i, url := range urls {
		files[i].URL = url
	}
	return client.ListingInput{
		ExternalID: id, Status: vitrine.StatusActive, Files: files,
		Fields: map[string]any{
			"announcementType": "sale", "propertyType": "residential", "announcementValue": 249_000, "announcementCurrency": "EUR",
			"announcementDescription": "A house in the country with a garden and a meadow.", "propertyAddress": "1 Meadow Lane, Greenfield",
		},
	}
}
