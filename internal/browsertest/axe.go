package browsertest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// axeVersion of axe-core. The Makefile has it too.
const axeVersion = "4.14.1"

// violation is a rule of axe-core that a page breaks.
type violation struct {
	ID    string
	Help  string
	Where []string // its elements, with how they fail
}

// Axe checks the page as it stands now with axe-core, and fails the test for
// each rule that it breaks. The page's policy has no say in that. What was looked
// at is kept, too, where [KeepIn] says so.
func Axe(ctx context.Context, t testing.TB, state string) {
	t.Helper()
	keep(ctx, t, state)
	source, err := axe()
	if err != nil {
		t.Fatal(err)
	}
	Evaluate[chromedp.Void](ctx, t, source+"\n;undefined")
	found := Evaluate[[]violation](ctx, t, `axe.run(document, {resultTypes: ["violations"]}).then(result => result.violations.map(v =>
		({ID: v.id, Help: v.help, Where: v.nodes.map(n => n.target.flat().join(" >>> ") + ": " + n.failureSummary)})))`)
	for _, v := range found {
		t.Errorf("%s: axe-core: %s: %s\n%s", state, v.ID, v.Help, strings.Join(v.Where, "\n"))
	}
}

// axe is the script, as "make test" has fetched it.
func axe() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	source, err := os.ReadFile(filepath.Join(cache, "vitrine", "tools", "axe-core-"+axeVersion, "axe.min.js"))
	if err != nil {
		return "", fmt.Errorf(`read axe-core, which "make test" fetches: %w`, err)
	}
	return string(source), nil
}
