package dashboard

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// deliveryLines is how many deliveries stand on an endpoint's page.
const deliveryLines = 50

// endpointLine is a webhook and how it is.
type endpointLine struct {
	Address, URL, Types string
	Health, State       string
	Why                 string // it is off
	Enabled             bool
	Made                moment
}

// webhookPage is a webhook with its newest deliveries.
type webhookPage struct {
	endpointLine
	Deliveries []deliveryLine
	Older      string // the address of the deliveries before these, "" for none
}

type deliveryLine struct {
	Event        string
	State, Class string
	Tries        int
	At, Next     moment
	Answer       string // of the last try
	Replay       string // the address that sends it again
}

// webhooks shows where the account's events go.
func (d *Dashboard) webhooks(w http.ResponseWriter, r *http.Request, s session) {
	endpoints, err := d.gallery.Endpoints(r.Context(), s.caller.Account.ID)
	if err != nil {
		d.fail(w, r, s, err)
		return
	}
	words := wordsOf(r)
	var lines []endpointLine
	for _, e := range endpoints {
		lines = append(lines, d.endpointLine(words, e))
	}
	d.show(w, r, http.StatusOK, "webhooks", frame{Title: words.Webhooks, Account: s.caller.Account.Name, Here: "webhooks", Page: lines})
}

// webhook shows one endpoint and what was delivered to it.
func (d *Dashboard) webhook(w http.ResponseWriter, r *http.Request, s session) {
	id, before := number(r.PathValue("id")), number(r.FormValue("before"))
	endpoint, err := d.gallery.Endpoint(r.Context(), s.caller.Account.ID, id)
	if err != nil {
		d.fail(w, r, s, err)
		return
	}
	deliveries, err := d.gallery.Deliveries(r.Context(), s.caller.Account.ID, id, before, deliveryLines+1)
	if err != nil {
		d.fail(w, r, s, err)
		return
	}
	words := wordsOf(r)
	page := webhookPage{endpointLine: d.endpointLine(words, endpoint)}
	if len(deliveries) > deliveryLines {
		deliveries = deliveries[:deliveryLines]
		page.Older = fmt.Sprintf("%s?before=%d", page.Address, deliveries[deliveryLines-1].ID)
	}
	for _, delivery := range deliveries {
		page.Deliveries = append(page.Deliveries, d.deliveryLine(words, page.Address, delivery))
	}
	d.show(w, r, http.StatusOK, "webhook", frame{Title: endpoint.URL, Account: s.caller.Account.Name, Here: "webhooks", Page: page})
}

// testWebhook has a test delivered.
func (d *Dashboard) testWebhook(w http.ResponseWriter, r *http.Request, s session) {
	id := number(r.PathValue("id"))
	if _, err := d.gallery.TestEndpoint(r.Context(), s.caller.Account.ID, id); err != nil {
		d.fail(w, r, s, err)
		return
	}
	done(w, r, "/webhooks/%d", id)
}

// switchWebhook switches an endpoint on or off.
func (d *Dashboard) switchWebhook(on bool) func(http.ResponseWriter, *http.Request, session) {
	return func(w http.ResponseWriter, r *http.Request, s session) {
		id := number(r.PathValue("id"))
		if _, err := d.gallery.ChangeEndpoint(r.Context(), s.caller.Account.ID, id, gallery.EndpointChange{Enabled: &on}); err != nil {
			d.fail(w, r, s, err)
			return
		}
		done(w, r, "/webhooks/%d", id)
	}
}

// replay sends an event again.
func (d *Dashboard) replay(w http.ResponseWriter, r *http.Request, s session) {
	id, seq := number(r.PathValue("id")), number(r.PathValue("seq"))
	if _, err := d.gallery.Replay(r.Context(), s.caller.Account.ID, id, []int64{seq}, 0, 0); err != nil {
		d.fail(w, r, s, err)
		return
	}
	done(w, r, "/webhooks/%d", id)
}

// number reads an id of an address; what is none is 0, which no row has.
func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func (d *Dashboard) endpointLine(words *words, e vitrine.Endpoint) endpointLine {
	line := endpointLine{
		Address: fmt.Sprintf("/webhooks/%d", e.ID), URL: e.URL, Types: words.AllEvents, Enabled: e.DisabledAt.IsZero(),
		Why: e.DisabledWhy, Made: words.moment(e.CreatedAt, d.now()),
	}
	if len(e.Types) > 0 {
		var types []string
		for _, t := range e.Types {
			types = append(types, string(t))
		}
		line.Types = strings.Join(types, ", ")
	}
	switch {
	case !line.Enabled:
		line.Health, line.State = words.Disabled, "plain"
	case e.PausedUntil.After(d.now()):
		line.Health, line.State = fmt.Sprintf(words.Paused, e.PausedUntil.UTC().Format(words.DateTime)), "bad"
	case e.Fails > 0:
		line.Health, line.State = fmt.Sprintf(words.Answerless, e.Fails), "stale"
	default:
		line.Health, line.State = words.Healthy, "good"
	}
	return line
}

func (d *Dashboard) deliveryLine(words *words, address string, delivery vitrine.Delivery) deliveryLine {
	line := deliveryLine{Event: delivery.Type, Tries: delivery.Tries, At: words.moment(delivery.CreatedAt, d.now())}
	switch delivery.State {
	case vitrine.DeliveryDelivered:
		line.State, line.Class = words.Delivered, "good"
	case vitrine.DeliveryFailed:
		line.State, line.Class = words.DeliveryFailed, "bad"
	default:
		line.State, line.Class = words.Pending, "busy"
		line.Next = words.moment(delivery.NextAt, d.now())
	}
	if n := len(delivery.Attempts); n > 0 {
		last := delivery.Attempts[n-1]
		if last.HTTPStatus != 0 {
			line.Answer = fmt.Sprintf("HTTP %d ", last.HTTPStatus)
		}
		line.Answer += last.Detail
	}
	if delivery.EventSeq != 0 && delivery.State != vitrine.DeliveryPending {
		line.Replay = fmt.Sprintf("%s/replay/%d", address, delivery.EventSeq)
	}
	return line
}
