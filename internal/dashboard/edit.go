package dashboard

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// uploadTime bounds an upload from a page: the largest video on a slow line.
const uploadTime = 30 * time.Minute

// setStatus asks for a status of a listing: shown, or out of sight.
func (d *Dashboard) setStatus(status vitrine.ListingStatus) func(http.ResponseWriter, *http.Request, session) {
	return func(w http.ResponseWriter, r *http.Request, s session) {
		listing, err := d.gallery.Own(r.Context(), s.caller.Account.ID, r.PathValue("listing"))
		if err == nil && listing.Kind != vitrine.KindListing {
			err = vitrine.Errorf(vitrine.CodeConflict, "The status of a classified is its sender's")
		}
		if err == nil {
			_, err = d.gallery.PutListing(r.Context(), s.caller.Account.ID, gallery.ListingInput{Ref: gallery.Ref{ID: listing.ID}, Status: status, By: vitrine.ByDashboard})
		}
		if err != nil {
			d.fail(w, r, s, err)
			return
		}
		done(w, r, "/listings/%s", r.PathValue("listing"))
	}
}

// move puts a file in another place of its list: that of the form's "to", from 1.
func (d *Dashboard) move(w http.ResponseWriter, r *http.Request, s session) {
	r.Body = http.MaxBytesReader(w, r.Body, 8<<10)
	file, to := number(r.FormValue("file")), number(r.FormValue("to"))
	d.edit(w, r, s, func(files []gallery.File) ([]gallery.File, error) {
		from := place(files, file)
		if from < 0 || to < 1 || int(to) > len(files) {
			return nil, vitrine.Errorf(vitrine.CodeNotFound, "The list has changed meanwhile")
		}
		moved := files[from]
		return slices.Insert(slices.Delete(files, from, from+1), int(to)-1, moved), nil
	})
}

// remove takes a file out of its list.
func (d *Dashboard) remove(w http.ResponseWriter, r *http.Request, s session) {
	r.Body = http.MaxBytesReader(w, r.Body, 8<<10)
	file := number(r.FormValue("file"))
	d.edit(w, r, s, func(files []gallery.File) ([]gallery.File, error) {
		return slices.DeleteFunc(files, func(f gallery.File) bool { return f.ID == file }), nil
	})
}

// edit changes the list of the listing that the address names.
func (d *Dashboard) edit(w http.ResponseWriter, r *http.Request, s session, edit func([]gallery.File) ([]gallery.File, error)) {
	if _, err := d.gallery.EditFiles(r.Context(), s.caller.Account.ID, r.PathValue("listing"), edit); err != nil {
		d.fail(w, r, s, err)
		return
	}
	done(w, r, "/listings/%s", r.PathValue("listing"))
}

// place is where a file stands in a list, -1 for nowhere.
func place(files []gallery.File, id int64) int {
	return slices.IndexFunc(files, func(f gallery.File) bool { return f.ID == id })
}

// upload takes in a file, the body, and puts it at the end of the list, or in the
// place of the file that the query's "instead" names. It is for the page's
// script: the answer is 204, or what went wrong in a line of text.
func (d *Dashboard) upload(w http.ResponseWriter, r *http.Request, s session) {
	err := d.takeIn(w, r, s)
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	status, text := http.StatusInternalServerError, wordsOf(r).ErrorOurs
	if refused, ok := errors.AsType[*vitrine.Error](err); ok && refused.Code != vitrine.CodeInternal {
		status, text = http.StatusConflict, strings.Join(refused.Messages, " ")
	} else {
		d.log.ErrorContext(r.Context(), "upload from a page", "err", err)
	}
	http.Error(w, text, status)
}

func (d *Dashboard) takeIn(w http.ResponseWriter, r *http.Request, s session) error {
	contentType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(slices.Concat(vitrine.ImageTypes, vitrine.VideoTypes), contentType) {
		return vitrine.Errorf(vitrine.CodeInvalid, "%s", vitrine.RuleOf(vitrine.UnsupportedType).Message+" "+vitrine.RuleOf(vitrine.UnsupportedType).Remedy)
	}
	if r.ContentLength <= 0 {
		return vitrine.Errorf(vitrine.CodeInvalid, "The file is empty")
	}
	// The server's own deadlines are for forms.
	conn, until := http.NewResponseController(w), d.now().Add(uploadTime)
	if err := errors.Join(conn.SetReadDeadline(until), conn.SetWriteDeadline(until)); err != nil {
		return fmt.Errorf("move the deadlines of an upload: %w", err)
	}
	ctx, account := r.Context(), s.caller.Account.ID
	upload, err := d.gallery.RequestUpload(ctx, account, gallery.UploadInput{ContentType: contentType, Size: r.ContentLength})
	if err != nil {
		return err
	}
	if err := d.gallery.StoreUpload(ctx, account, upload.Media.ID, r.Body, r.ContentLength); err != nil {
		return err
	}
	if _, err := d.gallery.ConfirmUpload(ctx, account, gallery.Ref{ID: upload.Media.ID}); err != nil {
		return err
	}
	instead, err := strconv.ParseInt(r.URL.Query().Get("instead"), 10, 64)
	if err != nil {
		instead = 0
	}
	_, err = d.gallery.EditFiles(ctx, account, r.PathValue("listing"), func(files []gallery.File) ([]gallery.File, error) {
		fresh := gallery.File{ID: upload.Media.ID}
		if at := place(files, instead); at >= 0 {
			files[at] = fresh
			return files, nil
		}
		return append(files, fresh), nil
	})
	return err
}
