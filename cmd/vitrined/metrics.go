package main

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/queue"
)

// depthTimeout bounds what a look at the queue may cost who scrapes.
const depthTimeout = 5 * time.Second

// queueDepths tells how many tasks each lane has, in the whole installation: the
// same on every node, so that whoever scales by it takes the maximum.
type queueDepths struct {
	backend queue.Backend
	log     *slog.Logger
	tasks   *prometheus.Desc
}

func (q queueDepths) Describe(to chan<- *prometheus.Desc) { to <- q.tasks }

func (q queueDepths) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), depthTimeout)
	defer cancel()
	depths, err := q.backend.Depths(ctx)
	if err != nil {
		q.log.WarnContext(ctx, "metrics without the queue's", "err", err)
		to <- prometheus.NewInvalidMetric(q.tasks, err)
		return
	}
	for _, lane := range gallery.Lanes {
		to <- prometheus.MustNewConstMetric(q.tasks, prometheus.GaugeValue, float64(depths[lane]), string(lane))
	}
}

// serveMetrics answers in the text format of Prometheus.
func serveMetrics(backend queue.Backend, log *slog.Logger) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		queueDepths{backend: backend, log: log, tasks: prometheus.NewDesc("vitrine_queue_tasks",
			"Tasks of a lane that wait or run, in the whole installation.", []string{"lane"}, nil)},
	)
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 1})
}
