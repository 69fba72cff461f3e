package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/md5" // it is what OpenImmo's check is made of, and nothing is kept safe by it
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/gabriel-vasile/mimetype"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
	"github.com/vitrine-media/vitrine/internal/openimmo"
)

// attached is an attachment that becomes a file of the listing.
type attached struct {
	file  client.File
	about openImmoMedia

	// of one to upload, nil for none
	from        *openimmo.Attachment
	contentType string
	size        int64
}

// files gives the files that the listing is to have, in order, and notes what
// can't be had and what is left out. Nothing is uploaded yet.
func (t *transfer) files(ctx context.Context, l *openimmo.Listing, before client.Listing) ([]attached, error) {
	known := map[string]bool{}
	for _, f := range before.Files {
		known[f.ExternalID] = true
	}
	var files []attached
	have := map[string]bool{}
	photos, videos := 0, 0
	for i := range l.Attachments {
		a := &l.Attachments[i]
		kind, guessed, why := a.Kind()
		if why != "" {
			t.find(l, a.Line, false, fmt.Sprintf("the attachment %s (gruppe %q) is left out: %s", nameOfAttachment(a), a.Group, why), "nothing needs to be done if it isn't to be shown")
			continue
		}
		if guessed {
			t.find(l, a.Line, false, fmt.Sprintf("the gruppe %q is none of OpenImmo's, and the attachment is taken for a %s", a.Group, kind.Type), "send one of OpenImmo's groups, such as BILD")
		}
		number := &photos
		if kind.Type == vitrine.Video {
			number = &videos
		}
		if full := t.full(kind, *number); full != "" {
			t.find(l, a.Line, false, fmt.Sprintf("the attachment %s is left out: %s", nameOfAttachment(a), full), "send the best first, and fewer")
			continue
		}
		f, ok, err := t.resolve(ctx, l, a, known)
		if err != nil {
			return nil, err
		}
		key := cmp.Or(f.file.ExternalID, f.file.URL)
		switch {
		case !ok:
		case have[key]:
			t.find(l, a.Line, false, fmt.Sprintf("the attachment %s is left out: the listing has the same file before it", nameOfAttachment(a)), "send each file once")
		default:
			have[key] = true
			*number++
			f.about = openImmoMedia{Group: a.Group, Type: kind.Type, Category: kind.Category, Title: a.Title}
			files = append(files, f)
		}
	}
	if t.status == vitrine.StatusActive && !t.broken() && photos < t.limits.MinPhotos {
		t.find(l, l.Line, true, fmt.Sprintf("the listing has %s, and at least %d are needed to publish it", count(photos, "picture"), t.limits.MinPhotos),
			fmt.Sprintf("send %d more, or import with --status draft", t.limits.MinPhotos-photos))
	}
	return files, nil
}

// full says why a listing that has so many of a kind takes no more.
func (t *transfer) full(kind openimmo.Kind, n int) string {
	most, things := t.limits.MaxPhotos, "photo"
	if kind.Type == vitrine.Video {
		most, things = t.limits.MaxVideos, "video"
	}
	if n >= most {
		return fmt.Sprintf("a listing takes %s", count(most, things))
	}
	return ""
}

// nameOfAttachment is what a person would call it.
func nameOfAttachment(a *openimmo.Attachment) string {
	switch {
	case a.Path != "":
		return nameOf(a.Path, a.Path)
	case a.Title != "":
		return fmt.Sprintf("%q", a.Title)
	}
	return "without a name"
}

// resolve finds out what a file of the listing is: one that the server has, one
// that it fetches, or one to upload. Where it is none, that is noted.
func (t *transfer) resolve(ctx context.Context, l *openimmo.Listing, a *openimmo.Attachment, known map[string]bool) (f attached, ok bool, err error) {
	if a.Location == openimmo.Remote {
		if _, err := vitrine.ParseSource(a.Path, vitrine.SourceRules{}); err != nil {
			t.find(l, a.Line, true, "the URL of the attachment can't be fetched: "+err.Error(), "send an http or https URL of at most 2048 characters")
			return attached{}, false, nil
		}
		return attached{file: client.File{URL: a.Path, ExternalID: l.FileID(a, "")}}, true, nil
	}
	body, size, err := t.open(a)
	if errors.Is(err, openimmo.ErrMissing) {
		return t.sentBefore(ctx, l, a, known)
	}
	if err != nil {
		t.unreadable(l, a, err)
		return attached{}, false, nil
	}
	defer func() { _ = body.Close() }() // only read
	sum, contentType, err := examine(body)
	if err != nil {
		t.unreadable(l, a, err)
		return attached{}, false, nil
	}
	if contentType == "" {
		t.find(l, a.Line, true, fmt.Sprintf("%s is no picture or video that is accepted", nameOfAttachment(a)), "send JPEG, PNG, WebP, HEIC, AVIF, GIF, TIFF, BMP, MP4, MOV or AVI")
		return attached{}, false, nil
	}
	if a.Check.Type == openimmo.CheckMD5 && a.Check.Value != sum {
		t.find(l, a.Line, false, fmt.Sprintf("the MD5 of %s is %s and not %s as its check says, and the file counts", nameOfAttachment(a), sum, a.Check.Value), "send the MD5 of the bytes that are in the archive")
	}
	id := l.FileID(a, sum)
	if a.Check.Type == openimmo.CheckDateTime || a.Check.Type == openimmo.CheckETag {
		id = l.FileID(a, "")
	}
	f = attached{file: client.File{ExternalID: id}, contentType: contentType, size: size}
	if !known[id] {
		f.from = a
	}
	return f, true, nil
}

