package gallery

import "github.com/vitrine-media/vitrine"

// CheckList holds the rules about how many files a listing has, as far as they
// can be told of a list that nobody has sent yet. A file that is named by an id
// may be a photo or a video.
func CheckList(in ListingInput, limits vitrine.Limits) error {
	if in.Files == nil {
		return nil // it may have a list already
	}
	photos, videos, unseen := 0, 0, 0
	seen := map[string]bool{}
	for _, file := range in.Files {
		e := entry{isNew: file.ID == 0, media: vitrine.Media{ID: file.ID, ExternalID: file.ExternalID}, source: sourceOf(file.URL)}
		if seen[e.key()] {
			continue
		}
		seen[e.key()] = true
		switch {
		case file.URL == "":
			unseen++
		case likelyKind(file.URL) == vitrine.KindVideo:
			videos++
		default:
			photos++
		}
	}
	if err := tooMany(limits, photos, videos); err != nil {
		return err
	}
	if needsPhotos(in.Status) {
		return tooFew(limits, photos+unseen)
	}
	return nil
}

// needsPhotos reports whether a listing of that status has to show some.
func needsPhotos(asked vitrine.ListingStatus) bool {
	return asked == vitrine.StatusActive || asked == vitrine.StatusCompleted
}

// tooMany is the refusal of a list that is too long (Listings API 3.1), nil of
// any other.
func tooMany(limits vitrine.Limits, photos, videos int) error {
	switch {
	case photos > limits.MaxPhotos:
		return vitrine.Errorf(vitrine.CodeInvalid, "At most %d photos are allowed, the list has %d", limits.MaxPhotos, photos)
	case videos > limits.MaxVideos:
		return vitrine.Errorf(vitrine.CodeInvalid, "At most %d videos are allowed, the list has %d", limits.MaxVideos, videos)
	}
	return nil
}

// tooFew is the refusal to publish a list that is too short (Listings API 4.2),
// nil of any other.
func tooFew(limits vitrine.Limits, photos int) error {
	if photos < limits.MinPhotos {
		return vitrine.Errorf(vitrine.CodeInvalid, "At least %d photos are required to publish", limits.MinPhotos)
	}
	return nil
}
