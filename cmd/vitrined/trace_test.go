package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/vitrine-media/vitrine/client"
	"github.com/vitrine-media/vitrine/internal/pgtest"
	"github.com/vitrine-media/vitrine/internal/s3test"
)

// otlp is a receiver of traces.
type otlp struct {
	*httptest.Server
	mu       sync.Mutex
	spans    []*tracepb.Span
	services map[string]bool
}

func newOTLP(t *testing.T) *otlp {
	t.Helper()
	o := &otlp{services: map[string]bool{}}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var sent collector.ExportTraceServiceRequest
		if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &sent) != nil {
			t.Errorf("what came to %s is no request of OTLP: %v", r.URL.Path, err)
			http.Error(w, "not OTLP", http.StatusBadRequest)
			return
		}
		o.keep(&sent)
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(o.Close)
	return o
}

func (o *otlp) keep(sent *collector.ExportTraceServiceRequest) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, resource := range sent.ResourceSpans {
		for _, attribute := range resource.Resource.Attributes {
			if attribute.Key == "service.name" {
				o.services[attribute.Value.GetStringValue()] = true
			}
		}
		for _, scope := range resource.ScopeSpans {
			o.spans = append(o.spans, scope.Spans...)
		}
	}
}

// senders are the services whose spans have come.
func (o *otlp) senders() map[string]bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.services)
}

// of gives the spans of a trace that have come so far.
func (o *otlp) of(trace string) (some []*tracepb.Span) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, span := range o.spans {
		if hex.EncodeToString(span.TraceId) == trace {
			some = append(some, span)
		}
	}
	return some
}

// names counts the spans by their names; that of a request is its method.
func names(spans []*tracepb.Span) map[string]int {
	count := map[string]int{}
	for _, span := range spans {
		name, _, _ := strings.Cut(span.Name, " ")
		count[name]++
	}
	return count
}

// The traces that senders name here.
const (
	traceA, spanA = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	traceB, spanB = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	traceC, spanC = "11111111111111111111111111111111", "2222222222222222"
	traceD, spanD = "33333333333333333333333333333333", "4444444444444444"
)

// TestTrace follows two listings and a classified from their PUT or POST to the
// public, and to a webhook, each in the trace that its sender names; the second
// shows a photo of the first. One whose sender wants no trace has none.
func TestTrace(t *testing.T) {
	t.Parallel()
	for name, environ := range map[string]func(*testing.T) []string{
		"folder": func(*testing.T) []string { return nil },
		"postgres and s3": func(t *testing.T) []string {
			bucket, environ := s3test.Start(t)
			return append(environ, "VITRINE_DB="+pgtest.Start(t), "VITRINE_BLOBS="+bucket)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spans := newOTLP(t)
			environ := append(environ(t), "OTEL_BSP_SCHEDULE_DELAY=50", "OTEL_SERVICE_NAME=photos")
			s := startWith(t, t.TempDir(), freeAddress(t), environ, "--min-photos", "1", "--trace-endpoint", spans.URL)
			testTrace(t, s, spans)
		})
	}
}

