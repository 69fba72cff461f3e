package gallery_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// purged gives the addresses that an account has been told to forget.
func (f fixture) purged(t *testing.T) (urls []string) {
	t.Helper()
	page, err := f.Events(t.Context(), f.account, 0, 1000, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, event := range page.Events {
		if event.Type == vitrine.EventURLsPurged {
			urls = append(urls, event.Data.URLs...)
		}
	}
	return urls
}

func addressesOf(sha256 string) []string {
	return []string{
		"https://vitrine.example/v/" + sha256 + "/r/128.webp",
		"https://vitrine.example/v/" + sha256 + "/r/altered/128.webp",
	}
}

// Whoever keeps copies is told what is gone: once, and when the last that showed
// it is gone.
func TestPurgeList(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		one, other := f.posted(t, "a@1", "b@1"), f.post(t, "a@1")
		one.put(t, "b@1")
		if urls := f.purged(t); urls != nil {
			t.Errorf("while another list shows it, purged are %v", urls)
		}
		other.put(t, "b@1")
		want := addressesOf("sha-a@1")
		if diff := cmp.Diff(want, f.purged(t)); diff != "" {
			t.Errorf("purged (-want +got)\n%s", diff)
		}
		for _, c := range []classified{one, other} {
			if _, err := f.DeleteClassified(t.Context(), f.account, c.uuid, gallery.WriteOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		want = append(want, addressesOf("sha-b@1")...)
		if diff := cmp.Diff(want, f.purged(t)); diff != "" {
			t.Errorf("purged after the deletion (-want +got)\n%s", diff)
		}
	})
}

// An infected picture is purged for everybody who showed it.
func TestPurgeInfected(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		f.posted(t, "a@1")
		infected := vitrine.Failf(vitrine.Infected, "")
		if err := f.ContentFailed(t.Context(), noFinish, "sha-a@1", vitrine.Attempt{Number: 1, Stage: "scan"}, infected); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(addressesOf("sha-a@1"), f.purged(t)); diff != "" {
			t.Errorf("purged (-want +got)\n%s", diff)
		}
	})
}
