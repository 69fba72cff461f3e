package hostile

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"

	"github.com/vitrine-media/vitrine"
)

// corpus is the folder of real and awkward files beside the project.
const corpus = "../../../shared/photos"

// exceptions are the files of the corpus that end otherwise than expected.tsv
// has it, which is what another decoder with other limits made of them, and the
// videos, of which it has none.
var exceptions = map[string][]string{
	"awkward/bomb-12000.webp":              isVast,
	"awkward/bomb-50000x50000.png":         isVast,
	"awkward/html-as.jpg":                  isForeign,
	"awkward/sharp-65536-uint32-limit.png": isVast,
	"awkward/sharp-giant-image.jpg":        isVast,
	"awkward/svg-as.png":                   isForeign,
	"video/audio-only.mp4":                 isForeign,
	"video/corrupt-middle.mp4":             isShown,
	"video/moov-missing.mp4":               isBroken,
	"video/playlist-as.mp4":                isForeign,
	"video/too-long-3m20s.mp4":             fails(vitrine.VideoTooLong),
}

// corpusFiles are the awkward files of the corpus. On a clone without it there
// are none; in CI it has to be there.
func corpusFiles(t *testing.T) []file {
	t.Helper()
	var files []file
	if !hasCorpus(t) {
		return nil
	}
	expected := verdicts(t)
	for _, folder := range []string{"awkward", "broken", "fuzz", "video"} {
		paths, err := filepath.Glob(filepath.Join(corpus, folder, "*"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %d files, %v", folder, len(paths), err)
		}
		for _, path := range paths {
			name := folder + "/" + filepath.Base(path)
			want := isBroken
			switch {
			case exceptions[name] != nil:
				want = exceptions[name]
			case folder == "video":
				continue // an ordinary one
			case expected[name] == "ok":
				want = isShown
			}
			files = append(files, file{"corpus, " + folder, folder + "-" + filepath.Base(path), func() []byte { return mustRead(path) }, want})
		}
	}
	return files
}

func hasCorpus(t *testing.T) bool {
	t.Helper()
	_, err := os.Stat(corpus)
	if err != nil && os.Getenv("CI") != "" {
		t.Fatal(err)
	}
	return err == nil
}

// verdicts are what another decoder said of the pictures.
func verdicts(t *testing.T) map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(corpus, "expected.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	lines := csv.NewReader(f)
	lines.Comma, lines.LazyQuotes = '\t', true
	rows, err := lines.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	verdicts := map[string]string{}
	for _, row := range rows[1:] {
		verdicts[row[0]] = row[1]
	}
	return verdicts
}
