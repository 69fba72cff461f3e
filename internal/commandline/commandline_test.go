package commandline_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/commandline"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// program has one of each thing that can be described.
func program() *commandline.Command {
	return &commandline.Command{
		Name: "lamp", Help: "Light things.\n\nMore about it, and a list:\n\n  .1  one\n  2   two\n\nThe end.",
		Flags: []commandline.Flag{
			{Name: "host", Help: "The host. A second sentence.", Value: "URL", Env: "LAMP_HOST"},
			{Name: "json", Help: "As JSON.", Bare: true},
		},
		Sections: []commandline.Section{{Title: "EXIT STATUS", Text: "  0  well"}},
		Commands: []*commandline.Command{
			{Name: "on", Help: "Switch on.", Detail: "And leave it on.",
				Flags: []commandline.Flag{
					{Name: "colour", Help: "Which.", Value: "COLOUR", Repeated: true, Takes: commandline.Values{Words: []string{"red", "rose:pink", "blue"}}},
					{Name: "into", Help: "Where to.", Value: "DIR", Takes: commandline.Values{Dirs: true}},
				},
				Args: []commandline.Arg{
					{Name: "ID", Help: "Which lamp."},
					{Name: "FILES", Help: "What to light.", Optional: true, Repeated: true, Takes: commandline.Values{Files: true}},
				}},
			{Name: "keep", Help: "Keep all.", Runs: true, Args: []commandline.Arg{{Name: "DIR", Help: "Where.", Takes: commandline.Values{Dirs: true}}},
				Commands: []*commandline.Command{{Name: "bytes", Help: "Keep bytes."}}},
			{Name: "__secret", Hidden: true},
		},
	}
}

func TestWriteCompletion(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"":                           "on keep",
		"o":                          "on",
		"x":                          "",
		"__":                         "",
		"--":                         "--host --json --help",
		"-":                          "--host --json --help",
		"--json --":                  "--host --help",
		"--host=x --j":               "--json",
		"--host x o":                 "on",
		"--host ":                    "",
		"keep ":                      "bytes :dirs",
		"keep x ":                    "--host --json --help",
		"on ":                        "--host --json --colour --into --help", // nothing is known about an id
		"on 7":                       "",
		"on 7 ":                      ":files",
		"on 7 a b":                   ":files",
		"on 7 keep":                  ":files",
		"on --into ":                 ":dirs",
		"on --into=x":                ":dirs",
		"on --colour ":               "red rose:pink blue",
		"on --colour=r":              "--colour=red --colour=rose:pink",
		"on --colour=red --colour b": "blue",
		"on --colour red --c":        "--colour",
		"on -- -":                    "",
		"on --json=":                 "",
		"on --none=":                 "",
	} {
		var b strings.Builder
		if err := program().WriteCompletion(&b, strings.Split(line, " ")); err != nil {
			t.Fatal(err)
		}
		var got []string
		for candidate := range strings.Lines(b.String()) {
			word, _, _ := strings.Cut(strings.TrimSuffix(candidate, "\n"), "\t")
			got = append(got, word)
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%q (-want +got)\n%s", line, diff)
		}
	}
}

func TestWriteCompletionHelp(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := program().WriteCompletion(&b, nil); err != nil {
		t.Fatal(err)
	}
	if err := program().WriteCompletion(&b, []string{"--h"}); err != nil {
		t.Fatal(err)
	}
	want := "on\tSwitch on\nkeep\tKeep all\n--host\tThe host\n--help\tShow help\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, page := range program().Pages("v1.2-3") {
		b.WriteString("==== " + page.Name + "\n" + page.Text)
	}
	golden := filepath.Join("testdata", "pages.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestWriteScriptUnknown(t *testing.T) {
	t.Parallel()
	err := commandline.WriteScript(&strings.Builder{}, "tcsh", "lamp")
	if err == nil || !strings.Contains(err.Error(), "only for bash, zsh, fish") {
		t.Errorf("it says %v", err)
	}
}
