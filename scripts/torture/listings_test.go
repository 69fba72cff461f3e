package torture

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// listings writes by the Listings API.
type listings struct {
	*sender
	adverts map[string]*advert // those that are there, by their external ids
	made    int
}

// advert is a listing as it was accepted last. It always has some more good
// photos than it needs to be public.
type advert struct {
	id      int64
	gallery string
	files   []client.File
}

// fewest is how many good photos a listing of the load has at least.
const fewest = 4

func (l *listings) run(ctx context.Context) {
	l.each(ctx, func(ctx context.Context) error {
		if len(l.adverts) == 0 {
			return l.put(ctx, l.newName())
		}
		name := choose(l.random, l.adverts)
		switch n := l.random.IntN(100); {
		case len(l.adverts) < l.sender.adverts && n < 20:
			return l.put(ctx, l.newName())
		case n < 45:
			return l.put(ctx, name)
		case n < 60:
			return l.bulk(ctx, name, l.newName())
		case n < 70:
			return l.send(ctx, name, l.adverts[name].files) // once more
		case n < 78:
			return l.patch(ctx, name)
		case n < 86:
			return l.retry(ctx, name)
		case n < 94:
			return l.deleteFile(ctx, name)
		}
		return l.delete(ctx, name)
	})
}

// newName is that of a listing that is new, or was there before if there are
// enough.
func (l *listings) newName() string {
	if len(l.adverts) < l.sender.adverts {
		l.made++
		return fmt.Sprintf("house-%d", l.made)
	}
	return choose(l.random, l.adverts)
}

// list changes the list that a listing has.
func (l *listings) list(name string) []client.File {
	var files []client.File
	if a := l.adverts[name]; a != nil {
		files = slices.Clone(a.files)
	}
	l.random.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	if len(files) > 8 {
		files = files[:8-l.random.IntN(3)]
	}
	for more := l.random.IntN(3); more > 0 || l.good(urlsOf(files)) < fewest; more-- {
		file := client.File{URL: l.photo()}
		if l.random.IntN(4) > 0 {
			file.ExternalID = fmt.Sprintf("file-%d", l.named)
		}
		files = slices.Insert(files, l.random.IntN(len(files)+1), file)
	}
	return files
}

func urlsOf(files []client.File) []string {
	urls := make([]string, len(files))
	for i, file := range files {
		urls[i] = file.URL
	}
	return urls
}

func (l *listings) put(ctx context.Context, name string) error {
	return l.send(ctx, name, l.list(name))
}

func input(name string, files []client.File) client.ListingInput {
	return client.ListingInput{ExternalID: name, Status: vitrine.StatusActive, Files: files}
}

func (l *listings) send(ctx context.Context, name string, files []client.File) error {
	return insist(ctx, func(bool) error {
		result, err := l.client.PutListing(ctx, input(name, files))
		if err == nil {
			l.accept(name, result, files)
		}
		return err
	})
}

func (l *listings) accept(name string, result client.PutResult, files []client.File) {
	l.adverts[name] = &advert{id: result.ID, gallery: galleryOf(result.GalleryURL), files: files}
}

// bulk writes listings in one request.
func (l *listings) bulk(ctx context.Context, names ...string) error {
	slices.Sort(names)
	names = slices.Compact(names)
	var lists [][]client.File
	var ops []client.ListingOp
	for _, name := range names {
		list := l.list(name)
		lists = append(lists, list)
		ops = append(ops, client.ListingOp{Op: client.OpUpsert, Listing: input(name, list)})
	}
	return insist(ctx, func(bool) error {
		answer, err := l.client.BulkListings(ctx, ops)
		if err != nil {
			return err
		}
		for i, result := range answer.Results {
			if err := l.judge(result.Outcome, answer.Summary, false); err != nil {
				return err
			}
			l.accept(names[i], result.PutResult, lists[i])
		}
		return nil
	})
}

