package docs_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
)

var write = flag.Bool("write", false, "write the page that is made of the failure table")

const failuresHead = `# Failures

A file that can't be had or shown doesn't hold up the others: it fails alone, and says why. Both APIs tell of it with a code
of this table, which never changes its meaning, a sentence with the facts of the case, whose turn it is, and what to do. So
do the events, the dashboard, ` + "`vitrine`" + ` and the page of attempts of each file.

* **Whose turn**: *sender* is whoever sent the list, *origin* whoever runs the server that the URL points at, *us* whoever
  runs vitrine.
* **Retry**: whether a retry of the same URL may help. It is one call: ` + "`POST /api/v1/media/{id}/retry`" + `,
  ` + "`POST /caas/v4/classifieds/{classifiedId}/media/{mediaId}/retry`" + `, a button of the dashboard. What may pass by itself (no
  connection, no answer in time, the statuses 408, 425, 429 and 5xx) has been tried several times before it has failed, see
  ` + "`--fetch-tries`" + ` and ` + "`--fetch-patience`" + ` in the [settings](settings.md).
* A newer version that fails leaves the last good one in its place: see [the sync rules](sync.md#never-worse-than-before).

`

// The page of failures is the failure table.
func TestFailuresPage(t *testing.T) {
	t.Parallel()
	var want strings.Builder
	want.WriteString(failuresHead)
	want.WriteString("| Code | Whose turn | What happened | What to do | Retry |\n|---|---|---|---|---|\n")
	for _, rule := range vitrine.FailureTable {
		retry := "no"
		if rule.Retryable {
			retry = "yes"
		}
		fmt.Fprintf(&want, "| `%s` | %s | %s | %s | %s |\n", rule.Code, rule.Owner, rule.Message, rule.Remedy, retry)
	}
	want.WriteString("\nThose of the origins and of broken files can be provoked with\n[misbehaving photos](cli.md#a-host-that-misbehaves), to try out what your side makes of them.\n")
	if *write {
		if err := os.WriteFile("failures.md", []byte(want.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("failures.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), string(got)); diff != "" {
		t.Errorf("failures.md is not as the failure table has it; write it with: go test ./docs -run TestFailuresPage -write\n(-want +got)\n%s", diff)
	}
}
