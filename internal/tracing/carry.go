package tracing

import (
	"context"
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// header is the name under which W3C Trace Context has a trace travel.
const header = "traceparent"

// Text is the trace of ctx as a traceparent, "" when it has none.
func Text(ctx context.Context) string {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return ""
	}
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier[header]
}

// With is ctx with the trace that a traceparent tells of. It is ctx itself when
// the text is empty or wrong, or of the trace that ctx has already: whose newest
// span is nearer.
func With(ctx context.Context, text string) context.Context {
	if text == "" {
		return ctx
	}
	told := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{header: text}))
	if !told.IsValid() || told.TraceID() == trace.SpanContextFromContext(ctx).TraceID() {
		return ctx
	}
	return trace.ContextWithRemoteSpanContext(ctx, told)
}

// Requests begins a span with each request that may change something, in the
// trace that its traceparent tells of, or else in a new one: next gets a
// traceparent in any case, for it may name it in answers and in the log. The
// span's name is the method and the face's.
func (t *Tracer) Requests(face string, next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	told := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if text := Text(r.Context()); text != "" { // "" when the filter has let it pass by
			r.Header.Set(header, text)
		}
		next.ServeHTTP(w, r)
	})
	return otelhttp.NewHandler(told, face,
		otelhttp.WithSpanNameFormatter(func(face string, r *http.Request) string { return r.Method + " " + face }),
		otelhttp.WithTracerProvider(t.provider), otelhttp.WithMeterProvider(noop.NewMeterProvider()),
		otelhttp.WithPropagators(propagation.TraceContext{}), otelhttp.WithFilter(changes))
}

func changes(r *http.Request) bool {
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return true
	}
	return false
}

// Transport sends the trace of each request's context with it.
func (t *Tracer) Transport(next http.RoundTripper) http.RoundTripper {
	if t == nil {
		return next
	}
	return carrying{next}
}

type carrying struct{ next http.RoundTripper }

func (c carrying) RoundTrip(r *http.Request) (*http.Response, error) {
	if text := Text(r.Context()); text != "" {
		r = r.Clone(r.Context()) // a RoundTripper leaves its request as it is
		r.Header.Set(header, text)
	}
	return c.next.RoundTrip(r)
}
