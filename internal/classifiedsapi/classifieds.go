package classifiedsapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// post takes a new classified in (section 2).
func (a *api) post(c *call) (*answer, error) {
	return a.save(c, nil, func(ctx context.Context, in gallery.ClassifiedInput, opts gallery.WriteOptions) (gallery.ClassifiedResult, error) {
		return a.gallery.PostClassified(ctx, c.account, in, opts)
	})
}

// put gives a classified its new list (section 2).
func (a *api) put(c *call) (*answer, error) {
	id, err := c.classifiedID()
	if err != nil {
		return nil, err
	}
	match, err := matchOf(c.Header)
	if err != nil {
		return nil, err
	}
	return a.save(c, match, func(ctx context.Context, in gallery.ClassifiedInput, opts gallery.WriteOptions) (gallery.ClassifiedResult, error) {
		return a.gallery.PutClassified(ctx, c.account, id, in, opts)
	})
}

type saver func(context.Context, gallery.ClassifiedInput, gallery.WriteOptions) (gallery.ClassifiedResult, error)

func (a *api) save(c *call, match func(int64) bool, write saver) (*answer, error) {
	q := openQuery(c.URL.RawQuery)
	opts := gallery.WriteOptions{Match: match, DryRun: q.flag("dryRun")}
	if err := q.err(); err != nil {
		return nil, err
	}
	in, err := a.rules.parse(c.body)
	if err != nil {
		return nil, err
	}
	result, err := write(c.Context(), in, opts)
	if err != nil {
		return nil, err
	}
	creates := c.Method == http.MethodPost
	if creates && opts.DryRun {
		result.Classified.UUID = "" // it is given to nobody
	}
	out := &answer{status: http.StatusAccepted, body: a.writtenOf(result)}
	if opts.DryRun {
		out.status = http.StatusOK
	}
	if id := result.Classified.UUID; id != "" {
		out.etag = etagOf(result.Classified.Revision)
		if creates {
			out.location = a.linksOf(id).Self
		}
	}
	return out, nil
}

// get gives one classified. Its answer has no validator for If-None-Match: the
// statuses in it change without a revision.
func (a *api) get(c *call) (*answer, error) {
	id, err := c.classifiedID()
	if err != nil {
		return nil, err
	}
	view, err := a.gallery.Classified(c.Context(), c.account, id)
	if err != nil {
		return nil, err
	}
	return &answer{status: http.StatusOK, etag: etagOf(view.Classified.Revision), body: a.classifiedOf(view)}, nil
}

// delete takes a classified away.
func (a *api) delete(c *call) (*answer, error) {
	id, err := c.classifiedID()
	if err != nil {
		return nil, err
	}
	match, err := matchOf(c.Header)
	if err != nil {
		return nil, err
	}
	if err := a.gallery.DeleteClassified(c.Context(), c.account, id, gallery.WriteOptions{Match: match}); err != nil {
		return nil, err
	}
	return &answer{status: http.StatusAccepted, body: accepted{ClassifiedID: id, Links: a.linksOf(id)}}, nil
}

// listOfClassifieds names that list in its page tokens.
const listOfClassifieds = "classifieds"

// all lists the account's classifieds, oldest first.
func (a *api) all(c *call) (*answer, error) {
	q := openQuery(c.URL.RawQuery)
	limit, after := q.limit(maxClassifieds, maxClassifieds), q.after(a.pages, listOfClassifieds)
	if err := q.err(); err != nil {
		return nil, err
	}
	views, err := a.gallery.Classifieds(c.Context(), c.account, after, limit+1)
	if err != nil {
		return nil, err
	}
	out := page[classified]{Items: []classified{}}
	if len(views) > limit {
		views = views[:limit]
		out.NextToken = a.pages.token(listOfClassifieds, views[limit-1].Classified.ID)
	}
	for _, view := range views {
		out.Items = append(out.Items, a.classifiedOf(view))
	}
	return &answer{status: http.StatusOK, body: out}, nil
}

// classifiedID reads the id of a path. One that can't be an id is as unknown as
// any other.
func (c *call) classifiedID() (string, error) {
	return c.uuid("classifiedId", "Classified")
}

func (c *call) uuid(parameter, kind string) (string, error) {
	sent := c.PathValue(parameter)
	id, err := uuid.Parse(sent)
	if err != nil || !strings.EqualFold(id.String(), sent) { // the one form with dashes
		return "", vitrine.Errorf(vitrine.CodeNotFound, "%s %s not found", kind, sent)
	}
	return id.String(), nil
}

func (a *api) linksOf(id string) links {
	self := a.publicURL + Base + "/classifieds/" + id
	return links{Self: self, Statuses: self + "/statuses"}
}

func (a *api) writtenOf(result gallery.ClassifiedResult) written {
	id := result.Classified.UUID
	out := written{ClassifiedID: orNull(id), Revision: result.Classified.Revision, Plan: make([]planLine, len(result.Plan))}
	if id != "" {
		l := a.linksOf(id)
		out.Links = nullable[links]{&l}
	}
	for i, line := range result.Plan {
		out.Plan[i] = planLine{
			Action: action(line.Action), MediaID: orNull(line.MediaUUID), URL: line.URL,
			From: index(line.From), To: index(line.To), Why: orNull(line.Why),
		}
	}
	return out
}

// index is a place in a list, null for none.
func index(i int) *int {
	if i < 0 {
		return nil
	}
	return &i
}

func (a *api) classifiedOf(view gallery.ClassifiedView) classified {
	l := view.Classified
	out := classified{
		ClassifiedID: l.UUID,
		Revision:     l.Revision,
		Status:       status(view.Status.Status),
		SubStatus:    orNull(view.Status.SubStatus),
		Message:      view.Status.Message,
		StatusDate:   timestamp(view.Status.At),
		Portals:      wordsOf[string](view.Portals),
		Data:         freeObject(view.Data),
		Specific:     freeObject(view.Specific),
		Media:        make([]ClassifiedMedia, len(view.Media)),
		Links:        a.linksOf(l.UUID),
		CreatedAt:    timestamp(l.CreatedAt),
		UpdatedAt:    timestamp(l.UpdatedAt),
	}
	for i, m := range view.Media {
		out.Media[i] = mediaOf(m)
	}
	return out
}
