package browsertest

import (
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// The script that is fetched is the one that is looked for.
func TestAxeVersion(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	if want := "\nAXE_VERSION := " + axeVersion + "\n"; !strings.Contains(string(makefile), want) {
		t.Errorf("the Makefile lacks %q", want)
	}
}

// recorder is a test that may fail.
type recorder struct {
	testing.TB
	errors int
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.errors++ }

// A page that not everybody can use is found, shadow trees included.
func TestAxeFinds(t *testing.T) {
	t.Parallel()
	ctx := Start(t)
	for body, wants := range map[string]bool{
		`<main><h1>Title</h1><p>Text</p></main>`:                                                                         false,
		`<main><h1>Title</h1><button></button></main>`:                                                                   true,
		`<main><h1>Title</h1><div><template shadowrootmode="open"><button></button></template></div></main>`:             true,
		`<main><h1>Title</h1><p style="color: #888; background: #999">Text that is hard to see on its ground</p></main>`: true,
	} {
		r := &recorder{TB: t}
		Evaluate[chromedp.Void](ctx, t, "document.documentElement.lang = 'en', document.title = 'Page', document.body.setHTMLUnsafe(`"+body+"`)")
		Axe(ctx, r, "a page")
		if got := r.errors > 0; got != wants {
			t.Errorf("%s: %d violations", body, r.errors)
		}
	}
}
