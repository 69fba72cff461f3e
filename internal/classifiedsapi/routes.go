package classifiedsapi

import (
	"net/http"
	"reflect"
)

// routes are all routes of the API.
func (a *api) routes() http.Handler {
	rt := newRouter(a.refuse)
	doc := newDocument()
	const one, media = "/classifieds/{classifiedId}", "/classifieds/{classifiedId}/media"

	for _, op := range []operation{
		{
			method: http.MethodPost, path: TokenPath, id: "token", tag: "Access", summary: "Get an access token for a key",
			body: typeOf[tokenRequest](), success: answers{http.StatusOK: typeOf[tokenAnswer]()}, serve: a.token,
		},
		{
			method: http.MethodPost, path: "/classifieds", id: "postClassified", tag: "Classifieds", summary: "Create a classified with its list of media",
			scope: scopeCreate, body: typeOf[classifiedRequest](), params: params(dryRun()),
			success: answers{http.StatusAccepted: typeOf[written](), http.StatusOK: typeOf[written]()}, located: true, serve: a.post,
		},
		{
			method: http.MethodGet, path: "/classifieds", id: "classifieds", tag: "Classifieds", summary: "List classifieds, oldest first",
			scope: scopeRead, params: params(limit(maxClassifieds, maxClassifieds), nextToken()),
			success: answers{http.StatusOK: typeOf[page[classified]]()}, serve: a.all,
		},
		{
			method: http.MethodGet, path: one, id: "classified", tag: "Classifieds", summary: "Get a classified as it was sent, and how it stands",
			scope: scopeRead, mayMiss: true, tagged: true, success: answers{http.StatusOK: typeOf[classified]()}, serve: a.get,
		},
		{
			method: http.MethodPut, path: one, id: "putClassified", tag: "Classifieds", summary: "Give a classified its new data and its whole new list of media",
			scope: scopeUpdate, body: typeOf[classifiedRequest](), resends: true, params: params(dryRun(), ifMatch()), mayMiss: true, conditional: true, tagged: true,
			success: answers{http.StatusAccepted: typeOf[written](), http.StatusOK: typeOf[written]()}, serve: a.put,
		},
		{
			method: http.MethodDelete, path: one, id: "deleteClassified", tag: "Classifieds", summary: "Delete a classified; it never comes back",
			scope: scopeDelete, params: params(dryRun(), eraseParam(), ifMatch()), mayMiss: true, conditional: true, tagged: true,
			success: answers{http.StatusAccepted: typeOf[written](), http.StatusOK: typeOf[written]()}, serve: a.delete,
		},
		{
			method: http.MethodGet, path: one + "/statuses", id: "statuses", tag: "Classifieds", summary: "Get the whole history of a classified, newest first",
			scope: scopeRead, params: params(limit(defaultStatuses, maxStatuses), nextToken()), mayMiss: true,
			success: answers{http.StatusOK: typeOf[page[statusChange]]()}, serve: a.statuses,
		},
		{
			method: http.MethodGet, path: media, id: "media", tag: "Media", summary: "See what a classified shows",
			scope: scopeRead, mayMiss: true, success: answers{http.StatusOK: typeOf[list[placedMedia]]()}, serve: a.media,
		},
		{
			method: http.MethodGet, path: one + "/checkup", id: "checkUp", tag: "Media", summary: "See what there is to say of a classified's pictures: blurred, dark, the same twice",
			scope: scopeRead, mayMiss: true, success: answers{http.StatusOK: typeOf[list[checkedMedia]]()}, serve: a.checkUp,
		},
		{
			method: http.MethodGet, path: media + "/{mediaId}/timeline", id: "mediaTimeline", tag: "Media", summary: "See what was tried for a media, and how it went",
			scope: scopeRead, mayMiss: true, success: answers{http.StatusOK: typeOf[list[attempt]]()}, serve: a.timeline,
		},
		{
			method: http.MethodPost, path: media + "/{mediaId}/retry", id: "retryMedia", tag: "Media", summary: "Fetch a media again now",
			scope: scopeUpdate, mayMiss: true, success: answers{http.StatusAccepted: typeOf[retried]()}, serve: a.retry,
		},
		{
			method: http.MethodGet, path: "/erasures/{erasureId}", id: "erasure", tag: "Classifieds", summary: "Get the receipt of what was erased",
			scope: scopeRead, mayMiss: true, success: answers{http.StatusOK: typeOf[erasure]()}, serve: a.erasure,
		},
		{
			method: http.MethodGet, path: "/webhooks", id: "webhook", tag: "Webhooks", summary: "See where status changes are posted, and whether they are",
			scope: scopeRead, mayMiss: true, success: answers{http.StatusOK: typeOf[subscription]()}, serve: a.webhook,
		},
		{
			method: http.MethodPut, path: "/webhooks", id: "setWebhook", tag: "Webhooks", summary: "Say where status changes are to be posted",
			scope: scopeUpdate, body: typeOf[webhook](), success: answers{http.StatusOK: typeOf[webhook]()}, serve: a.setWebhook,
		},
		{
			method: http.MethodDelete, path: "/webhooks", id: "dropWebhook", tag: "Webhooks", summary: "Have status changes no longer posted",
			scope: scopeUpdate, mayMiss: true, success: answers{http.StatusNoContent: nil}, serve: a.dropWebhook,
		},
	} {
		h := a.handler(&op)
		rt.add(op.method, Base+op.path, h)
		if op.path == TokenPath {
			rt.add(op.method, TokenPath, h)
		}
		doc.AddOperation(op.describe(doc))
	}
	a.document = a.finish(doc)
	rt.add(http.MethodGet, Base+"/openapi.json", a.static(a.document))
	return rt
}

// operation is one route and what the document says about it.
type operation struct {
	method, path string // the path below Base
	id           string // names the operation in generated clients
	tag, summary string
	scope        string       // that the bearer needs; "" for an operation without a bearer
	body         reflect.Type // of the request; nil for none
	resends      bool         // whether the body may be known before it is read as JSON, which serve does
	params       parameters
	success      answers
	mayMiss      bool // whether it answers 404
	conditional  bool // whether it answers 412
	tagged       bool // whether its successes have an ETag
	located      bool // whether its 202 has a Location, and an ETag
	serve        func(*call) (*answer, error)
}

// answers are the bodies of an operation's successes; nil for none.
type answers map[int]reflect.Type

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// call is a request that has been let in.
type call struct {
	*http.Request
	header  http.Header // of the answer
	account int64
	query   *query
	body    []byte // valid JSON unless the operation resends, nil for an operation without one
}

// answer is what becomes of it.
type answer struct {
	status         int
	etag, location string // headers; "" for none
	body           any    // nil for none
}

// handler serves an operation. Whatever the error is, the answer is a problem.
func (a *api) handler(op *operation) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := a.admit(w.Header(), r, op)
		if err == nil && len(op.queryNames()) == 0 {
			err = c.query.err() // which nobody else asks for
		}
		if err != nil {
			a.refuse(w, r, err)
			return
		}
		out, err := op.serve(c)
		if err != nil {
			a.refuse(w, r, err)
			return
		}
		if out.etag != "" {
			w.Header().Set("ETag", out.etag)
		}
		if out.location != "" {
			w.Header().Set("Location", out.location)
		}
		if out.body == nil {
			w.Header().Set("Cache-Control", "no-store")
			w.WriteHeader(out.status)
			return
		}
		a.write(w, r, out.status, "application/json", out.body)
	})
}
