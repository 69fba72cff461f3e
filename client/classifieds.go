package client

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/vitrine-media/vitrine"
)

// ClassifiedInput is what PutClassified usually sends: the whole classified
// (Classifieds API, section 2).
type ClassifiedInput struct {
	Portals  []string      `json:"portals"`
	Data     any           `json:"data"`               // an object, kept as it is; its metaData.source.offererEstateId is unique for an account
	Specific any           `json:"specific,omitempty"` // an object, kept as it is; nil for none
	Media    []MediaSource `json:"media"`              // all of them, in the order in which they are shown
}

// MarshalJSON writes no portals and no media as empty lists: null is refused.
func (in ClassifiedInput) MarshalJSON() ([]byte, error) {
	type plain ClassifiedInput
	if in.Portals == nil {
		in.Portals = []string{}
	}
	if in.Media == nil {
		in.Media = []MediaSource{}
	}
	return json.Marshal(plain(in))
}

// MediaSource is one entry of a classified's list (Classifieds API, section 3).
// A different timestamp parameter in its URL has it downloaded again.
type MediaSource struct {
	URL       string             `json:"url"`
	MediaType vitrine.MediaType  `json:"mediaType"`
	Category  vitrine.Category   `json:"category,omitempty"`
	Tags      []vitrine.Category `json:"tags,omitempty"`
	Title     string             `json:"title,omitempty"`

	// Altered says that a trained model made or altered the picture, which is
	// then shown with a label, and AlteredFrom, which needs it, the URL of the
	// picture that it was made of. Of pictures and panoramas only.
	Altered     bool   `json:"altered,omitempty"`
	AlteredFrom string `json:"alteredFrom,omitempty"`
}

// ClassifiedWritten is the answer to a write: what was accepted, and what it
// will do.
type ClassifiedWritten struct {
	ClassifiedID string          `json:"classifiedId"` // "" in the plan of a classified that is not there yet
	Revision     int64           `json:"revision"`     // the same as before when nothing has changed
	Links        ClassifiedLinks `json:"links"`
	GalleryURL   string          `json:"galleryUrl"` // what the public sees, as JSON; "" for one that is deleted, or not there yet
	PublicURL    string          `json:"publicUrl"`  // the same as a page
	Message      string          `json:"message"`    // why the write will come to nothing: the classified was deleted
	Plan         []PlanLine      `json:"plan"`
	ETag         string          `json:"-"` // of the revision, for IfMatch
}

// ClassifiedLinks are where a classified can be asked for.
type ClassifiedLinks struct {
	Self     string `json:"self"`
	Statuses string `json:"statuses"`
}

// PlanLine is what a write does with one entry of the list, or with one that is
// no longer in it.
type PlanLine struct {
	Action     vitrine.Action `json:"action"`
	MediaID    string         `json:"mediaId"`    // "" for one that is not there yet
	MediaStays bool           `json:"mediaStays"` // of a removal: the media has another place in the list
	URL        string         `json:"url"`        // as sent
	From       int            `json:"from"`       // place in the list before, -1 for none
	To         int            `json:"to"`         // place in the list sent, -1 for none
	Why        string         `json:"why"`        // of a refetch
}

// UnmarshalJSON takes a place that is null or left out for none.
func (l *PlanLine) UnmarshalJSON(data []byte) error {
	type plain PlanLine
	*l = PlanLine{From: -1, To: -1}
	return json.Unmarshal(data, (*plain)(l))
}

// WriteOption changes how a classified is written.
type WriteOption func(*request)

// IfMatch writes only if the classified is still the one that had this ETag. If
// it has changed since, the write is an *Error with vitrine.CodePrecondition;
// so is, after a lost answer, the repeat of a write that was accepted.
func IfMatch(etag string) WriteOption { return func(r *request) { r.ifMatch = etag } }

const classifiedsRoot = "/classifieds"

func classifiedPath(id string) string { return classifiedsRoot + "/" + segment(id) }

func classifiedMediaPath(id, media string) string {
	return classifiedPath(id) + "/media/" + segment(media)
}

// PostClassified creates a classified: anything that encodes to the contract's
// JSON, a ClassifiedInput or a json.RawMessage that goes out as it is. It
// returns when the wish is safely written; WaitClassified waits for the rest.
//
// It is not tried again when its answer got lost, as the server may have made
// one. Sent once more, a classified with an offererEstateId is then refused,
// and DuplicateOf tells which one was made.
func (c *Client) PostClassified(ctx context.Context, classified any) (ClassifiedWritten, error) {
	return c.writeClassified(ctx, request{method: http.MethodPost, path: classifiedsRoot, unrepeatable: true}, classified, nil)
}

