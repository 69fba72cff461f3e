package main

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// packTransfer makes an archive of testdata/openimmo.xml and small pictures.
func packTransfer(t *testing.T) string {
	t.Helper()
	xml, err := os.ReadFile(filepath.Join("testdata", "openimmo.xml"))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range map[string]string{
		"openimmo.xml": string(xml), "1.gif": "GIF89a kitchen", "2.gif": "GIF89a hall", "3.gif": "GIF89a front", "5.gif": "GIF89a one too many",
		"words.gif": "only words", "large.gif": "GIF89a" + strings.Repeat("large", 20), "expose.pdf": "%PDF-1.7",
	} {
		entry, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(entry, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "transfer.zip")
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// What a person is told of a transfer in which much is wrong, and what the
// server gets of it.
func TestImportOpenImmo(t *testing.T) {
	t.Parallel()
	server := newFakeServer()
	t.Cleanup(server.Close)
	env := map[string]string{"VITRINE_SERVER": server.URL, "VITRINE_KEY": "good"}
	name := packTransfer(t)
	got := vitrineRun(t.Context(), env, "import", "openimmo", name)
	got.stderr += "---- the server received\n" + server.taken() + "\n"
	golden(t, "openimmo", got)
	// The fake server forgets its listings, but not its files.
	again := vitrineRun(t.Context(), env, "import", "openimmo", name, "--json")
	if sent := server.taken(); strings.Contains(sent, "upload of") {
		t.Errorf("sent again: %s", sent)
	}
	golden(t, "openimmo-json", ran{again.code, again.stdout, ""})
}

func TestImportOpenImmoRefused(t *testing.T) {
	t.Parallel()
	server := newFakeServer()
	t.Cleanup(server.Close)
	for name, row := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no archive": {[]string{filepath.Join("testdata", "openimmo.xml"), "--key=good"}, exitUsage, "openimmo.xml is not a ZIP archive"},
		"no file":    {[]string{"none.zip", "--key=good"}, exitUsage, "no such file"},
		"no key":     {[]string{packTransfer(t)}, exitUsage, "--key or VITRINE_KEY"},
		"wrong key":  {[]string{packTransfer(t), "--key=bad"}, exitRefused, "Invalid API key"},
		"odd status": {[]string{packTransfer(t), "--status=sold"}, exitUsage, "--status must be one of"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := vitrineRun(t.Context(), map[string]string{"VITRINE_SERVER": server.URL}, append([]string{"import", "openimmo"}, row.args...)...)
			if got.code != row.code || !strings.Contains(got.stderr, row.says) || got.stdout != "" {
				t.Errorf("exit %d, want %d; said %q, want %q in it; printed %q", got.code, row.code, got.stderr, row.says, got.stdout)
			}
		})
	}
}
