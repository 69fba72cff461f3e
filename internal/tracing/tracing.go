// Package tracing follows what a request asks for, from the request to what the
// public sees, as traces of OpenTelemetry that are sent to an OTLP receiver.
//
// What runs later and elsewhere belongs to the trace of what asked for it: a
// trace goes from a context into a row as one line of text (Text), and from the
// row into another context (With), whichever process has it then.
//
// A nil *Tracer is tracing that is off. It costs nothing: no request is looked
// at, so no context has a trace, no row gets one, and nothing is begun.
package tracing

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// scope names who makes the spans.
const scope = "github.com/vitrine-media/vitrine"

// Config is what a Tracer needs to know.
type Config struct {
	// Endpoint is where spans are sent in the protobuf form of OTLP/HTTP:
	// http://host:4318, or with a path in place of /v1/traces. "": tracing is off.
	Endpoint string
	Version  string // of this program
	Log      *slog.Logger
}

// Tracer begins spans. It is safe for concurrent use, and may be nil.
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// Open makes a Tracer, or gives nil when it is off. The name of the service, how
// many traces are kept, the headers that the receiver wants and how often it is
// sent to are those of the variables OTEL_… of the process, as the OpenTelemetry
// specification has them. Nothing is sent yet, and no receiver is needed: what
// can't be sent is logged and lost.
func Open(ctx context.Context, cfg Config) (*Tracer, error) {
	if cfg.Endpoint == "" {
		return nil, nil
	}
	address, err := url.Parse(cfg.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("read the address for traces: %w", err)
	}
	if address.Path == "" || address.Path == "/" {
		address.Path = "/v1/traces"
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(address.String()))
	if err != nil {
		return nil, fmt.Errorf("send traces to %s: %w", address.Redacted(), err)
	}
	about, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", "vitrined"), attribute.String("service.version", cfg.Version)),
		resource.WithHost(), resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("read what OTEL_RESOURCE_ATTRIBUTES says of this server: %w", err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(logged{exporter, cfg.Log}), sdktrace.WithResource(about))
	return &Tracer{provider: provider, tracer: provider.Tracer(scope, trace.WithInstrumentationVersion(cfg.Version))}, nil
}

// Close sends what has ended, for as long as ctx lets it. No span may end later.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// logged says in our own log what could not be sent; the library would write it
// to standard error.
type logged struct {
	sdktrace.SpanExporter
	log *slog.Logger
}

func (l logged) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if err := l.SpanExporter.ExportSpans(ctx, spans); err != nil {
		l.log.WarnContext(ctx, "traces not sent", "spans", len(spans), "err", err)
	}
	return nil
}
