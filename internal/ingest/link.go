package ingest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"slices"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/fetch"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/tour"
)

// page is the answer of a web page, as far as it is read.
type page struct {
	url    string // that was asked last
	header http.Header
	head   []byte
}

// visit sees whether the link of a virtual tour leads somewhere.
func (in *Ingest) visit(ctx context.Context, run *queue.Run, wish gallery.Fetch, attempt vitrine.Attempt) error {
	request := in.requestOf(ctx, run, wish)
	request.Page = true
	var head bytes.Buffer
	result, err := in.Fetcher.Fetch(ctx, request, &head)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	attempt.HTTPStatus, attempt.Bytes, attempt.Type = result.Status, result.Bytes, mediaType(result.ContentType)
	if err != nil {
		return in.notFetched(ctx, run, wish, attempt, err)
	}
	return in.linked(ctx, run, wish, attempt, page{url: result.URL, header: result.Header, head: head.Bytes()})
}

// linked writes the good end of a fetch that has led to a page, and takes in the
// preview picture that the page names. Nothing that goes wrong with the preview
// is a failure of the link.
func (in *Ingest) linked(ctx context.Context, run *queue.Run, wish gallery.Fetch, attempt vitrine.Attempt, p page) error {
	link, err := in.read(ctx, wish, p)
	if err != nil {
		return err
	}
	task, err := args[gallery.FetchTask](run)
	if err != nil {
		return err
	}
	preview, err := in.takePreview(ctx, run, wish, attempt, link)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, gallery.ErrPruning) {
		return queue.Later(pruningReturn)
	}
	if isFull(err) {
		return in.waitForSpace(ctx, err)
	}
	if errors.Is(err, queue.ErrLost) {
		return err
	}
	in.conclude(ctx, slog.Int64("media", wish.Media.ID), &attempt, nil)
	if err != nil || preview.SHA256 == "" {
		if err != nil {
			in.Log.InfoContext(ctx, "a page's preview can't be had", "media", wish.Media.ID, "err", err)
		}
		return in.Gallery.Linked(ctx, run.Finish, attempt, link)
	}
	return in.Gallery.LinkedWithPreview(ctx, run.Finish, attempt, link, preview, task.Priority)
}

// read gives what a page says about itself, with what its oEmbed answer adds
// where it lacks something. The error is only ctx's.
func (in *Ingest) read(ctx context.Context, wish gallery.Fetch, p page) (vitrine.Link, error) {
	said, err := tour.Read(p.url, p.header, p.head)
	if err != nil {
		in.Log.WarnContext(ctx, "read a page", "media", wish.Media.ID, "err", err)
	}
	if said.OEmbedURL != "" && (said.Title == "" || said.PreviewURL == "" || said.EmbedURL == "") {
		more, err := in.oEmbed(ctx, wish, said.OEmbedURL)
		if ctx.Err() != nil {
			return vitrine.Link{}, context.Cause(ctx)
		}
		if err != nil {
			in.Log.InfoContext(ctx, "a page's oEmbed answer can't be had", "media", wish.Media.ID, "err", err)
			more = asBefore(wish.Media)
		}
		said = tour.Merge(said, more)
	}
	return vitrine.Link{Title: said.Title, EmbedURL: said.EmbedURL, Frameable: said.Frameable, PreviewURL: said.PreviewURL}, nil
}

// oEmbed gets a page's oEmbed answer.
func (in *Ingest) oEmbed(ctx context.Context, wish gallery.Fetch, url string) (said tour.OEmbed, err error) {
	request := beside(wish, url)
	request.Page = true
	var body bytes.Buffer
	if _, err := in.Fetcher.Fetch(ctx, request, &body); err != nil {
		return said, err
	}
	return tour.ReadOEmbed(body.Bytes())
}

// asBefore is what an oEmbed answer may have said last of the same page: one that
// can't be had for now takes nothing away.
func asBefore(m vitrine.Media) tour.OEmbed {
	if m.Link == nil || m.HasVersion != m.Source.Version {
		return tour.OEmbed{}
	}
	return tour.OEmbed{Title: m.Link.Title, PreviewURL: m.Link.PreviewURL, EmbedURL: m.Link.EmbedURL}
}

// beside asks for what a page names. Only on the host that the sender has named
// may that be an address which is not for everybody.
func beside(wish gallery.Fetch, address string) fetch.Request {
	request := fetch.Request{URL: address, UserAgent: wish.Settings.UserAgent, Foreign: true}
	page, errPage := url.Parse(wish.Media.Source.URL)
	named, errNamed := url.Parse(address)
	if errPage == nil && errNamed == nil {
		request.Foreign = page.Host != named.Host
	}
	return request
}

// errNoPicture is a preview that is something else.
var errNoPicture = errors.New("it is no picture")

// takePreview gets a page's preview picture into the bucket and claims it. It
// gives no digest when there is no URL, or the media has a newer wish by now.
func (in *Ingest) takePreview(ctx context.Context, run *queue.Run, wish gallery.Fetch, attempt vitrine.Attempt, link vitrine.Link) (preview gallery.Preview, err error) {
	if link.PreviewURL == "" {
		return preview, nil
	}
	room := in.newRoom()
	defer room.free()
	file, err := os.CreateTemp(in.TempDir, "preview-*")
	if err != nil {
		return preview, err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()

	result, err := in.fetchTo(ctx, beside(wish, link.PreviewURL), false, file, room)
	if err != nil {
		return preview, err
	}
	attempt.Bytes = result.Bytes
	if attempt.Type, err = sniff(file); err != nil {
		return preview, err
	}
	if !slices.Contains(vitrine.ImageTypes, attempt.Type) {
		return preview, errNoPicture
	}
	wanted, known, err := in.claim(ctx, run, attempt, result.SHA256, &link)
	if err != nil || !wanted {
		return preview, err
	}
	if !known {
		if err := in.keep(ctx, result.SHA256, file, result.Bytes); err != nil {
			return preview, err
		}
	}
	return gallery.Preview{SHA256: result.SHA256, Bytes: result.Bytes, Type: attempt.Type}, nil
}

// check looks whether a link still leads where it led to, and says the same.
func (in *Ingest) check(ctx context.Context, run *queue.Run) error {
	task, err := args[gallery.CheckTask](run)
	if err != nil {
		return err
	}
	wish, wanted, err := in.Gallery.BeginCheck(ctx, task)
	if err != nil || !wanted {
		return err
	}
	same, err := in.isSame(ctx, wish)
	if err != nil {
		return err
	}
	return in.Gallery.Checked(ctx, run.Finish, task, same)
}

// isSame reports whether a link is as it is known: dead, or saying the same with
// its preview at hand. The error is only ctx's.
func (in *Ingest) isSame(ctx context.Context, wish gallery.Fetch) (bool, error) {
	m := wish.Media
	var head bytes.Buffer
	result, err := in.Fetcher.Fetch(ctx, fetch.Request{URL: m.Source.URL, UserAgent: wish.Settings.UserAgent, Page: true}, &head)
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if err != nil || m.Failure != nil {
		return err != nil && m.Failure != nil, nil
	}
	link, err := in.read(ctx, wish, page{url: result.URL, header: result.Header, head: head.Bytes()})
	return m.Link != nil && *m.Link == link && (m.Content != nil || link.PreviewURL == ""), err
}

// checkDead gives a check up, whose turn comes again.
func (in *Ingest) checkDead(context.Context, *queue.Run) error { return nil }
