package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestKept names all that is on this machine, and nothing that is on others.
func TestKept(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		settings settings
		want     []string
	}{
		{settings{Data: "/data"}, []string{"/data", "/data/vitrine.db", "/data/blobs"}},
		{settings{Data: "/data", DB: "sqlite:///opt/v.db", Blobs: "file:///srv/blobs"}, []string{"/data", "/opt/v.db", "/srv/blobs"}},
		{settings{Data: "/data", DB: "postgres://db/vitrine", Blobs: "s3://bucket"}, []string{"/data"}},
	} {
		if diff := cmp.Diff(row.want, row.settings.kept()); diff != "" {
			t.Errorf("kept (-want +got)\n%s", diff)
		}
	}
}
