package main

import (
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

func TestStanding(t *testing.T) {
	t.Parallel()
	var s standing
	for _, f := range []struct {
		state   client.Optimization
		percent int
		want    string
	}{
		{client.Pending, 0, "0 in work, 1 waiting"},
		{client.Processing, 0, "1 in work, 1 waiting"},
		{client.Processing, 41, "2 in work (video 41%), 1 waiting"},
		{client.Processing, 7, "3 in work (video 41%), 1 waiting"},
	} {
		if s.add(f.state, f.percent); s.String() != f.want {
			t.Errorf("%q, want %q", s, f.want)
		}
	}
}

func TestClassifiedProgress(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	writeClassifiedMedia(&b, []client.ClassifiedMedia{
		{MediaID: "a", MediaSource: client.MediaSource{URL: "https://a.example/tour.mp4", MediaType: vitrine.Video}, Status: vitrine.MediaDownloaded, Progress: 41},
		{MediaID: "b", MediaSource: client.MediaSource{URL: "https://a.example/1.jpg", MediaType: vitrine.Picture}, Status: vitrine.MediaDownloaded},
	})
	if got := b.String(); strings.Count(got, "%") != 1 || !strings.Contains(got, "DOWNLOADED (41%)  tour.mp4") {
		t.Error(got)
	}
}
