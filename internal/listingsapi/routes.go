package listingsapi

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// routes are all routes of the API.
func (a *api) routes() http.Handler {
	rt := &router{unrouted: a.writeError}
	doc := newDocument(&adapter{api: a, router: rt})

	handle(a, doc, operation{
		method: http.MethodGet, path: "/agency", id: "agency", tag: "Agency",
		summary: "Check the connection: whose key this is, and the limits",
	}, a.agency)

	handle(a, doc, operation{
		method: http.MethodPut, path: "/listings", id: "putListing", tag: "Listings",
		summary: "Create or update a listing and its list of files", mayMiss: true,
	}, a.putListing)
	handle(a, doc, operation{
		method: http.MethodPost, path: "/listings/bulk", id: "listingBulk", tag: "Listings",
		summary: "Upsert, link, unlink, delete or validate many listings", bulk: true, refusal: bulkRefusal[listingResult]{},
	}, a.listingBulk)
	handle(a, doc, operation{
		method: http.MethodGet, path: "/listings", id: "listings", tag: "Listings",
		summary: "List listings",
	}, a.listings)
	handle(a, doc, operation{
		method: http.MethodGet, path: "/listings/{id}", id: "listing", tag: "Listings",
		summary: "Get a listing", mayMiss: true,
	}, a.listing)
	handle(a, doc, operation{
		method: http.MethodGet, path: "/listings/external/{externalId}", id: "listingByExternalId", tag: "Listings",
		summary: "Get a listing by your own id", mayMiss: true,
	}, a.listingByExternalID)
	handle(a, doc, operation{
		method: http.MethodGet, path: "/listings/{id}/checkup", id: "checkUp", tag: "Listings",
		summary: "See what there is to say of a listing's pictures: blurred, dark, the same twice", mayMiss: true,
	}, a.checkUp)
	handle(a, doc, operation{
		method: http.MethodGet, path: "/listings/external/{externalId}/checkup", id: "checkUpByExternalId", tag: "Listings",
		summary: "See what there is to say of the pictures of a listing by your own id", mayMiss: true,
	}, a.checkUpByExternalID)
	handle(a, doc, operation{
		method: http.MethodDelete, path: "/listings/{id}", id: "deleteListing", tag: "Listings",
		summary: "Delete a listing; its files stay, unless they are erased", mayMiss: true, erases: true,
	}, deleter{a.gallery.DeleteListing, a.gallery.EraseListing}.byID)
	handle(a, doc, operation{
		method: http.MethodDelete, path: "/listings/external/{externalId}", id: "deleteListingByExternalId", tag: "Listings",
		summary: "Delete a listing by your own id; its files stay, unless they are erased", mayMiss: true, erases: true,
	}, deleter{a.gallery.DeleteListing, a.gallery.EraseListing}.byExternalID)
	handle(a, doc, operation{
		method: http.MethodPost, path: "/listings/{id}/link", id: "linkListing", tag: "Listings",
		summary: "Give a listing your own id", mayMiss: true,
	}, linkOf(a.gallery.LinkListing))
	handle(a, doc, operation{
		method: http.MethodDelete, path: "/listings/{id}/link", id: "unlinkListing", tag: "Listings",
		summary: "Take your own id from a listing", mayMiss: true,
	}, unlinkOf(a.gallery.UnlinkListing))

	handle(a, doc, operation{
		method: http.MethodPost, path: "/media/upload-from-url", id: "uploadFromUrl", tag: "Media",
		summary: "Import a file by URL", statuses: []int{http.StatusCreated, http.StatusOK},
	}, a.uploadFromURL)
	handle(a, doc, operation{
		method: http.MethodPost, path: "/media/bulk", id: "mediaBulk", tag: "Media",
		summary: "Import, upload, link, unlink or delete many files", bulk: true, refusal: bulkRefusal[mediaResult]{},
	}, a.mediaBulk)
	handle(a, doc, operation{
		method: http.MethodPost, path: "/media/request-upload-url", id: "requestUploadUrl", tag: "Media",
		summary: "Get a signed URL to upload a file to", statuses: []int{http.StatusCreated},
	}, a.requestUpload)
	a.serveUploads(rt, doc)
	handle(a, doc, operation{
		method: http.MethodPost, path: "/media/{id}/confirm", id: "confirmUpload", tag: "Media",
		summary: "Say that a file has been uploaded", mayMiss: true,
	}, a.confirmUpload)
	handle(a, doc, operation{
		method: http.MethodGet, path: "/media/{id}", id: "media", tag: "Media",
		summary: "Get a file", mayMiss: true,
	}, a.media)
	handle(a, doc, operation{
		method: http.MethodGet, path: "/media/external/{externalId}", id: "mediaByExternalId", tag: "Media",
		summary: "Get a file by your own id", mayMiss: true,
	}, a.mediaByExternalID)
	handle(a, doc, operation{
		method: http.MethodDelete, path: "/media/{id}", id: "deleteMedia", tag: "Media",
		summary: "Delete a file, from its listings too", mayMiss: true, erases: true,
	}, deleter{a.gallery.DeleteMedia, a.gallery.EraseMedia}.byID)
	handle(a, doc, operation{
		method: http.MethodDelete, path: "/media/external/{externalId}", id: "deleteMediaByExternalId", tag: "Media",
		summary: "Delete a file by your own id, from its listings too", mayMiss: true, erases: true,
	}, deleter{a.gallery.DeleteMedia, a.gallery.EraseMedia}.byExternalID)
	handle(a, doc, operation{
		method: http.MethodPost, path: "/media/{id}/link", id: "linkMedia", tag: "Media",
		summary: "Give a file your own id", mayMiss: true,
	}, linkOf(a.gallery.LinkMedia))
	handle(a, doc, operation{
		method: http.MethodDelete, path: "/media/{id}/link", id: "unlinkMedia", tag: "Media",
		summary: "Take your own id from a file", mayMiss: true,
	}, unlinkOf(a.gallery.UnlinkMedia))

	handle(a, doc, operation{
		method: http.MethodGet, path: "/media/{id}/timeline", id: "mediaTimeline", tag: "Media",
		summary: "See what was tried for a file, and how it went", mayMiss: true,
	}, a.timeline)
	handle(a, doc, operation{
		method: http.MethodPost, path: "/media/{id}/retry", id: "retryMedia", tag: "Media",
		summary: "Fetch a file again from its URL", mayMiss: true, statuses: []int{http.StatusAccepted},
	}, a.retryMedia)

	handle(a, doc, operation{
		method: http.MethodGet, path: "/erasures/{id}", id: "erasure", tag: "Erasures",
		summary: "Get the receipt of what was erased", mayMiss: true,
	}, a.erasure)

	handle(a, doc, operation{
		method: http.MethodGet, path: "/job/status", id: "jobStatus", tag: "Jobs",
		summary: "See how far a job has come", mayMiss: true,
	}, a.jobStatus)

	handle(a, doc, operation{
		method: http.MethodGet, path: "/events", id: "events", tag: "Events",
		summary: "Read what has happened, or wait for it",
	}, a.events)

	handle(a, doc, operation{
		method: http.MethodPost, path: "/webhooks", id: "addWebhook", tag: "Webhooks",
		summary: "Have events delivered to a URL; the answer alone shows the secret that signs them", statuses: []int{http.StatusCreated},
	}, a.addWebhook)
	handle(a, doc, operation{
		method: http.MethodGet, path: "/webhooks", id: "webhooks", tag: "Webhooks",
		summary: "List webhooks",
	}, a.webhooks)
	handle(a, doc, operation{
		method: http.MethodGet, path: "/webhooks/{id}", id: "webhook", tag: "Webhooks",
		summary: "Get a webhook", mayMiss: true,
	}, a.webhook)
	handle(a, doc, operation{
		method: http.MethodPatch, path: "/webhooks/{id}", id: "changeWebhook", tag: "Webhooks",
		summary: "Change a webhook, switch it off, or on again", mayMiss: true,
	}, a.changeWebhook)
	handle(a, doc, operation{
		method: http.MethodDelete, path: "/webhooks/{id}", id: "deleteWebhook", tag: "Webhooks",
		summary: "Delete a webhook with its deliveries", mayMiss: true,
	}, a.deleteWebhook)
	handle(a, doc, operation{
		method: http.MethodPost, path: "/webhooks/{id}/secret", id: "rotateWebhookSecret", tag: "Webhooks",
		summary: "Get a new secret; the one before signs along for 24 hours", mayMiss: true,
	}, a.rotateSecret)
	handle(a, doc, operation{
		method: http.MethodPost, path: "/webhooks/{id}/test", id: "testWebhook", tag: "Webhooks",
		summary: "Deliver a webhook.test to this webhook", mayMiss: true, statuses: []int{http.StatusAccepted},
	}, a.testWebhook)
	handle(a, doc, operation{
		method: http.MethodPost, path: "/webhooks/{id}/replay", id: "replayWebhook", tag: "Webhooks",
		summary: "Deliver events again, under their own message ids", mayMiss: true, statuses: []int{http.StatusAccepted},
	}, a.replayWebhook)
	handle(a, doc, operation{
		method: http.MethodGet, path: "/webhooks/{id}/deliveries", id: "webhookDeliveries", tag: "Webhooks",
		summary: "See what was delivered, newest first, with each attempt", mayMiss: true,
	}, a.deliveries)

	a.serveDocs(rt, doc)
	return rt
}

