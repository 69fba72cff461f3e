package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine/internal/gallery"
)

func TestMetrics(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t))
	answer := get(t, s.base+"/metrics")
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("/metrics answers %d: %s", answer.StatusCode, answer.Body)
	}
	for _, lane := range gallery.Lanes {
		if line := `vitrine_queue_tasks{lane="` + string(lane) + `"} `; !strings.Contains(string(answer.Body), line) {
			t.Errorf("/metrics lacks %s", line)
		}
	}
}
