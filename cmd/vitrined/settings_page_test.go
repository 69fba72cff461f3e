package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
)

var writeSettings = flag.Bool("write-settings", false, "write docs/settings.md")

const settingsPage = "../../docs/settings.md"

const settingsHead = `# Settings

Each setting of ` + "`vitrined`" + ` is a flag or an environment variable: ` + "`--max-photos 30`" + ` or ` + "`VITRINE_MAX_PHOTOS=30`" + `. The flag wins. All wrong
settings are reported at once, and nothing is started. ` + "`vitrined serve --help`" + ` lists the same, and the dashboard shows senders
the limits that are in force, and where each came from.

Times are written as ` + "`90s`, `10m`, `24h`" + `. A list is separated by commas. An S3 bucket takes its credentials from
` + "`AWS_ACCESS_KEY_ID`" + ` and ` + "`AWS_SECRET_ACCESS_KEY`" + `, needs no versioning, and for uploads from browsers a CORS rule.

All nodes of one installation should have the same limits.
`

const accountHead = `
## Of one account

What the origins of one account are like is set by ` + "`vitrined accounts set --account NAME versions=v,ts`" + `, while the server runs;
` + "`vitrined accounts show`" + ` prints it.

`

// settingsParts begin each with a row of the table.
var settingsParts = []struct{ first, title string }{
	{"data", "Places and addresses"},
	{"from", "Commands"},
	{"scan", "Viruses"},
	{"account", "Accounts and keys"},
	{"fetch-allow", "Who may be asked"},
	{"portals", "Classifieds API"},
	{"fetch-workers", "Work at one time"},
	{"grace", "Stopping"},
	{"rate-limit", "Limits of requests and lists"},
	{"max-photo-bytes", "Limits of files"},
	{"fetch-tries", "Downloads"},
	{"optimise-timeout", "Time for a file"},
	{"upload-time", "How long things are kept"},
	{"deliver-timeout", "Webhooks, queue and checks"},
	{"variant-sizes", "Variants"},
	{"log-format", "Log"},
}

// byCores are the defaults that depend on the machine, and what they are on this
// one.
func byCores() map[string]struct{ text, here string } {
	cores := runtime.GOMAXPROCS(0)
	pixels := max(2*vitrine.DefaultLimits().MaxPixels, int64(cores)*25_000_000)
	return map[string]struct{ text, here string }{
		"fetch-workers":    {"4 a core, at least 16", strconv.Itoa(max(16, 4*cores))},
		"optimise-workers": {"1 a core", strconv.Itoa(cores)},
		"optimise-pixels":  {"25000000 a core, at least 200000000", strconv.FormatInt(pixels, 10)},
	}
}

// The page of settings is the settings table.
func TestSettingsPage(t *testing.T) {
	t.Parallel()
	want := settingsText(t)
	if *writeSettings {
		if err := os.WriteFile(settingsPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(settingsPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/settings.md is not as the table has it; write it with: go test ./cmd/vitrined -run TestSettingsPage -write-settings\n(-want +got)\n%s", diff)
	}
}

func settingsText(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(settingsHead)
	s, parts, machine := defaultSettings(), settingsParts, byCores()
	for _, row := range s.table() {
		if len(parts) > 0 && row.name == parts[0].first {
			b.WriteString("\n## " + parts[0].title + "\n\n| Flag | Variable | Default | Meaning |\n|---|---|---|---|\n")
			parts = parts[1:]
		}
		byDefault := "`" + row.defaultText() + "`"
		if row.defaultText() == "empty" {
			byDefault = "empty"
		}
		if by, ok := machine[row.name]; ok {
			if row.defaultText() != by.here {
				t.Errorf("the default of --%s is %s here, and by the page %s, which is %s", row.name, row.defaultText(), by.text, by.here)
			}
			byDefault = by.text
			delete(machine, row.name)
		}
		fmt.Fprintf(&b, "| `--%s` | `%s` | %s | %s |\n", row.name, row.env(), byDefault, row.help)
	}
	if len(parts) > 0 || len(machine) > 0 {
		t.Errorf("the table lacks rows that the page speaks of: %v %v", parts, machine)
	}
	b.WriteString(accountHead + "| Name | Default | Meaning |\n|---|---|---|\n")
	for _, row := range accountTable(new(vitrine.AccountSettings)) {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", row.name, row.defaultText(), row.help)
	}
	return b.String()
}
