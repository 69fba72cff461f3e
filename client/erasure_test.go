package client_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/client"
)

func TestEraseClassified(t *testing.T) {
	t.Parallel()
	c, server := dial(answer{status: 202, body: `{"classifiedId":"6f","revision":4,"plan":[],"erasure":` + receipt + `}`}, ok(receipt))
	erased, err := c.EraseClassified(t.Context(), "6f", client.IfMatch(`"r3"`))
	if diff := cmp.Diff(wantReceipt(), erased); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	if sent := server.requests[0]; sent.Method != http.MethodDelete || sent.Path != "/caas/v4/classifieds/6f?erase=true" || server.header.Get("If-Match") != `"r3"` {
		t.Errorf("sent %s %s with %v", sent.Method, sent.Path, server.header)
	}
	again, err := c.ClassifiedErasure(t.Context(), flat)
	if diff := cmp.Diff(wantReceipt(), again); err != nil || diff != "" {
		t.Errorf("asked again: %v (-want +got)\n%s", err, diff)
	}
	if sent := server.requests[1]; sent.Method != http.MethodGet || sent.Path != "/caas/v4/erasures/"+flat {
		t.Errorf("sent %s %s", sent.Method, sent.Path)
	}
}
