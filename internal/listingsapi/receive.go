package listingsapi

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vitrine-media/vitrine"
)

const (
	// uploadIdle is how long an upload may send nothing before it is given up,
	// and how long its answer may take to be written.
	uploadIdle = 30 * time.Second
	// uploadRate is what an upload brings at least, in bytes a second: a tenth of
	// the slowest mobile line.
	uploadRate = 1 << 10
	// drainTime bounds how long a refused body is still read.
	drainTime = 10 * time.Second
)

// serveUploads adds the endpoint that signed URLs lead to where the bucket does
// not take uploads itself (section 3.6). The signature stands for the key; the
// rules about JSON and the rate limit do not hold here.
func (a *api) serveUploads(rt *router, doc huma.API) {
	const path = "/media/upload/{uuid}"
	text := &huma.Schema{Type: huma.TypeString}
	bytes := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	parameter := func(name, in string, required bool) *huma.Param {
		return &huma.Param{Name: name, In: in, Required: required, Schema: text}
	}
	responses := map[string]*huma.Response{"200": {
		Description: "All bytes are kept.",
		Headers:     map[string]*huma.Param{"ETag": {Description: "The SHA-256 of the bytes, quoted.", Required: true, Schema: text}},
	}}
	for _, row := range errorStatuses {
		switch row.code {
		case vitrine.CodeInvalid, vitrine.CodeForbidden, vitrine.CodeNotFound, vitrine.CodeConflict, vitrine.CodeTooLarge, vitrine.CodeInternal:
			responses[strconv.Itoa(row.status)] = errorResponse(doc.OpenAPI(), row)
		}
	}
	doc.OpenAPI().AddOperation(&huma.Operation{
		Method: http.MethodPut, Path: path, OperationID: "upload", Tags: []string{"Media"},
		Summary:     "Upload the bytes of a file to a signed URL; no key is needed",
		Description: "The URL is that of an answer to request-upload-url, and is sent as it is.",
		Parameters: []*huma.Param{
			parameter("uuid", "path", true), parameter("expires", "query", true), parameter("type", "query", true),
			parameter("size", "query", false), parameter("signature", "query", true),
		},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"image/*": {Schema: bytes},
			"video/*": {Schema: bytes},
		}},
		Responses: responses,
		Security:  []map[string][]string{},
	})
	rt.add(http.MethodPut, Base+path, http.HandlerFunc(a.receiveUpload))
}

// receiveUpload streams a body into the bucket. On any line that is still a line
// it goes on as long as bytes come: the server's own deadlines, which are for
// JSON, are moved with each read.
func (a *api) receiveUpload(w http.ResponseWriter, r *http.Request) {
	privately(w.Header())
	conn := http.NewResponseController(w)
	etag, err := a.storeUpload(r, conn)
	if err != nil {
		drain(r, conn)
	}
	// The upload may have taken longer than the server allows for answers.
	err = errors.Join(err, conn.SetWriteDeadline(time.Now().Add(uploadIdle)))
	if err != nil {
		a.writeError(w, r, a.answerTo(r.Context(), err))
		return
	}
	w.Header().Set("ETag", etag)
	w.WriteHeader(http.StatusOK)
}

func (a *api) storeUpload(r *http.Request, conn *http.ResponseController) (etag string, err error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return "", refusal(vitrine.CodeForbidden, "The signature of the upload URL is not valid")
	}
	body := &steadyBody{body: r.Body, conn: conn, began: time.Now()}
	return a.gallery.ReceiveUpload(r.Context(), r.PathValue("uuid"), query, r.Header.Get("Content-Type"), r.ContentLength, body)
}

// steadyBody reads a body of any length, so long as it never pauses for more
// than uploadIdle and, after that time, has come at uploadRate on average:
// nobody holds a connection by a byte now and then. Deadlines are of the
// machine's own clock.
type steadyBody struct {
	body  io.Reader
	conn  *http.ResponseController
	began time.Time
	read  int64
}

func (b *steadyBody) Read(p []byte) (int, error) {
	idle := time.Now().Add(uploadIdle)
	slow := b.began.Add(uploadIdle + time.Duration(b.read/uploadRate)*time.Second)
	if slow.Before(idle) {
		idle = slow
	}
	if err := b.conn.SetReadDeadline(idle); err != nil {
		return 0, cutOff(err)
	}
	n, err := b.body.Read(p)
	b.read += int64(n)
	switch {
	case errors.Is(err, io.EOF):
		// The server goes on listening, to notice a client that leaves: what is
		// done with the bytes may take longer than the deadline.
		if err := b.conn.SetReadDeadline(time.Time{}); err != nil {
			return n, cutOff(err)
		}
		return n, io.EOF
	case err != nil:
		return n, cutOff(err)
	}
	return n, nil
}

// cutOff is the refusal of a body that broke off, which is no fault of ours.
func cutOff(err error) error {
	return &vitrine.Error{Code: vitrine.CodeInvalid, Messages: []string{"The upload broke off"}, Err: err}
}

// drain reads a part of a body that was refused, so that a client which writes
// everything before it reads sees the answer. One that asked first (Expect:
// 100-continue) is not told to go on.
func drain(r *http.Request, conn *http.ResponseController) {
	if r.Header.Get("Expect") != "" {
		return
	}
	if conn.SetReadDeadline(time.Now().Add(drainTime)) == nil {
		_, _ = io.CopyN(io.Discard, r.Body, drainBytes) // the answer is the same wherever it ends
	}
}