// unreadable notes an attachment whose bytes can't be had.
func (t *transfer) unreadable(l *openimmo.Listing, a *openimmo.Attachment, err error) {
	t.find(l, a.Line, true, fmt.Sprintf("%s can't be read: %v", nameOfAttachment(a), err), "make the archive again")
}

// open gives the bytes of an attachment that isn't fetched, and how many.
func (t *transfer) open(a *openimmo.Attachment) (io.ReadSeekCloser, int64, error) {
	switch {
	case a.Location != openimmo.Intern:
		return t.archive.File(a.Path)
	case len(a.Content) == 0:
		return nil, 0, errors.New("it is empty")
	}
	return embedded{bytes.NewReader(a.Content)}, int64(len(a.Content)), nil
}

// embedded are bytes that need no closing.
type embedded struct{ *bytes.Reader }

func (embedded) Close() error { return nil }

// examine reads a file to its end for its MD5 and its type, which is "" when it
// is none that is accepted.
func examine(body io.Reader) (sum, contentType string, err error) {
	hash := md5.New()
	detected, err := mimetype.DetectReader(io.TeeReader(body, hash))
	if err != nil {
		return "", "", err
	}
	if _, err := io.Copy(hash, body); err != nil {
		return "", "", err
	}
	if kind := detected.String(); slices.Contains(vitrine.ImageTypes, kind) || slices.Contains(vitrine.VideoTypes, kind) {
		contentType = kind
	}
	return hex.EncodeToString(hash.Sum(nil)), contentType, nil
}

// sentBefore is an attachment that isn't in the archive: senders leave out what
// hasn't changed since they sent it.
func (t *transfer) sentBefore(ctx context.Context, l *openimmo.Listing, a *openimmo.Attachment, known map[string]bool) (attached, bool, error) {
	id := l.FileID(a, "")
	f := attached{file: client.File{ExternalID: id}}
	if id == "" {
		t.find(l, a.Line, true, fmt.Sprintf("%s is not in the archive", nameOfAttachment(a)), "put the file into the archive, or send its check if it was sent before")
		return attached{}, false, nil
	}
	if known[id] {
		return f, true, nil
	}
	_, err := t.client.MediaByExternalID(ctx, id)
	if isNotFound(err) {
		t.find(l, a.Line, true, fmt.Sprintf("%s is not in the archive, and the server has no file with its check", nameOfAttachment(a)), "put the file into the archive")
		return attached{}, false, nil
	}
	return f, err == nil, err
}

// upload sends a file, if it has to be sent, and gives how many were. A refusal
// is noted.
func (t *transfer) upload(ctx context.Context, l *openimmo.Listing, f attached) (sent int, err error) {
	if f.from == nil {
		return 0, nil
	}
	body, size, err := t.open(f.from)
	if err != nil {
		return 0, err // it was read before
	}
	defer func() { _ = body.Close() }() // only read
	name := nameOfAttachment(f.from)
	in := client.UploadInput{ContentType: f.contentType, Filename: name, Size: size, ExternalID: f.file.ExternalID}
	uploaded, err := t.client.Upload(ctx, body, in, nil)
	switch {
	case err == nil && uploaded.Existing == nil:
		return 1, nil
	case err == nil:
		return 0, nil
	case !ofFile(err):
		return 0, fmt.Errorf("upload %s of listing %s: %w", name, l.ExternalID(), err)
	}
	t.find(l, f.from.Line, true, fmt.Sprintf("%s was not uploaded: %s", name, reason(err)), "send another file")
	return 0, nil
}