// judge gives why an operation of a bulk request came to nothing. What is already
// deleted was so by the request before, whose answer was lost.
func (l *listings) judge(result client.Outcome, all client.Summary, again bool) error {
	switch {
	case result.Success, result.Op == client.OpDelete && again && result.Code == vitrine.CodeNotFound:
		return nil
	case result.Code == vitrine.CodeInternal, result.Code == vitrine.CodeNoSpace:
		// Trouble of the server's that may pass. A request of which nothing went
		// well may not be answered with it as if the sender were to blame.
		if all.Succeeded == 0 {
			l.refuse(fmt.Errorf("a bulk request in which every operation was told %q was answered with a 422", result.Error))
		}
		return errors.New(result.Error) // which has it sent again
	}
	return &client.Error{StatusCode: http.StatusUnprocessableEntity, Code: result.Code, Messages: []string{result.Error}}
}

// patch changes a field and leaves the list alone.
func (l *listings) patch(ctx context.Context, name string) error {
	in := client.ListingInput{ExternalID: name, Fields: map[string]any{"rooms": l.random.IntN(9)}}
	return insist(ctx, func(bool) error {
		_, err := l.client.PutListing(ctx, in)
		return err
	})
}

// retry has one photo fetched again.
func (l *listings) retry(ctx context.Context, name string) error {
	var seen client.Listing
	err := insist(ctx, func(bool) (err error) {
		seen, err = l.client.ListingByExternalID(ctx, name)
		return err
	})
	if err != nil {
		return err
	}
	if len(seen.Files) != len(l.adverts[name].files) {
		return fmt.Errorf("%s has %d files, %d were accepted", name, len(seen.Files), len(l.adverts[name].files))
	}
	id := seen.Files[l.random.IntN(len(seen.Files))].ID
	return insist(ctx, func(bool) error {
		_, err := l.client.RetryMedia(ctx, id)
		return err
	})
}

// deleteFile deletes a photo of a listing for good, if enough are left then.
func (l *listings) deleteFile(ctx context.Context, name string) error {
	a := l.adverts[name]
	place := slices.IndexFunc(a.files, func(f client.File) bool { return f.ExternalID != "" })
	if place < 0 {
		return l.patch(ctx, name)
	}
	rest := slices.Delete(slices.Clone(a.files), place, place+1)
	if l.good(urlsOf(rest)) < fewest {
		return l.put(ctx, name)
	}
	op := client.MediaOp{Op: client.OpDelete, ExternalID: a.files[place].ExternalID}
	return insist(ctx, func(again bool) error {
		answer, err := l.client.BulkMedia(ctx, []client.MediaOp{op})
		if err != nil {
			return err
		}
		if err := l.judge(answer.Results[0].Outcome, answer.Summary, again); err != nil {
			return err
		}
		a.files = rest
		return nil
	})
}

func (l *listings) delete(ctx context.Context, name string) error {
	op := client.ListingOp{Op: client.OpDelete, ExternalID: name}
	return insist(ctx, func(again bool) error {
		answer, err := l.client.BulkListings(ctx, []client.ListingOp{op})
		if err != nil {
			return err
		}
		if err := l.judge(answer.Results[0].Outcome, answer.Summary, again); err != nil {
			return err
		}
		delete(l.adverts, name)
		return nil
	})
}

func (l *listings) galleries() map[string][]string {
	all := map[string][]string{}
	for _, a := range l.adverts {
		all[a.gallery] = urlsOf(a.files)
	}
	return all
}

func (l *listings) media(ctx context.Context, gallery string) (endings []ending, err error) {
	for _, a := range l.adverts {
		if a.gallery != gallery {
			continue
		}
		seen, err := l.client.Listing(ctx, a.id)
		if err != nil {
			return nil, err
		}
		for _, file := range seen.Files {
			end := ending{ended: file.Optimization.Ended()}
			if file.Optimization == client.Failed {
				media, err := l.client.Media(ctx, file.ID)
				if err != nil || media.Failure == nil {
					return nil, errors.Join(err, fmt.Errorf("media %d has failed without a reason", file.ID))
				}
				end.failure = media.Failure.Code
			}
			endings = append(endings, end)
		}
	}
	return endings, nil
}
