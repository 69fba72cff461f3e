package main

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/client"
	"github.com/vitrine-media/vitrine/internal/blob"
)

// setting is the value of a variable of the server's environment.
func (s *server) setting(name string) string {
	for _, pair := range s.environ {
		if text, ok := strings.CutPrefix(pair, name+"="); ok {
			return text
		}
	}
	return ""
}

// overwrite puts bytes under a key behind the server's back, nil for none.
func (s *server) overwrite(t *testing.T, key string, body []byte) {
	t.Helper()
	if bucket := s.setting("VITRINE_BLOBS"); bucket != "" {
		b, err := blob.Open(t.Context(), bucket, s.environ...)
		if err != nil {
			t.Fatal(err)
		}
		if body == nil {
			err = b.Delete(t.Context(), key)
		} else {
			err = b.Put(t.Context(), key, bytes.NewReader(body), int64(len(body)))
		}
		if err != nil || b.Close() != nil {
			t.Fatal(err)
		}
		return
	}
	path := filepath.Join(s.data, "blobs", filepath.FromSlash(strings.ReplaceAll(key, "/", ".dir/"))+".blob")
	if body == nil {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
}

// scrubbed runs vitrined scrub beside the server.
func (s *server) scrubbed(t *testing.T, args ...string) (code int, output string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), append([]string{"scrub", "--data", s.data}, args...), s.environ, nil, &stdout, &stderr)
	return code, stdout.String() + stderr.String()
}

// variantKey is where the variant at a public address is kept.
func variantKey(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	rest := strings.TrimPrefix(u.Path, "/v/")
	return "variant/" + rest[:2] + "/" + rest
}

// TestScrub damages what is stored behind the server's back, and has all of it
// mended that can be: at the same addresses the public sees the same bytes.
func TestScrub(t *testing.T) {
	t.Parallel()
	for name, setUp := range setUps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testScrub(t, setUp(t))
		})
	}
}

func testScrub(t *testing.T, s *server) {
	c, o := newClient(t, s), newOrigin(t)
	put, err := c.PutListing(t.Context(), listing("house-1", o.photos(t, 3)...))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.WaitJob(t.Context(), put.JobID, nil); err != nil {
		t.Fatal(err)
	}
	view, err := c.Listing(t.Context(), put.ID)
	if err != nil {
		t.Fatal(err)
	}
	before := map[string][]byte{}
	var files []client.Media
	for _, file := range view.Files {
		media, err := c.Media(t.Context(), file.ID)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, media)
		for _, v := range media.Variants {
			before[v.URL] = get(t, v.URL).Body
		}
	}
	if code, output := s.scrubbed(t, "--dry-run"); code != exitOK || !strings.Contains(output, "3 contents, 12 objects") {
		t.Fatalf("a scrub of what is well: exit %d: %s", code, output)
	}

	missing, damaged := files[0].Variants[0].URL, files[1].Variants[1].URL
	digest := strings.Split(variantKey(t, files[2].Variants[0].URL), "/")[2]
	lost := "original/" + digest[:2] + "/" + digest
	s.overwrite(t, variantKey(t, missing), nil)
	s.overwrite(t, variantKey(t, damaged), bytes.Repeat([]byte("x"), len(before[damaged])))
	s.overwrite(t, lost, nil)
	want := []string{"damaged " + variantKey(t, damaged), "missing " + lost, "missing " + variantKey(t, missing)}
	code, output := s.scrubbed(t, "--dry-run")
	if diff := cmp.Diff(want, findings(output)); code != exitError || diff != "" {
		t.Fatalf("scrub --dry-run: exit %d (-want +got)\n%s\n%s", code, diff, output)
	}
	// What was just served is for a second.
	wait(t, missing+" to be missing, which a dry run doesn't mend", func() bool { return get(t, missing).StatusCode == http.StatusNotFound })
	if code, output = s.scrubbed(t); code != exitError || !strings.Contains(output, "1 objects can't be mended") {
		t.Fatalf("scrub: exit %d: %s", code, output)
	}
	for address, body := range before {
		wait(t, "the repair of "+address, func() bool { return bytes.Equal(get(t, address).Body, body) })
	}
	wait(t, "nothing but the original to be missing", func() bool {
		_, output := s.scrubbed(t, "--dry-run")
		return cmp.Equal([]string{"missing " + lost}, findings(output))
	})
	timeline, err := c.Timeline(t.Context(), files[0].ID)
	if err != nil || !slices.ContainsFunc(timeline, func(a client.Attempt) bool { return a.Stage == "repair" }) {
		t.Errorf("the timeline doesn't tell of the repair: %+v, %v", timeline, err)
	}
}

// findings are the problems and keys that a scrub has told, sorted.
func findings(output string) []string {
	found := []string{}
	for line := range strings.Lines(output) {
		words := strings.Fields(line)
		if len(words) > 2 && slices.Contains([]string{"missing", "damaged", "unknown"}, words[0]) {
			found = append(found, words[0]+" "+strings.TrimSuffix(words[1], ":"))
		}
	}
	slices.Sort(found)
	return found
}
