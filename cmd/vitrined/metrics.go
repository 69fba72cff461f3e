package main

import (
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/ingest"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/webhook"
)

// meters count what this server does. No label has values that others choose:
// neither hosts nor accounts nor paths.
type meters struct {
	registry *prometheus.Registry

	requests        *prometheus.CounterVec
	requestDuration *prometheus.HistogramVec
	runs            *prometheus.CounterVec
	runDuration     *prometheus.HistogramVec
	attempts        *prometheus.CounterVec
	downloaded      prometheus.Counter
	failures        *prometheus.CounterVec
	publishDuration *prometheus.HistogramVec
	childStarts     prometheus.Counter
	childDeaths     *prometheus.CounterVec
	deliveries      *prometheus.CounterVec
	deliverDuration prometheus.Histogram
}

// The buckets, s: of an answer, of a task, and of the whole way to the public.
var (
	requestBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	taskBuckets    = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900}
	publishBuckets = []float64{.25, .5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 4 * 3600}
)

// newMeters makes the meters, with a 0 for all that can be counted: what has not
// happened yet is to be seen too.
func newMeters() *meters {
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	histograms := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	}
	m := &meters{
		registry:        prometheus.NewRegistry(),
		requests:        counters("vitrine_http_requests_total", "Requests answered, by what answered.", "face", "method", "code"),
		requestDuration: histograms("vitrine_http_request_duration_seconds", "Time from a request's header to the end of its answer. Who waits for events is among them.", requestBuckets, "face"),
		runs:            counters("vitrine_task_runs_total", "Runs of tasks on this node, by what became of them.", "kind", "outcome"),
		runDuration:     histograms("vitrine_task_run_duration_seconds", "Time that runs of tasks have taken, with their waits for a child process.", taskBuckets, "kind"),
		attempts:        counters("vitrine_attempts_total", "Attempts at downloads, scans and variants, by ok or the failure's code.", "stage", "outcome"),
		downloaded:      prometheus.NewCounter(prometheus.CounterOpts{Name: "vitrine_downloaded_bytes_total", Help: "Bytes taken in by downloads and from uploads."}),
		failures:        counters("vitrine_media_failures_total", "Media that have failed for good, or till somebody asks again.", "code"),
		publishDuration: histograms("vitrine_publish_duration_seconds", "Time from a change of a list to the moment from which the public sees all its pictures.", publishBuckets, "kind"),
		childStarts:     prometheus.NewCounter(prometheus.CounterOpts{Name: "vitrine_imaging_child_starts_total", Help: "Child processes started for pictures; each is replaced after some hundreds."}),
		childDeaths:     counters("vitrine_child_deaths_total", "Child processes that died of a file, or were killed.", "stage"),
		deliveries:      counters("vitrine_webhook_calls_total", "Calls of webhooks, by how they were answered.", "outcome"),
		deliverDuration: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "vitrine_webhook_call_duration_seconds", Help: "Time that webhooks took to answer.", Buckets: requestBuckets}),
	}
	m.registry.MustRegister(m.requests, m.requestDuration, m.runs, m.runDuration, m.attempts, m.downloaded, m.failures, m.publishDuration,
		m.childStarts, m.childDeaths, m.deliveries, m.deliverDuration,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.zero()
	return m
}

// zero begins each counter whose labels are known beforehand.
func (m *meters) zero() {
	for _, face := range faceNames {
		m.requestDuration.WithLabelValues(face)
		m.requests.WithLabelValues(face, "get", "200")
	}
	for _, kind := range slices.Sorted(maps.Keys((*ingest.Ingest)(nil).Handlers())) {
		m.runDuration.WithLabelValues(kind)
		for _, outcome := range queue.Outcomes {
			m.runs.WithLabelValues(kind, string(outcome))
		}
	}
	for _, stage := range ingest.Stages {
		m.attempts.WithLabelValues(stage, vitrine.OutcomeOK)
		m.childDeaths.WithLabelValues(stage)
	}
	for _, rule := range vitrine.FailureTable {
		m.failures.WithLabelValues(string(rule.Code))
	}
	for _, kind := range []vitrine.ListingKind{vitrine.KindListing, vitrine.KindClassified} {
		m.publishDuration.WithLabelValues(string(kind))
	}
	for _, outcome := range []string{delivered, refused, unanswered} {
		m.deliveries.WithLabelValues(outcome)
	}
}

// about tells who this server is.
func (m *meters) about(version string) {
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "vitrine_build_info", Help: "1, for the version that runs.", ConstLabels: prometheus.Labels{"version": version}})
	info.Set(1)
	m.registry.MustRegister(info)
}

// The faces, as requests are counted.
const (
	faceListings    = "listings"
	faceClassifieds = "classifieds"
	faceUploads     = "uploads"
	faceReso        = "reso"
	facePortal      = "portal"
	faceDashboard   = "dashboard"
	faceDocs        = "docs"
)

var faceNames = []string{faceListings, faceClassifieds, faceUploads, faceReso, facePortal, faceDashboard, faceDocs}

// face counts the requests that a handler answers.
func (m *meters) face(name string, next http.Handler) http.Handler {
	duration := m.requestDuration.WithLabelValues(name) // looked up once, not for every small picture
	return promhttp.InstrumentHandlerCounter(m.requests.MustCurryWith(prometheus.Labels{"face": name}),
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			begin := time.Now()
			next.ServeHTTP(w, r)
			duration.Observe(time.Since(begin).Seconds())
		}))
}

func (m *meters) ended(kind string, outcome queue.Outcome, took time.Duration) {
	m.runs.WithLabelValues(kind, string(outcome)).Inc()
	m.runDuration.WithLabelValues(kind).Observe(took.Seconds())
}

func (m *meters) published(kind vitrine.ListingKind, took time.Duration) {
	m.publishDuration.WithLabelValues(string(kind)).Observe(took.Seconds())
}

func (m *meters) failed(code vitrine.FailureCode) { m.failures.WithLabelValues(string(code)).Inc() }

// What a webhook's answer is counted as.
const (
	delivered  = "delivered"
	refused    = "refused"    // it answered otherwise than with a 2xx
	unanswered = "unanswered" // none came in time, or nobody is there
)

// observer counts what ingest does.
func (m *meters) observer() ingest.Observer {
	return ingest.Observer{
		Attempted: func(a vitrine.Attempt) {
			m.attempts.WithLabelValues(a.Stage, a.Outcome).Inc()
			if a.Stage == ingest.StageFetch {
				m.downloaded.Add(float64(a.Bytes))
			}
		},
		ChildDied: func(stage string) { m.childDeaths.WithLabelValues(stage).Inc() },
		Delivered: func(o webhook.Outcome) {
			outcome := refused
			switch {
			case o.Delivered:
				outcome = delivered
			case o.HTTPStatus == 0:
				outcome = unanswered
			}
			m.deliveries.WithLabelValues(outcome).Inc()
			m.deliverDuration.Observe(o.Duration.Seconds())
		},
	}
}

// serve answers in the text format of Prometheus. What can't be told at the moment
// is left out and logged.
func (m *meters) serve(log *slog.Logger) http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn), MaxRequestsInFlight: 1,
	})
}