// operation is one route and what the document says about it.
type operation struct {
	method, path string // the path below Base
	id           string // names the operation in generated clients
	tag, summary string
	statuses     []int // of success; nil for 200
	mayMiss      bool  // whether it answers 404
	erases       bool  // whether it takes erase
	bulk         bool  // whether it counts in the bulk limit too
	refusal      any   // another body that a 422 may have; nil for none
}

// handle registers a route. Whatever the handler's error is, the answer has the
// contract's shape. huma decodes and documents; it validates nothing, because
// its refusals have another shape and another status.
func handle[I, O any](a *api, doc huma.API, op operation, h func(context.Context, *I) (*O, error)) {
	described := op.describe(doc.OpenAPI())
	huma.Register(doc, described, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err == nil {
			return out, nil
		}
		if whole, ok := errors.AsType[huma.StatusError](err); ok {
			return nil, whole // it is the answer itself
		}
		return nil, a.answerTo(ctx, err)
	})
	// huma describes the body of the first success only; the others have the same.
	successes := op.successes()
	body := described.Responses[strconv.Itoa(successes[0])].Content
	for _, status := range successes[1:] {
		described.Responses[strconv.Itoa(status)].Content = body
	}
	if op.refusal != nil {
		refused := described.Responses["422"].Content["application/json"]
		all := doc.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(op.refusal), true, "")
		refused.Schema = &huma.Schema{AnyOf: []*huma.Schema{all, refused.Schema}}
	}
}

// bulkMark is the metadata of an operation that says whether it is a bulk one.
const bulkMark = "bulk"

// adapter puts the operations of huma on the router, each behind the guard.
type adapter struct {
	api *api
	*router
}

func (ad *adapter) Handle(op *huma.Operation, h func(huma.Context)) {
	bulk, _ := op.Metadata[bulkMark].(bool)
	g := gate{takesBody: op.RequestBody != nil, bulk: bulk}
	ad.add(op.Method, Base+op.Path, ad.api.guard(g, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h(humago.NewContext(op, r, w))
	})))
}
