package torture

import (
	"context"
	"fmt"
	"slices"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// classifieds writes by the Classifieds API. All classifieds of an account share
// their media by the URLs without the versions.
type classifieds struct {
	*sender
	adverts  map[string]*classified // those that are there, by their ids
	urls     []string               // that have been sent, without versions
	versions map[string]int         // of each URL, the one that was wanted last
	made     int
}

// classified is one as it was accepted last.
type classified struct {
	estate  string
	gallery string
	items   []item
}

// item is a place in a list.
type item struct {
	url     string
	version int
	title   string
}

func (c *classifieds) run(ctx context.Context) {
	c.each(ctx, func(ctx context.Context) error {
		n := c.random.IntN(100)
		if len(c.adverts) == 0 || len(c.adverts) < c.sender.adverts && n < 25 {
			return c.post(ctx)
		}
		id := choose(c.random, c.adverts)
		switch {
		case n < 75:
			return c.put(ctx, id, c.list(c.adverts[id].items))
		case n < 87:
			return c.put(ctx, id, c.adverts[id].items) // once more
		case n < 95:
			return c.retry(ctx, id)
		}
		return c.delete(ctx, id)
	})
}

// list changes a list: other places, other photos, other versions.
func (c *classifieds) list(items []item) []item {
	items = slices.Clone(items)
	c.random.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	items = items[:min(len(items), 3+c.random.IntN(4))]
	for i := range items {
		if c.random.IntN(4) == 0 {
			items[i].version++
		}
		if c.random.IntN(8) == 0 {
			items[i].title = fmt.Sprintf("Title %d", c.random.IntN(100))
		}
	}
	for more := c.random.IntN(3); more > 0 || !slices.ContainsFunc(items, c.isGood); more-- {
		items = append(items, item{url: c.someURL(), version: c.random.IntN(3)})
	}
	// What stands twice in a list has the version of its first place.
	first := map[string]int{}
	for i := range items {
		if version, again := first[items[i].url]; again {
			items[i].version = version
		}
		first[items[i].url] = items[i].version
	}
	return items
}

func (c *classifieds) isGood(i item) bool { return c.good([]string{i.url}) > 0 }

// someURL is new, or one that another classified may have.
func (c *classifieds) someURL() string {
	if len(c.urls) == 0 || c.random.IntN(3) > 0 {
		c.urls = append(c.urls, c.photo())
	}
	return c.urls[c.random.IntN(len(c.urls))]
}

func (i item) sent() client.MediaSource {
	return client.MediaSource{URL: fmt.Sprintf("%s?timestamp=%d", i.url, i.version), MediaType: vitrine.Picture, Title: i.title}
}

func (c *classifieds) input(estate string, items []item) client.ClassifiedInput {
	in := client.ClassifiedInput{Data: map[string]any{"metaData": map[string]any{"source": map[string]any{"offererEstateId": estate}}}}
	for _, i := range items {
		in.Media = append(in.Media, i.sent())
	}
	return in
}

// post makes a classified. One of which the answer was lost is known by its
// estate.
func (c *classifieds) post(ctx context.Context) error {
	c.made++
	estate, items := fmt.Sprintf("estate-%d", c.made), c.list(nil)
	return insist(ctx, func(again bool) error {
		written, err := c.client.PostClassified(ctx, c.input(estate, items))
		if id, duplicate := client.DuplicateOf(err); duplicate && again {
			written, err = c.client.PutClassified(ctx, id, c.input(estate, items))
		}
		if err == nil {
			c.accept(written, estate, nil, items)
		}
		return err
	})
}

func (c *classifieds) put(ctx context.Context, id string, items []item) error {
	a := c.adverts[id]
	return insist(ctx, func(bool) error {
		written, err := c.client.PutClassified(ctx, id, c.input(a.estate, items))
		if err == nil {
			c.accept(written, a.estate, a.items, items)
		}
		return err
	})
}

// accept has a list be what was accepted. A version is wanted where the list
// before did not have just that.
func (c *classifieds) accept(written client.ClassifiedWritten, estate string, before, items []item) {
	for _, i := range items {
		same := func(b item) bool { return b.url == i.url && b.version == i.version }
		if !slices.ContainsFunc(before, same) {
			c.versions[i.url] = i.version
		}
	}
	c.adverts[written.ClassifiedID] = &classified{estate: estate, gallery: galleryOf(written.GalleryURL), items: items}
}

// retry has one photo fetched again.
func (c *classifieds) retry(ctx context.Context, id string) error {
	var seen []client.ClassifiedMedia
	err := insist(ctx, func(bool) (err error) {
		seen, err = c.client.ClassifiedMedia(ctx, id)
		return err
	})
	if err != nil {
		return err
	}
	if len(seen) != len(c.adverts[id].items) {
		return fmt.Errorf("%s has %d media, %d were accepted", id, len(seen), len(c.adverts[id].items))
	}
	media := seen[c.random.IntN(len(seen))].MediaID
	return insist(ctx, func(bool) error { return c.client.RetryClassifiedMedia(ctx, id, media) })
}

func (c *classifieds) delete(ctx context.Context, id string) error {
	err := insist(ctx, func(bool) error { return c.client.DeleteClassified(ctx, id) })
	if err == nil {
		delete(c.adverts, id)
	}
	return err
}

func (c *classifieds) galleries() map[string][]string {
	all := map[string][]string{}
	for _, a := range c.adverts {
		urls := make([]string, len(a.items))
		for n, i := range a.items {
			i.version = c.versions[i.url]
			urls[n] = i.sent().URL
		}
		all[a.gallery] = urls
	}
	return all
}

func (c *classifieds) media(ctx context.Context, gallery string) (endings []ending, err error) {
	for id, a := range c.adverts {
		if a.gallery != gallery {
			continue
		}
		seen, err := c.client.ClassifiedMedia(ctx, id)
		if err != nil {
			return nil, err
		}
		for _, m := range seen {
			end := ending{ended: slices.Contains([]vitrine.MediaStatus{vitrine.MediaDownloaded, vitrine.MediaDownloadingFailed}, m.Status)}
			if m.Failure != nil {
				end.failure = m.Failure.Code
			}
			endings = append(endings, end)
		}
	}
	return endings, nil
}
