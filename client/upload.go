package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/vitrine-media/vitrine"
)

// UploadInput says what is known of a file before it is uploaded (Listings API
// 3.6).
type UploadInput struct {
	ContentType string `json:"contentType"`          // required: "image/jpeg"
	Filename    string `json:"filename,omitempty"`   // may be ""
	Size        int64  `json:"size,omitempty"`       // bytes; needed by Upload
	ExternalID  string `json:"externalId,omitempty"` // the sender's own id, "" for none
}

// UploadURL is leave to upload one file.
type UploadURL struct {
	MediaID    int64             `json:"mediaId"`
	URL        string            `json:"uploadUrl"`
	Method     string            `json:"method"`
	Header     map[string]string `json:"headers"` // to send with the bytes
	ExternalID string            `json:"externalId"`
	ExpiresAt  time.Time         `json:"expiresAt"` // the upload must start before
	ExpiresIn  int               `json:"expiresIn"` // the same in seconds from the answer
}

// RequestUpload asks for the URL to upload a file to. A known external id that
// still waits for its bytes gives the same file with a fresh URL; one that
// holds a file is an *Error with vitrine.CodeConflict.
func (c *Client) RequestUpload(ctx context.Context, in UploadInput) (UploadURL, error) {
	var leave UploadURL
	err := c.call(ctx, http.MethodPost, "/media/request-upload-url", in, &leave)
	return leave, err
}

// SendUpload sends size bytes of body to the URL that RequestUpload has given.
// A body that is an io.Seeker is sent again after a lost connection, from where
// it stood; any other is sent once.
//
// onProgress, which may be nil, gets how many bytes have gone out. It is
// called by one goroutine at a time and no more after the return; a new try
// begins at 0 again.
func (c *Client) SendUpload(ctx context.Context, to UploadURL, body io.Reader, size int64, onProgress func(sent int64)) error {
	if onProgress == nil {
		onProgress = func(int64) {}
	}
	rewind, again, err := rewinder(body)
	if err != nil {
		return err
	}
	first := true
	err = c.repeat(ctx, again, func() error {
		if !first {
			if err := rewind(); err != nil {
				return &bodyError{err}
			}
		}
		first = false
		return c.sendBytes(ctx, to, body, size, onProgress)
	})
	if err != nil {
		return fmt.Errorf("send the bytes of media %d: %w", to.MediaID, err)
	}
	return nil
}

// rewinder gives what brings a body back to where it stands now, and what
// judges a try accordingly.
func rewinder(body io.Reader) (rewind func() error, judge func(error, bool) verdict, err error) {
	seeker, ok := body.(io.Seeker)
	if !ok {
		return nil, func(error, bool) verdict { return giveUp }, nil
	}
	start, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, nil, fmt.Errorf("look where the body stands: %w", err)
	}
	rewind = func() error {
		_, err := seeker.Seek(start, io.SeekStart)
		return err
	}
	return rewind, func(err error, _ bool) verdict { return later(err) }, nil
}

// ConfirmUpload says that the bytes of a file have been sent, and so begins
// the work on it. Before they are there it is refused and can be tried again;
// a second time it gives the same job.
func (c *Client) ConfirmUpload(ctx context.Context, mediaID int64) (Import, error) {
	var confirmed Import
	err := c.call(ctx, http.MethodPost, mediaPath(mediaID)+"/confirm", nil, &confirmed)
	return confirmed, err
}

// Uploaded is a file that the server has, or is at work on.
type Uploaded struct {
	Import
	Existing *Media // the file that had the external id before; nothing was sent. nil after an upload
}

// Upload uploads a file of in.Size bytes: it asks for a URL, sends the bytes
// there as SendUpload does, and confirms them. When in.ExternalID is that of a
// file already there, that file is given and nothing is sent: its Size tells
// whether it may be another.
func (c *Client) Upload(ctx context.Context, body io.Reader, in UploadInput, onProgress func(sent int64)) (Uploaded, error) {
	if in.Size <= 0 {
		return Uploaded{}, errors.New("upload: the size must be known and more than 0")
	}
	to, err := c.RequestUpload(ctx, in)
	if refusal, ok := errors.AsType[*Error](err); ok && refusal.Code == vitrine.CodeConflict && in.ExternalID != "" {
		return c.existing(ctx, in.ExternalID)
	}
	if err != nil {
		return Uploaded{}, err
	}
	if err := c.SendUpload(ctx, to, body, in.Size, onProgress); err != nil {
		return Uploaded{}, err
	}
	confirmed, err := c.ConfirmUpload(ctx, to.MediaID)
	return Uploaded{Import: confirmed}, err
}

func (c *Client) existing(ctx context.Context, externalID string) (Uploaded, error) {
	m, err := c.MediaByExternalID(ctx, externalID)
	if err != nil {
		return Uploaded{}, err
	}
	return Uploaded{
		Import:   Import{MediaID: m.ID, Status: m.Optimization, ExternalID: m.ExternalID},
		Existing: &m,
	}, nil
}
