package listingsapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/vitrine-media/vitrine/internal/listingsapi"
)

// The page in a real browser shows every operation of the document, and a
// request can be tried from it. Without a browser the test fails.
func TestDocsPageInBrowser(t *testing.T) {
	t.Parallel()
	s := newReceiver(t)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-dev-shm-usage", true))
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancel)

	var doc struct{ Paths map[string]map[string]any }
	if err := json.Unmarshal(s.document(), &doc); err != nil {
		t.Fatal(err)
	}
	operations := 0
	for _, methods := range doc.Paths {
		operations += len(methods)
	}
	await(ctx, t, fmt.Sprintf("location.href = %q, true", s.url+listingsapi.Base+"/docs"))
	await(ctx, t, fmt.Sprintf("document.querySelectorAll('details.operation').length == %d", operations))

	await(ctx, t, fmt.Sprintf("document.getElementById('key').value = %q, true", s.key))
	await(ctx, t, `document.querySelector('#uploadFromUrl label input').value = 'once', true`)
	await(ctx, t, `document.querySelector('#uploadFromUrl textarea').value = '{"url": "https://a.example/1.jpg"}', true`)
	for range 2 { // the second answer is the first one's, by the Idempotency-Key
		await(ctx, t, `document.querySelector('#uploadFromUrl pre').textContent = '', document.querySelector('#uploadFromUrl button').click(), true`)
		await(ctx, t, `/^201 .*"mediaId": 1,/s.test(document.querySelector('#uploadFromUrl pre').textContent)`)
	}

	uuid, query, _ := strings.Cut(signedPath(s), "?")
	fill := `(() => { const q = new URLSearchParams(%q); const inputs = [...document.querySelectorAll('#upload label input:not([type=file])')];
		[%q, q.get("expires"), q.get("type"), q.get("size") || "", q.get("signature")].forEach((v, i) => { inputs[i].value = v });
		const files = new DataTransfer(); files.items.add(new File(["x"], "x.png"));
		document.querySelector('#upload input[type=file]').files = files.files; return true })()`
	await(ctx, t, fmt.Sprintf(fill, query, uuid))
	await(ctx, t, `document.querySelector('#upload button').click(), true`)
	await(ctx, t, `document.querySelector('#upload pre').textContent.startsWith('200 ')`)
}

// signedPath is what follows the endpoint's path in a new upload URL.
func signedPath(s *server) string {
	s.t.Helper()
	_, signed := s.requestUpload(`{"contentType": "image/png"}`)
	return strings.TrimPrefix(signed, s.url+listingsapi.Base+"/media/upload/")
}

// await waits until an expression of the page is true. On the way from one page
// to the next there is no page to ask: that too is a "not yet".
func await(ctx context.Context, t *testing.T, expression string) {
	t.Helper()
	for {
		done, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
		if err == nil && done {
			return
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s: %v", expression, err)
		}
	}
}
