package main

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/vitrine-media/vitrine/client"
)

// folder is where the photos of a listing are.
type folder struct {
	dir      string
	client   *client.Client
	progress progress
	out      *output
}

// maxExternalIDRunes is the contract's limit (Listings API 2).
const maxExternalIDRunes = 255

// upload uploads the folder's photos, makes them the listing's files, and gives
// them by their media. Unless all of them are there the listing is not to be
// sent: it would lose the missing ones.
func (f *folder) upload(ctx context.Context, l *listingFile) (sent map[int64]given, err error) {
	photos, err := f.photos(l)
	if err != nil {
		return nil, err
	}
	if err := f.checkCount(ctx, len(photos)); err != nil {
		return nil, err
	}
	u := uploader{client: f.client, progress: f.progress, replaces: true}
	files, err := u.uploadAll(ctx, photos)
	if err != nil {
		return nil, err
	}
	if err := f.complete(files); err != nil {
		return nil, err
	}
	sent = make(map[int64]given, len(files))
	media := make([]int64, len(files))
	for i, file := range files {
		media[i] = file.file.MediaID
		sent[media[i]] = file
	}
	return sent, l.setFiles(media)
}

// photos gives the folder's photos under external ids that are the same in
// every run: the listing's, a slash, and the photo's name.
func (f *folder) photos(l *listingFile) ([]photo, error) {
	if len(l.names) > 0 {
		return nil, usage("%s has files of its own: take them out, or leave out --photos", l.path)
	}
	if l.externalID == "" {
		return nil, usage("%s has no externalId: --photos needs it, to know the photos again the next time", l.path)
	}
	photos, others, err := folderPhotos(f.dir)
	if err != nil {
		return nil, err
	}
	if len(photos) == 0 {
		return nil, usage("there is no picture in %s", f.dir)
	}
	for _, name := range others {
		_, _ = fmt.Fprintf(f.out.stderr, "%s is left out: it is no picture that is accepted\n", clean(name))
	}
	for i := range photos {
		p := &photos[i]
		p.externalID = l.externalID + "/" + p.name
		if !utf8.ValidString(p.name) || utf8.RuneCountInString(p.externalID) > maxExternalIDRunes {
			return nil, usage("%s needs another name: with the listing's externalId before it, it must be UTF-8 and have at most %d characters", p.path, maxExternalIDRunes)
		}
	}
	return photos, nil
}

// checkCount asks the server whether a listing may have so many photos, before
// any is sent.
func (f *folder) checkCount(ctx context.Context, photos int) error {
	agency, err := f.client.Agency(ctx)
	if err != nil {
		return err
	}
	if most := agency.Limits.MaxPhotos; most > 0 && photos > most {
		return usage("there are %s in %s, and a listing takes %d: move %d of them elsewhere", count(photos, "picture"), f.dir, most, photos-most)
	}
	return nil
}

// complete tells of the photos that the server didn't take.
func (f *folder) complete(files []given) error {
	refused := 0
	for _, file := range files {
		if file.err != nil {
			if refused == 0 {
				f.progress.end()
			}
			refused++
			_, _ = fmt.Fprintf(f.out.stderr, "%s was not uploaded: %s\n", clean(file.name), clean(reason(file.err)))
		}
	}
	if refused == 0 {
		return nil
	}
	return &hinted{
		&failedError{fmt.Sprintf("the listing was not sent: %d of %s could not be uploaded", refused, count(len(files), "photo"))},
		"mend those or take them out and run the same again; what is uploaded isn't sent again",
	}
}
