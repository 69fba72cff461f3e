package main

import (
	"strings"
	"testing"
)

// The goals are held against the figures of the same round.
func TestMainJobFinding(t *testing.T) {
	t.Parallel()
	m := &mainJob{
		contenders: contenders{{name: vitrineName, ours: true}, {name: limitName, lying: true}, {name: imgproxyName}, {name: sharpOnceName}},
		photos:     20, distinct: 18,
		seconds: []figures{{2, 2, 4}, {1.9, 1.7, 3.8}, {4, 4, 4}, {3, 3, 3}},
		cpu:     []figures{{0.1, 0.1, 0.2}, {0.09, 0.09, 0.18}, {0.26, 0.24, 0.60}, {0.17, 0.17, 0.34}},
		peak:    []held{{once: 150e6, rss: 250e6}, {}, {}, {}},
		bytes:   []int64{2e6, 2e6, 2e6, 2e6},
		quality: []quality{
			{ssim: figures{0.98, 0.96}, butteraugli: figures{1, 2}}, {},
			{ssim: figures{0.96, 0.95}, butteraugli: figures{1, 3}}, {ssim: figures{0.99, 0.99}, butteraugli: figures{1, 1}},
		},
	}
	text := m.finding([]string{"imagor"}).markdown(&lab{rounds: 3}, "The main job")
	for _, want := range []string{
		"| photos a second: ≥ 90% of the limit's | 0.95 (0.85–0.95) | met |",
		"| CPU time: ≤ 1/2.5 of that of imgproxy, effort 4 (its default) | 1/2.60 (2.40–3.00) | met |",
		"| CPU time: ≤ 1/1.8 of that of sharp, one decode | 1/1.70 (1.70–1.70) | **not met** |",
		"| quality: SSIM not below that of imgproxy, effort 4 (its default) | 0.9700, theirs 0.9550 | met |",
		"| quality: Butteraugli not above that of sharp, one decode | 1.500, theirs 1.000 | **not met** |",
		"| vitrine, whole server | 10.0 (5.0–10.0) | 0.100 (0.100–0.200) | 1.11 (1.11–1.11) | 150 (250) | 100 | 0.9700 (0.9600) | 1.500 (2.000) |",
		"20 JPEGs (18 different ones)",
		"it wasn't to be had: imagor.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "%!") {
		t.Errorf("a form and its values don't fit:\n%s", text)
	}
}

// Memory that grows from batch to batch doesn't meet the goal.
func TestMemoryFinding(t *testing.T) {
	t.Parallel()
	m := &memory{
		contenders: contenders{{name: vitrineName, ours: true}, {name: imgproxyName}},
		peaks:      []figures{{180}, {300}}, rss: []figures{{240}, {300}},
		after: []figures{{100, 100, 110, 110}, {200, 200, 200, 200}},
	}
	text := m.finding().markdown(&lab{rounds: 1}, "Memory")
	for _, want := range []string{
		"| peak of server and children: ≤ 250 MB | 180 MB | met |",
		"| flat: no more than 5% of growth in the second half of the batches | +10.0% | **not met** |",
		"| not more than imgproxy, effort 4 (its default) | 180 MB, theirs 300 MB | met |",
		"| vitrine, whole server | 180 | 240 | 100 | 110 | +10 |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "%!") {
		t.Errorf("a form and its values don't fit:\n%s", text)
	}
}