// PutClassified makes a classified what is sent: the whole of it, with all its
// media. What is not in the list any more is removed.
func (c *Client) PutClassified(ctx context.Context, id string, classified any, opts ...WriteOption) (ClassifiedWritten, error) {
	return c.writeClassified(ctx, request{method: http.MethodPut, path: classifiedPath(id)}, classified, opts)
}

// PlanClassified tells what PutClassified would do, or with an id of ""
// PostClassified, and changes nothing.
func (c *Client) PlanClassified(ctx context.Context, id string, classified any, opts ...WriteOption) (ClassifiedWritten, error) {
	req := request{method: http.MethodPut, path: classifiedPath(id)}
	if id == "" {
		req = request{method: http.MethodPost, path: classifiedsRoot}
	}
	req.path += "?dryRun=true"
	return c.writeClassified(ctx, req, classified, opts)
}

func (c *Client) writeClassified(ctx context.Context, req request, classified any, opts []WriteOption) (ClassifiedWritten, error) {
	for _, opt := range opts {
		opt(&req)
	}
	var written ClassifiedWritten
	req.classifieds, req.etag = true, &written.ETag
	err := c.sendJSON(ctx, req, classified, &written)
	return written, err
}

// DeleteClassified deletes a classified. It never comes back.
func (c *Client) DeleteClassified(ctx context.Context, id string, opts ...WriteOption) error {
	req := request{method: http.MethodDelete, path: classifiedPath(id), deletes: true}
	_, err := c.writeClassified(ctx, req, nil, opts)
	return err
}

// PlanDelete tells what DeleteClassified would remove, and deletes nothing.
func (c *Client) PlanDelete(ctx context.Context, id string, opts ...WriteOption) (ClassifiedWritten, error) {
	return c.writeClassified(ctx, request{method: http.MethodDelete, path: classifiedPath(id) + "?dryRun=true"}, nil, opts)
}

// ask is a GET of the Classifieds API.
func (c *Client) ask(ctx context.Context, path string, out any) error {
	return c.send(ctx, request{method: http.MethodGet, path: path, classifieds: true}, out)
}

// Classified is a classified as it was sent, and how it stands.
type Classified struct {
	ClassifiedID string                `json:"classifiedId"`
	Revision     int64                 `json:"revision"`
	Status       vitrine.ListingStatus `json:"status"` // the newest
	SubStatus    string                `json:"subStatus"`
	Message      string                `json:"message"`
	StatusDate   time.Time             `json:"statusDate"`
	Portals      []string              `json:"portals"`
	Data         json.RawMessage       `json:"data"`
	Specific     json.RawMessage       `json:"specific"` // nil for none
	Media        []ClassifiedMedia     `json:"media"`    // in order, without what they show: Client.ClassifiedMedia has that
	Links        ClassifiedLinks       `json:"links"`
	GalleryURL   string                `json:"galleryUrl"` // what the public sees, as JSON; "" for a deleted one
	PublicURL    string                `json:"publicUrl"`  // the same as a page
	CreatedAt    time.Time             `json:"createdAt"`
	UpdatedAt    time.Time             `json:"updatedAt"` // the last change that was accepted
	ETag         string                `json:"-"`         // of the revision, for IfMatch
}

// ClassifiedPage is a part of the account's classifieds, oldest first.
type ClassifiedPage struct {
	Items     []Classified `json:"items"`     // without ETags
	NextToken string       `json:"nextToken"` // for the part after it, "" at the end
}

// MaxClassifieds is the most that ClassifiedPage may be asked for.
const MaxClassifieds = 250

// ClassifiedPage gives at most limit classifieds, from 1 to MaxClassifieds,
// from the oldest, or from where a page before says with its NextToken. Large
// ones make a page shorter. Deleted ones are left out.
func (c *Client) ClassifiedPage(ctx context.Context, limit int, nextToken string) (ClassifiedPage, error) {
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	if nextToken != "" {
		query.Set("nextToken", nextToken)
	}
	var page ClassifiedPage
	err := c.ask(ctx, classifiedsRoot+"?"+query.Encode(), &page)
	return page, err
}

// Classifieds gives all classifieds of the account, oldest first, page by page.
// An error comes with a zero Classified; after one there is no more.
func (c *Client) Classifieds(ctx context.Context) iter.Seq2[Classified, error] {
	return func(yield func(Classified, error) bool) {
		for token, more := "", true; more; more = token != "" {
			page, err := c.ClassifiedPage(ctx, MaxClassifieds, token)
			if err != nil {
				yield(Classified{}, err)
				return
			}
			for _, classified := range page.Items {
				if !yield(classified, nil) {
					return
				}
			}
			token = page.NextToken
		}
	}
}

// Classified gives a classified, a deleted one too.
func (c *Client) Classified(ctx context.Context, id string) (Classified, error) {
	var classified Classified
	req := request{method: http.MethodGet, path: classifiedPath(id), classifieds: true, etag: &classified.ETag}
	err := c.send(ctx, req, &classified)
	return classified, err
}
