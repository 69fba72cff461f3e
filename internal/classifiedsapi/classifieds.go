package classifiedsapi

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// post takes a new classified in (section 2).
func (a *api) post(c *call) (*answer, error) {
	opts := gallery.WriteOptions{DryRun: c.query.flag("dryRun")}
	if err := c.query.err(); err != nil {
		return nil, err
	}
	in, err := a.rules.parse(c.body)
	if err != nil {
		return nil, err
	}
	in.Digest = digestOf(c.body)
	result, err := a.gallery.PostClassified(c.Context(), c.account, in, opts)
	if err != nil {
		return nil, err
	}
	if opts.DryRun {
		result.Classified.UUID = "" // it is given to nobody
	}
	out := a.answerOf(result, opts)
	if !opts.DryRun {
		out.location = a.linksOf(result.Classified.UUID).Self
	}
	return out, nil
}

// put gives a classified its new list (section 2).
func (a *api) put(c *call) (*answer, error) {
	id, cond, opts, err := c.change()
	if err != nil {
		return nil, err
	}
	result, err := a.save(c, id, opts)
	if err != nil {
		return nil, cond.explain(err)
	}
	out := a.answerOf(result, opts)
	if result.Deleted {
		out.body.(*written).Message = orNull("The classified was deleted; a PUT ends as " + string(vitrine.StatusUpdatingFailed))
	}
	return out, nil
}

// save writes what is put. The body that was written last is known by its
// digest, before it is looked at: it was good then.
func (a *api) save(c *call, id string, opts gallery.WriteOptions) (gallery.ClassifiedResult, error) {
	digest := digestOf(c.body)
	if !opts.DryRun {
		result, known, err := a.gallery.ResendClassified(c.Context(), c.account, id, digest, opts)
		if err != nil || known {
			return result, err
		}
	}
	if err := checkJSON(c.body); err != nil {
		return gallery.ClassifiedResult{}, err
	}
	in, err := a.rules.parse(c.body)
	if err != nil {
		return gallery.ClassifiedResult{}, err
	}
	in.Digest = digest
	return a.gallery.PutClassified(c.Context(), c.account, id, in, opts)
}

// delete takes a classified away, and its bytes where that is asked for.
func (a *api) delete(c *call) (*answer, error) {
	erase := c.query.flag("erase")
	id, cond, opts, err := c.change()
	if err != nil {
		return nil, err
	}
	if erase && !opts.DryRun {
		result, e, err := a.gallery.EraseClassified(c.Context(), c.account, id, opts)
		if err != nil {
			return nil, cond.explain(err)
		}
		out := a.answerOf(result, opts)
		out.body.(*written).Erasure = erasureOf(e)
		return out, nil
	}
	result, err := a.gallery.DeleteClassified(c.Context(), c.account, id, opts)
	if err != nil {
		return nil, cond.explain(err)
	}
	return a.answerOf(result, opts), nil
}

// change reads which classified is to be changed, and under what conditions.
func (c *call) change() (id string, cond *condition, opts gallery.WriteOptions, err error) {
	if id, err = c.classifiedID(); err != nil {
		return "", nil, opts, err
	}
	if cond, err = conditionOf(c.Header); err != nil {
		return "", nil, opts, err
	}
	opts = gallery.WriteOptions{Match: cond.match(), DryRun: c.query.flag("dryRun")}
	return id, cond, opts, c.query.err()
}

// answerOf is the answer to a write.
func (a *api) answerOf(result gallery.ClassifiedResult, opts gallery.WriteOptions) *answer {
	out := &answer{status: http.StatusAccepted, body: a.writtenOf(result)}
	if opts.DryRun {
		out.status = http.StatusOK
	}
	if result.Classified.UUID != "" {
		out.etag = etagOf(result.Classified.Revision)
	}
	return out
}

// digestOf names the bytes of a body.
func digestOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
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

// listOfClassifieds names that list in its page tokens.
const listOfClassifieds = "classifieds"

// all lists the account's classifieds, oldest first. A page ends at its limit,
// or before the classified with which it would hold too many bytes.
func (a *api) all(c *call) (*answer, error) {
	limit, after := c.query.limit(maxClassifieds, maxClassifieds), c.query.after(a.pages, listOfClassifieds)
	if err := c.query.err(); err != nil {
		return nil, err
	}
	out := page[classified]{Items: []classified{}}
	for bytes, more := 0, true; more; {
		wanted := min(portion, limit+1-len(out.Items)) // one more than fits tells that there are more
		views, err := a.gallery.Classifieds(c.Context(), c.account, after, wanted)
		if err != nil {
			return nil, err
		}
		more = len(views) == wanted
		for _, view := range views {
			bytes += sizeOf(view)
			if len(out.Items) == limit || len(out.Items) > 0 && bytes > maxPageBytes {
				out.NextToken = a.pages.token(listOfClassifieds, after)
				return &answer{status: http.StatusOK, body: out}, nil
			}
			out.Items = append(out.Items, a.classifiedOf(view))
			after = view.Classified.ID
		}
	}
	return &answer{status: http.StatusOK, body: out}, nil
}

// sizeOf is about how many bytes of a page a classified takes: what was sent.
func sizeOf(view gallery.ClassifiedView) int {
	bytes := len(view.Data) + len(view.Specific)
	for _, m := range view.Media {
		bytes += len(m.Placement.URL) + len(m.Placement.Title)
	}
	return bytes
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

func (a *api) writtenOf(result gallery.ClassifiedResult) *written {
	id := result.Classified.UUID
	out := &written{ClassifiedID: orNull(id), Revision: result.Classified.Revision, Plan: make([]planLine, len(result.Plan))}
	if id != "" {
		l := a.linksOf(id)
		out.Links = nullable[links]{&l}
		out.GalleryURL, out.PublicURL = a.shown(result.Classified)
	}
	placed := map[string]bool{} // media with a place in the list after
	for _, line := range result.Plan {
		placed[line.MediaUUID] = placed[line.MediaUUID] || line.To >= 0
	}
	for i, line := range result.Plan {
		out.Plan[i] = planLine{
			Action: action(line.Action), MediaID: orNull(line.MediaUUID), URL: line.URL,
			MediaStays: line.Action == vitrine.Remove && placed[line.MediaUUID],
			From:       index(line.From), To: index(line.To), Why: orNull(line.Why),
		}
	}
	return out
}

// shown is where the public sees a classified, nowhere for a deleted one.
func (a *api) shown(l vitrine.Listing) (galleryURL, publicURL *string) {
	if l.Status == vitrine.StatusDeleted {
		return nil, nil
	}
	return orNull(a.urls.Gallery(l.Gallery)), orNull(a.urls.Page(l.Gallery))
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
	out.GalleryURL, out.PublicURL = a.shown(l)
	for i, m := range view.Media {
		out.Media[i] = mediaOf(m)
	}
	return out
}
