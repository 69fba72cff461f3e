package dashboard_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/browsertest"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// list gives the ids of the files of a listing, in order.
func (s *site) list(t *testing.T, account int64, l vitrine.Listing) (ids []int64) {
	t.Helper()
	view, err := s.Listing(t.Context(), account, gallery.Ref{ID: l.ID})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range view.Media {
		ids = append(ids, m.Media.ID)
	}
	return ids
}

func TestEdit(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1")
	mine, _, secret := s.account(t, "mine")
	l := s.put(t, mine, "flat-1", "https://crm.example/1.jpg", "https://crm.example/2.jpg", "https://crm.example/3.jpg")
	ids := s.list(t, mine, l)
	a, b, c := ids[0], ids[1], ids[2]
	v := s.signedIn(t, secret)
	page := "/listings/" + l.UUID
	for _, step := range []struct {
		post     string
		file, to int64
		status   int
		want     []int64
	}{
		{"/move", c, 1, http.StatusSeeOther, []int64{c, a, b}},
		{"/move", c, 3, http.StatusSeeOther, []int64{a, b, c}},
		{"/move", b, 2, http.StatusSeeOther, []int64{a, b, c}},
		{"/move", a, 2, http.StatusSeeOther, []int64{b, a, c}},
		{"/move", a, 4, http.StatusNotFound, []int64{b, a, c}},
		{"/move", a, 0, http.StatusNotFound, []int64{b, a, c}},
		{"/move", 999, 1, http.StatusNotFound, []int64{b, a, c}},
		{"/remove", a, 0, http.StatusSeeOther, []int64{b, c}},
		{"/remove", a, 0, http.StatusSeeOther, []int64{b, c}},
	} {
		r := v.post(t, page+step.post, url.Values{"file": {fmt.Sprint(step.file)}, "to": {fmt.Sprint(step.to)}})
		if r.StatusCode != step.status {
			t.Errorf("%+v: %s", step, r.Status)
		}
		if diff := cmp.Diff(step.want, s.list(t, mine, l)); diff != "" {
			t.Fatalf("%+v (-want +got)\n%s", step, diff)
		}
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1")
	mine, _, secret := s.account(t, "mine")
	l := s.put(t, mine, "flat-1", "https://crm.example/1.jpg", "https://crm.example/2.jpg", "https://crm.example/3.jpg")
	v := s.signedIn(t, secret)
	for _, step := range []struct {
		post string
		want vitrine.ListingStatus
	}{{"/publish", vitrine.StatusPendingActive}, {"/hide", vitrine.StatusHidden}} {
		if r := v.post(t, "/listings/"+l.UUID+step.post, nil); r.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s: %s\n%s", step.post, r.Status, r.body)
		}
		view, err := s.Listing(t.Context(), mine, gallery.Ref{ID: l.ID})
		if err != nil || view.Listing.Status != step.want {
			t.Errorf("%s: it is %s, %v", step.post, view.Listing.Status, err)
		}
	}
}