func testTrace(t *testing.T, s *server, spans *otlp) {
	c, hooks, photos := newClient(t, s), newReceiver(t, nil), newOrigin(t)
	key := s.key(t)
	if _, err := c.AddWebhook(t.Context(), hooks.URL, nil); err != nil {
		t.Fatal(err)
	}
	urls := photos.photos(t, 4)
	putTraced(t, s, key, "00-"+traceA+"-"+spanA+"-01", listing("A-1", urls[0], urls[1]))
	wantTrace(t, spans, traceA, spanA, map[string]int{"PUT": 1, "fetch": 2, "optimise": 2, "publish": 1, "webhook": 4})
	putTraced(t, s, key, "00-"+traceB+"-"+spanB+"-01", listing("B-1", urls[1], urls[2]))
	wantTrace(t, spans, traceB, spanB, map[string]int{"PUT": 1, "fetch": 1, "optimise": 1, "publish": 1, "webhook": 3})
	classified := client.ClassifiedInput{Portals: []string{"SL"}, Data: struct{}{}, Media: pictures(urls[3])}
	header := sendTraced(t, http.MethodPost, s.base+"/caas/v4/classifieds", "Authorization", "Bearer "+key, "00-"+traceD+"-"+spanD+"-01", classified)
	if got := header.Get("Traceparent"); !strings.HasPrefix(got, "00-"+traceD+"-") {
		t.Errorf("the answer names the trace %q", got)
	}
	wantTrace(t, spans, traceD, spanD, map[string]int{"POST": 1, "fetch": 1, "optimise": 1, "publish": 1, "webhook": 2})
	if got := spans.senders(); !got["photos"] {
		t.Errorf("the spans are of %v", got)
	}
	before := len(hooks.messages("listing.published"))
	putTraced(t, s, key, "00-"+traceC+"-"+spanC+"-00", listing("C-1", urls[0]))
	wait(t, "the third listing", func() bool { return len(hooks.messages("listing.published")) > before })
	if got := spans.of(traceC); len(got) > 0 {
		t.Errorf("of a trace that nobody wants came %v", names(got))
	}

	told := map[string]string{} // the traces of what the webhook was told of publications
	for _, m := range hooks.messages("listing.published") {
		for _, id := range []string{"A-1", "B-1", "C-1"} {
			if strings.Contains(m.Body, fmt.Sprintf(`"externalId":%q`, id)) {
				told[id] = m.header.Get("Traceparent")
			}
		}
	}
	for id, trace := range map[string]string{"A-1": traceA, "B-1": traceB, "C-1": traceC} {
		if parts := strings.Split(told[id], "-"); len(parts) != 4 || parts[1] != trace {
			t.Errorf("the webhook was told of %s in the trace %q, want %s", id, told[id], trace)
		}
	}
}

// wantTrace waits until a trace has at least these spans, and all are one tree
// under the span that the sender has named: one that others are under ends, and
// comes, after them.
func wantTrace(t *testing.T, o *otlp, trace, sender string, want map[string]int) {
	t.Helper()
	wait(t, fmt.Sprintf("the tree of %s", trace), func() bool {
		got := names(o.of(trace))
		for name, n := range want {
			if got[name] < n {
				return false
			}
		}
		return rooted(o.of(trace), sender)
	})
	for _, span := range o.of(trace) {
		says := slices.ContainsFunc(span.Attributes, func(a *common.KeyValue) bool { return a.Key == "result" && a.Value.GetStringValue() == "ok" })
		if span.Name == "fetch" && !says {
			t.Errorf("a download doesn't say what came of it: %v", span.Attributes)
		}
	}
}

// rooted reports whether each span is under that of the sender.
func rooted(all []*tracepb.Span, sender string) bool {
	parents := map[string]string{}
	for _, span := range all {
		parents[hex.EncodeToString(span.SpanId)] = hex.EncodeToString(span.ParentSpanId)
	}
	for id := range parents {
		for steps := 0; id != sender; steps++ {
			parent, there := parents[id]
			if !there || steps > len(all) {
				return false
			}
			id = parent
		}
	}
	return true
}

// putTraced puts a listing in a trace.
func putTraced(t *testing.T, s *server, key, traceparent string, in client.ListingInput) {
	t.Helper()
	sendTraced(t, http.MethodPut, s.base+"/api/v1/listings", "X-API-Key", key, traceparent, in)
}

// sendTraced sends a body in a trace, and gives the header of the answer.
func sendTraced(t *testing.T, method, url, keyHeader, key, traceparent string, in any) http.Header {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set(keyHeader, key)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("traceparent", traceparent)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= 300 {
		t.Fatalf("the list was answered %d: %s, %v", response.StatusCode, answer, err)
	}
	_ = response.Body.Close()
	return response.Header
}

// TestNoTrace has a server that traces nothing take a traceparent.
func TestNoTrace(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t), "--min-photos", "1")
	c, hooks, photos := newClient(t, s), newReceiver(t, nil), newOrigin(t)
	if _, err := c.AddWebhook(t.Context(), hooks.URL, nil); err != nil {
		t.Fatal(err)
	}
	putTraced(t, s, s.key(t), "00-"+traceA+"-"+spanA+"-01", listing("A-1", photos.photos(t, 1)...))
	wait(t, "the listing", func() bool { return len(hooks.messages("listing.published")) > 0 })
	for _, m := range hooks.messages("") {
		if trace := m.header.Get("Traceparent"); trace != "" {
			t.Errorf("%s came in the trace %s", m.Body, trace)
		}
	}
}
