package listingsapi_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine/internal/browsertest"
	"github.com/vitrine-media/vitrine/internal/listingsapi"
)

// The page in a real browser shows every operation of the document, and a
// request can be tried from it. Without a browser the test fails.
func TestDocsPageInBrowser(t *testing.T) {
	t.Parallel()
	s := newReceiver(t)
	ctx := browsertest.Start(t)

	var doc struct{ Paths map[string]map[string]any }
	if err := json.Unmarshal(s.document(), &doc); err != nil {
		t.Fatal(err)
	}
	operations := 0
	for _, methods := range doc.Paths {
		operations += len(methods)
	}
	browsertest.GoTo(ctx, t, s.url+listingsapi.Base+"/docs")
	browsertest.Await(ctx, t, fmt.Sprintf("document.querySelectorAll('details.operation').length == %d", operations))
	browsertest.Axe(ctx, t, "the document")

	browsertest.Await(ctx, t, fmt.Sprintf("document.getElementById('key').value = %q, true", s.key))
	browsertest.Await(ctx, t, `document.querySelector('#uploadFromUrl label input').value = 'once', true`)
	browsertest.Await(ctx, t, `document.querySelector('#uploadFromUrl textarea').value = '{"url": "https://a.example/1.jpg"}', true`)
	for range 2 { // the second answer is the first one's, by the Idempotency-Key
		browsertest.Await(ctx, t, `document.querySelector('#uploadFromUrl pre').textContent = '', document.querySelector('#uploadFromUrl button').click(), true`)
		browsertest.Await(ctx, t, `/^201 .*"mediaId": 1,/s.test(document.querySelector('#uploadFromUrl pre').textContent)`)
	}

	uuid, query, _ := strings.Cut(signedPath(s), "?")
	fill := `(() => { const q = new URLSearchParams(%q); const inputs = [...document.querySelectorAll('#upload label input:not([type=file])')];
		[%q, q.get("expires"), q.get("type"), q.get("size") || "", q.get("signature")].forEach((v, i) => { inputs[i].value = v });
		const files = new DataTransfer(); files.items.add(new File(["x"], "x.png"));
		document.querySelector('#upload input[type=file]').files = files.files; return true })()`
	browsertest.Await(ctx, t, fmt.Sprintf(fill, query, uuid))
	browsertest.Await(ctx, t, `document.querySelector('#upload button').click(), true`)
	browsertest.Await(ctx, t, `document.querySelector('#upload pre').textContent.startsWith('200 ')`)
}

// signedPath is what follows the endpoint's path in a new upload URL.
func signedPath(s *server) string {
	s.t.Helper()
	_, signed := s.requestUpload(`{"contentType": "image/png"}`)
	return strings.TrimPrefix(signed, s.url+listingsapi.Base+"/media/upload/")
}