// A classified's list and status are its sender's.
func TestEditClassified(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1")
	mine, _, secret := s.account(t, "mine")
	result, err := s.PostClassified(t.Context(), mine, gallery.ClassifiedInput{
		Portals: []string{"SL"}, Data: []byte(`{}`), Media: []gallery.ClassifiedMedia{{URL: "https://crm.example/1.jpg", Type: vitrine.Picture}},
	}, gallery.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	v := s.signedIn(t, secret)
	page := "/listings/" + result.Classified.UUID
	r := v.get(t, page)
	r.wants(t, "CREATING", "RECEIVED")
	if strings.Contains(r.body, page+"/move") || strings.Contains(r.body, page+"/publish") {
		t.Error("the page offers to change a classified")
	}
	for _, post := range []string{"/move", "/remove", "/publish", "/hide"} {
		if r := v.post(t, page+post, url.Values{"file": {"1"}, "to": {"1"}}); r.StatusCode != http.StatusConflict {
			t.Errorf("%s: %s", post, r.Status)
		}
	}
}

func TestUpload(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1")
	mine, _, secret := s.account(t, "mine")
	_, _, others := s.account(t, "others")
	l := s.put(t, mine, "flat-1", "https://crm.example/1.jpg", "https://crm.example/2.jpg")
	before := s.list(t, mine, l)
	v := s.signedIn(t, secret)
	post := func(v *visitor, query, contentType, body string) reply {
		return v.send(t, http.MethodPost, "/listings/"+l.UUID+"/upload"+query, body, "Sec-Fetch-Site", "same-origin", "Content-Type", contentType)
	}
	if r := post(v, "", "image/jpeg", "bytes"); r.StatusCode != http.StatusNoContent {
		t.Fatalf("%s: %s", r.Status, r.body)
	}
	added := s.list(t, mine, l)
	if len(added) != 3 || !cmp.Equal(added[:2], before) {
		t.Fatalf("the list is %v, it was %v", added, before)
	}
	if r := post(v, fmt.Sprintf("?instead=%d", before[0]), "image/png", "other bytes"); r.StatusCode != http.StatusNoContent {
		t.Fatalf("%s: %s", r.Status, r.body)
	}
	replaced := s.list(t, mine, l)
	if len(replaced) != 3 || replaced[0] == before[0] || replaced[1] != before[1] || replaced[2] != added[2] {
		t.Errorf("the list is %v, it was %v", replaced, added)
	}
	for name, r := range map[string]reply{
		"a text": post(v, "", "text/plain", "bytes"), "nothing": post(v, "", "image/jpeg", ""), "no type": post(v, "", "", "bytes"),
		"another's listing": post(s.signedIn(t, others), "", "image/jpeg", "bytes"),
	} {
		if r.StatusCode != http.StatusConflict || r.body == "" {
			t.Errorf("%s: %s %q", name, r.Status, r.body)
		}
	}
	if diff := cmp.Diff(replaced, s.list(t, mine, l)); diff != "" {
		t.Errorf("what was refused stands in the list (-want +got)\n%s", diff)
	}
}

// A person chooses files to upload, and drags one to another place.
func TestEditInBrowser(t *testing.T) {
	t.Parallel()
	s := open(t, "http://127.0.0.1")
	mine, _, secret := s.account(t, "mine")
	l := s.put(t, mine, "flat-1", "https://crm.example/1.jpg", "https://crm.example/2.jpg", "https://crm.example/3.jpg")
	ids := s.list(t, mine, l)
	var files []string
	for _, name := range []string{"kitchen.png", "notes.txt", "bath.png"} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	ctx := browsertest.Start(t)
	s.signInBy(ctx, t, secret)
	browsertest.GoTo(ctx, t, s.url+"/listings/"+l.UUID)
	browsertest.Await(ctx, t, `document.readyState == "complete"`)
	browsertest.Evaluate[chromedp.Void](ctx, t, `{
		const rows = document.querySelectorAll("[data-file]"), data = new DataTransfer();
		rows[2].dispatchEvent(new DragEvent("dragstart", {bubbles: true, dataTransfer: data}));
		rows[0].dispatchEvent(new DragEvent("dragover", {bubbles: true, cancelable: true, dataTransfer: data}));
		rows[0].dispatchEvent(new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: data}));
	}`)
	browsertest.Await(ctx, t, fmt.Sprintf(`document.querySelector("[data-file]")?.dataset.file == "%d" && document.readyState == "complete"`, ids[2]))
	if err := chromedp.Do(ctx, chromedp.SetUploadFiles(chromedp.CSS("#add"), files)); err != nil {
		t.Fatal(err)
	}
	browsertest.Await(ctx, t, `document.querySelector("#uploads")?.textContent.includes("notes.txt: The file is of a type")`)
	got := s.list(t, mine, l)
	if len(got) != 5 || !cmp.Equal(got[:3], []int64{ids[2], ids[0], ids[1]}) {
		t.Errorf("the list is %v, it was %v", got, ids)
	}
}
