package tracing

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Span is a part of a trace: something that was done, and how long it took. It
// may be nil, and then does nothing.
type Span struct{ span trace.Span }

// Begin begins a span in the trace of ctx, and gives the context in which it is
// the newest. Without a trace in ctx there is none: only a request begins a trace.
func (t *Tracer) Begin(ctx context.Context, name string, about ...slog.Attr) (context.Context, *Span) {
	if t == nil || !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx, nil
	}
	ctx, span := t.tracer.Start(ctx, name, trace.WithAttributes(attributes(about)...))
	return ctx, &Span{span}
}

// BeginFor is Begin in the trace of text, which the context has then even where
// tracing is off: another node may follow it. Where ctx came with a trace of its
// own, that led to this, the span has a link to it.
func (t *Tracer) BeginFor(ctx context.Context, text, name string, about ...slog.Attr) (context.Context, *Span) {
	came := trace.SpanContextFromContext(ctx)
	ctx, span := t.Begin(With(ctx, text), name, about...)
	if span != nil && came.IsValid() && came.TraceID() != span.span.SpanContext().TraceID() {
		span.span.AddLink(trace.Link{SpanContext: came})
	}
	return ctx, span
}

// Note adds to what is known of a span.
func (s *Span) Note(about ...slog.Attr) {
	if s != nil {
		s.span.SetAttributes(attributes(about)...)
	}
}

// End ends a span, well or not. One that never ends is not sent. What the error
// was stands in our log: its text may quote a URL, which may hold secrets.
func (s *Span) End(failed bool) {
	if s == nil {
		return
	}
	if failed {
		s.span.SetStatus(codes.Error, "")
	}
	s.span.End()
}

// Note adds to what is known of the newest span of ctx, if there is one here.
func Note(ctx context.Context, about ...slog.Attr) {
	if span := trace.SpanFromContext(ctx); span.IsRecording() {
		span.SetAttributes(attributes(about)...)
	}
}

// attributes are facts in the form of the library, under the names that they have
// in the log.
func attributes(about []slog.Attr) []attribute.KeyValue {
	all := make([]attribute.KeyValue, len(about))
	for i, a := range about {
		switch value := a.Value.Resolve(); value.Kind() {
		case slog.KindInt64:
			all[i] = attribute.Int64(a.Key, value.Int64())
		case slog.KindBool:
			all[i] = attribute.Bool(a.Key, value.Bool())
		default:
			all[i] = attribute.String(a.Key, value.String())
		}
	}
	return all
}
