package classifiedsapi

import (
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/jsontext"
)

// maxWebhookURL is how long the URL of a webhook may be, in bytes.
const maxWebhookURL = 2048

var webhookFields = []string{"url", "statuses"}

// setWebhook says where an account's status changes go. There is one webhook;
// another takes its place.
func (a *api) setWebhook(c *call) (*answer, error) {
	url, statuses, err := parseWebhook(c.body)
	if err != nil {
		return nil, err
	}
	if err := a.gallery.SetCallback(c.Context(), c.account, url, statuses); err != nil {
		return nil, err
	}
	return &answer{status: http.StatusOK, body: webhook{URL: url, Statuses: wordsOf[status](statuses)}}, nil
}

// webhook gives the webhook as it stands.
func (a *api) webhook(c *call) (*answer, error) {
	callback, err := a.gallery.Callback(c.Context(), c.account)
	if err != nil {
		return nil, err
	}
	out := subscription{
		URL: callback.URL, Statuses: wordsOf[status](callback.Statuses), Enabled: callback.DisabledAt.IsZero(), DisabledReason: orNull(callback.DisabledWhy),
	}
	if !out.Enabled {
		at := timestamp(callback.DisabledAt)
		out.DisabledAt = nullable[instant]{&at}
	}
	return &answer{status: http.StatusOK, body: out}, nil
}

// dropWebhook ends them.
func (a *api) dropWebhook(c *call) (*answer, error) {
	if err := a.gallery.DropCallback(c.Context(), c.account); err != nil {
		return nil, err
	}
	return &answer{status: http.StatusNoContent}, nil
}

// parseWebhook reads the body of PUT /webhooks; no statuses are all.
func parseWebhook(body []byte) (url string, statuses []vitrine.ListingStatus, err error) {
	var r rules
	v := jsontext.Whole(body)
	r.storable(v)
	var values [2]jsontext.Value
	if o, ok := r.open(place{}, v, webhookFields, values[:]); ok {
		if url, ok = o.requireText("url"); ok && !isWebhookURL(url) {
			o.fail("url", "must be an http or https URL of at most %d bytes", maxWebhookURL)
		}
		statuses = listOf(o, "statuses", vitrine.ClassifiedStatuses, true)
		if list := o.get("statuses"); list != nil && list.IsArray() && len(list.Compact()) == len("[]") {
			o.fail("statuses", "must have an item; leave it out for all statuses")
		}
	}
	return url, statuses, r.err()
}

func isWebhookURL(text string) bool {
	if len(text) > maxWebhookURL || strings.ContainsFunc(text, unicode.IsSpace) {
		return false
	}
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}
