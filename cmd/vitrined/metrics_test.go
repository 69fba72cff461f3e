package main

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/vitrine-media/vitrine/internal/gallery"
)

// TestMetrics looks at what a server tells after it has published two photos of
// three, and called a webhook.
func TestMetrics(t *testing.T) {
	t.Parallel()
	for name, start := range setUpsWith("--min-photos", "1") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			c := newClient(t, s)
			hooks, photos := newReceiver(t, nil), newOrigin(t)
			if _, err := c.AddWebhook(t.Context(), hooks.URL, nil); err != nil {
				t.Fatal(err)
			}
			urls := append(photos.photos(t, 2), photos.URL+"/not-there.jpg")
			if _, err := c.PutListing(t.Context(), listing("A-1", urls...)); err != nil {
				t.Fatal(err)
			}
			var got map[string]float64
			wait(t, "what was done to be counted", func() bool {
				got = values(metrics(t, s))
				return got[`vitrine_publish_duration_seconds_count{kind="listing"}`] == 1 && got[`vitrine_queue_tasks{lane="deliver"}`] == 0 &&
					got[`vitrine_queue_tasks{lane="optimise"}`] == 0 && got[`vitrine_webhook_calls_total{outcome="delivered"}`] > 2
			})
			exactly := map[string]float64{
				`vitrine_build_info{version="dev"}`:                                1,
				`vitrine_task_runs_total{kind="fetch",outcome="finished"}`:         3,
				`vitrine_task_runs_total{kind="optimise",outcome="finished"}`:      2,
				`vitrine_attempts_total{outcome="ok",stage="fetch"}`:               2,
				`vitrine_attempts_total{outcome="ok",stage="optimise"}`:            2,
				`vitrine_attempts_total{outcome="source_not_found",stage="fetch"}`: 1,
				`vitrine_media_failures_total{code="source_not_found"}`:            1,
				`vitrine_media_failures_total{code="internal"}`:                    0,
				`vitrine_publish_duration_seconds_count{kind="classified"}`:        0,
				`vitrine_child_deaths_total{stage="optimise"}`:                     0,
			}
			for name, want := range exactly {
				if got, there := got[name]; !there || got != want {
					t.Errorf("%s is %v (there: %v), want %v", name, got, there, want)
				}
			}
			for _, name := range []string{
				`vitrine_downloaded_bytes_total`, `vitrine_children{program="imaging"}`, `vitrine_children_resident_memory_bytes{program="imaging"}`,
				`vitrine_children_cpu_seconds_total`, `vitrine_imaging_child_starts_total`, `vitrine_storage_free_bytes{place="data"}`,
				`vitrine_storage_size_bytes{place="data"}`, `vitrine_publish_duration_seconds_sum{kind="listing"}`,
				`vitrine_webhook_call_duration_seconds_count`, `vitrine_http_request_duration_seconds_count{face="listings"}`,
				`go_goroutines`, `process_resident_memory_bytes`,
			} {
				if got[name] <= 0 {
					t.Errorf("%s is %v", name, got[name])
				}
			}
			for _, lane := range gallery.Lanes {
				if _, there := got[fmt.Sprintf("vitrine_queue_oldest_wait_seconds{lane=%q}", lane)]; !there {
					t.Errorf("nothing is told of the wait for lane %s", lane)
				}
			}
		})
	}
}

// TestMetricsConventions holds all metrics to Prometheus's conventions, and to
// the table of docs/operate.md.
func TestMetricsConventions(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t))
	problems, err := promlint.New(bytes.NewReader(get(t, s.base+"/metrics").Body)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Errorf("%s: %s", problem.Metric, problem.Text)
	}
	families := metrics(t, s)
	bounded := []string{"code", "face", "kind", "lane", "method", "outcome", "place", "program", "stage", "version"}
	var table strings.Builder
	for _, name := range slices.Sorted(maps.Keys(families)) {
		family := families[name]
		if !strings.HasPrefix(name, "vitrine_") {
			continue
		}
		labels := []string{}
		for _, label := range family.Metric[0].Label {
			labels = append(labels, "`"+label.GetName()+"`")
			if !slices.Contains(bounded, label.GetName()) {
				t.Errorf("%s has the label %s: say in this test that its values are few", name, label.GetName())
			}
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", name, strings.ToLower(family.GetType().String()), strings.Join(labels, " "), family.GetHelp())
	}
	page, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for line := range strings.Lines(string(page)) {
		if strings.HasPrefix(line, "| `vitrine_") {
			got.WriteString(line)
		}
	}
	if diff := cmp.Diff(table.String(), got.String()); diff != "" {
		t.Errorf("the table of metrics in docs/operate.md (-want +got)\n%s\nThe whole of it is:\n%s", diff, table.String())
	}
}

// metrics reads /metrics.
func metrics(t *testing.T, s *server) map[string]*dto.MetricFamily {
	t.Helper()
	answer := get(t, s.base+"/metrics")
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("/metrics answers %d: %s", answer.StatusCode, answer.Body)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(answer.Body))
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// values are single numbers by their names with labels, as /metrics has them.
func values(families map[string]*dto.MetricFamily) map[string]float64 {
	all := map[string]float64{}
	for name, family := range families {
		for _, metric := range family.Metric {
			labels := ""
			for i, label := range metric.Label {
				labels += fmt.Sprintf("%s%s=%q", map[bool]string{true: ",", false: "{"}[i > 0], label.GetName(), label.GetValue())
			}
			if labels != "" {
				labels += "}"
			}
			switch {
			case metric.Counter != nil:
				all[name+labels] = metric.Counter.GetValue()
			case metric.Gauge != nil:
				all[name+labels] = metric.Gauge.GetValue()
			case metric.Histogram != nil:
				all[name+"_count"+labels] = float64(metric.Histogram.GetSampleCount())
				all[name+"_sum"+labels] = metric.Histogram.GetSampleSum()
			}
		}
	}
	return all
}
