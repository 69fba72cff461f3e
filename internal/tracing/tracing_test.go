package tracing

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const (
	one = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	two = "00-11111111111111111111111111111111-2222222222222222-00"
)

func TestCarry(t *testing.T) {
	t.Parallel()
	inOne := With(t.Context(), one)
	for name, tc := range map[string]struct {
		ctx        context.Context
		text, want string
	}{
		"none":                {t.Context(), "", ""},
		"one":                 {t.Context(), one, one},
		"unwanted":            {t.Context(), two, two},
		"wrong":               {t.Context(), "00-0af7", ""},
		"of nothing":          {t.Context(), "00-00000000000000000000000000000000-0000000000000000-01", ""},
		"another":             {inOne, two, two},
		"none keeps its own":  {inOne, "", one},
		"wrong keeps its own": {inOne, "traceparent", one},
		"the nearer span":     {inOne, "00-0af7651916cd43dd8448eb211c80319c-3333333333333333-01", one},
	} {
		if got := Text(With(tc.ctx, tc.text)); got != tc.want {
			t.Errorf("%s: the trace is %q, want %q", name, got, tc.want)
		}
	}
}

// TestOff has a tracer that is none cost nothing.
func TestOff(t *testing.T) { // alone: it counts allocations
	tracer, err := Open(t.Context(), Config{Log: slog.New(slog.DiscardHandler)})
	if tracer != nil || err != nil {
		t.Fatalf("without an address there is a tracer: %v, %v", tracer, err)
	}
	handler, transport := http.NewServeMux(), &http.Transport{}
	if tracer.Requests("face", handler) != http.Handler(handler) || tracer.Transport(transport) != http.RoundTripper(transport) {
		t.Error("requests pass through something that has nothing to do")
	}
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() {
		in, span := tracer.BeginFor(ctx, "", "task")
		span.Note()
		Note(in)
		span.End(false)
		if Text(in) != "" {
			t.Error("there is a trace")
		}
	}); n != 0 {
		t.Errorf("a task costs %v allocations", n)
	}
	if err := tracer.Close(ctx); err != nil {
		t.Error(err)
	}
}

// TestUnsent has a receiver that takes nothing: that is said in the log, and
// nothing else goes wrong.
func TestUnsent(t *testing.T) {
	t.Parallel()
	nobody := httptest.NewServer(http.NotFoundHandler())
	defer nobody.Close()
	var log strings.Builder
	tracer, err := Open(t.Context(), Config{Endpoint: nobody.URL, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if _, span := tracer.Begin(t.Context(), "of nobody"); span != nil {
		t.Error("a span has begun that no request asked for")
	}
	_, span := tracer.BeginFor(t.Context(), one, "task", slog.Int("attempt", 1), slog.Bool("first", true), slog.String("kind", "fetch"))
	span.End(true)
	if err := tracer.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "traces not sent") {
		t.Errorf("the log says %q", log.String())
	}
}

// TestRequests begins spans with requests that change something.
func TestRequests(t *testing.T) {
	t.Parallel()
	tracer, err := Open(t.Context(), Config{Endpoint: "http://127.0.0.1:9", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for method, want := range map[string]bool{http.MethodPut: true, http.MethodPost: true, http.MethodPatch: true, http.MethodDelete: true, http.MethodGet: false, http.MethodHead: false} {
		got, named := "not called", ""
		handler := tracer.Requests("face", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			got, named = Text(r.Context()), r.Header.Get("traceparent")
		}))
		request := httptest.NewRequest(method, "/", nil)
		request.Header.Set("traceparent", one)
		handler.ServeHTTP(httptest.NewRecorder(), request)
		if in := strings.HasPrefix(got, one[:len("00-0af7651916cd43dd8448eb211c80319c-")]); in != want || got == one {
			t.Errorf("%s runs in the trace %q", method, got)
		}
		if want && named != got {
			t.Errorf("%s is told of the trace %q, and runs in %q", method, named, got)
		}
	}
}
