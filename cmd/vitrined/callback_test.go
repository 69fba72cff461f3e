package main

import (
	"encoding/json"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// subscribe sends PUT or DELETE /webhooks of the Classifieds API.
func subscribe(t *testing.T, s *server, key, method, body string, want int) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.base+"/caas/v4/webhooks", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+key)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if response.StatusCode != want {
		t.Fatalf("%s /webhooks %s answered %d %s, want %d", method, body, response.StatusCode, text, want)
	}
}

// TestCallback tells a subscriber of the Classifieds API each status, in order.
func TestCallback(t *testing.T) {
	t.Parallel()
	for name, setUp := range setUps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testCallback(t, setUp(t))
		})
	}
}

func testCallback(t *testing.T, s *server) {
	key := s.key(t)
	c := client.New(s.base, key)
	o := newOrigin(t)
	r := newReceiver(t, nil)
	classified := client.ClassifiedInput{Data: struct{}{}}
	for _, url := range o.photos(t, 2) {
		classified.Media = append(classified.Media, client.MediaSource{URL: url, MediaType: vitrine.Picture})
	}
	live := func() string {
		t.Helper()
		written, err := c.PostClassified(t.Context(), classified)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.WaitClassified(t.Context(), written.ClassifiedID, 1, nil); err != nil {
			t.Fatal(err)
		}
		if err := c.DeleteClassified(t.Context(), written.ClassifiedID); err != nil {
			t.Fatal(err)
		}
		return written.ClassifiedID
	}
	// history is all that a classified has been through, oldest first.
	history := func(id string, only ...vitrine.ListingStatus) (statuses []client.ClassifiedStatus) {
		t.Helper()
		page, err := c.ClassifiedStatuses(t.Context(), id, 50, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, status := range slices.Backward(page.Items) {
			if len(only) == 0 || slices.Contains(only, status.Status) {
				statuses = append(statuses, status)
			}
		}
		return statuses
	}
	told := func(id string, messages []message) (statuses []client.ClassifiedStatus) {
		t.Helper()
		for _, m := range messages {
			var status client.ClassifiedStatus
			if err := json.Unmarshal([]byte(m.Body), &status); err != nil {
				t.Fatal(err)
			}
			if m.Path != "POST "+path.Join("/crm/sync", "classifieds", id, "statuses") || m.header.Get("Webhook-Signature") != "" || m.ID != status.StatusID {
				t.Errorf("a status came to %s with %v", m.Path, m.header)
			}
			statuses = append(statuses, status)
		}
		return statuses
	}

	subscribe(t, s, key, http.MethodPut, `{"url": "`+r.URL+`/crm/sync/"}`, http.StatusOK)
	id := live()
	want := history(id)
	if diff := gocmp.Diff(want, told(id, r.wait(t, len(want)))); diff != "" || len(want) != 8 {
		t.Errorf("%d statuses of a life, told (-want +got)\n%s", len(want), diff)
	}
	subscribe(t, s, key, http.MethodPut, `{"url": "`+r.URL+`/crm/sync", "statuses": ["DELETED", "CREATED"]}`, http.StatusOK)
	id = live()
	some := history(id, vitrine.StatusCreated, vitrine.StatusDeleted)
	if diff := gocmp.Diff(some, told(id, r.wait(t, len(want)+2)[len(want):])); diff != "" || len(some) != 2 {
		t.Errorf("of some statuses, told (-want +got)\n%s", diff)
	}
	subscribe(t, s, key, http.MethodDelete, "", http.StatusNoContent)
	subscribe(t, s, key, http.MethodDelete, "", http.StatusNotFound)
	live()
	// A later message to the same server comes after what would have come.
	hook, err := c.AddWebhook(t.Context(), r.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.TestWebhook(t.Context(), hook.ID); err != nil {
		t.Fatal(err)
	}
	r.wait(t, len(want)+3)
}
