package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// families are the metrics of a server, by name.
type families map[string]*dto.MetricFamily

// labels gives the labels of a series; those of a histogram go by the name of the
// family and an ending.
func (f families) labels(series string) (labels []string, ok bool) {
	if series == "up" {
		return scraped, true // which Prometheus makes
	}
	family, bucket := f[series], false
	if family.GetType() == dto.MetricType_HISTOGRAM {
		return nil, false // no series has that name
	}
	for _, ending := range []string{"_bucket", "_sum", "_count"} {
		name, has := strings.CutSuffix(series, ending)
		if whole := f[name]; has && whole.GetType() == dto.MetricType_HISTOGRAM {
			family, bucket = whole, ending == "_bucket"
		}
	}
	if family == nil {
		return nil, false
	}
	labels = append(labels, scraped...)
	if bucket {
		labels = append(labels, model.BucketLabel)
	}
	for _, pair := range family.Metric[0].Label {
		labels = append(labels, pair.GetName())
	}
	return labels, true
}

// startTime is how long a server may take to be there.
const startTime = time.Minute

// observed starts the server on an empty folder, and reads what it tells.
func observed(ctx context.Context, exe string) (found families, err error) {
	data, err := os.MkdirTemp("", "deploycheck")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	ctx, stop := context.WithTimeout(ctx, startTime)
	defer stop()
	cmd := exec.CommandContext(ctx, exe, "serve", "--data", data, "--listen", "127.0.0.1:0", "--log-format", "json")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	log, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	defer func() {
		stop()
		_, _ = io.Copy(io.Discard, log)
		_ = cmd.Wait() // however it ends: it has told
	}()
	address, err := listening(log)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", exe, err)
	}
	return scrape(ctx, "http://"+address+"/metrics")
}

// listening waits until the log says where the server listens.
func listening(log io.Reader) (address string, err error) {
	var last string
	for lines := bufio.NewScanner(log); lines.Scan(); {
		var line struct{ Msg, Listen string }
		last = lines.Text()
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "serving" {
			return line.Listen, nil
		}
	}
	return "", fmt.Errorf("it has ended: %s", last)
}

func scrape(ctx context.Context, url string) (found families, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", url, response.Status)
	}
	parse := expfmt.NewTextParser(model.LegacyValidation)
	return parse.TextToMetricFamilies(response.Body)
}
