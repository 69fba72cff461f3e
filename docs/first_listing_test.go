package docs_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/porttest"
)

// block is a block of code on a page.
type block struct{ language, text string }

// blocks are those of a page, in order, without those of no language.
func blocks(page string) (all []block) {
	for _, match := range regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$").FindAllStringSubmatch(page, -1) {
		all = append(all, block{match[1], match[2]})
	}
	return all
}

// walk is somebody who does what a page says: what is in "sh" runs on in a terminal
// of its own, what is in "json" goes into the file that the text names, and what
// is in "console" is typed, and has to print what is there.
type walk struct {
	dir       string
	environ   []string
	addresses *strings.Replacer // from those of the page to free ones
	shown     *strings.Replacer // and back
}

// TestFirstListing does what the page says, with the programs as they are built.
func TestFirstListing(t *testing.T) {
	t.Parallel()
	page := read(t, "first-listing.md")
	w := newWalk(t, "127.0.0.1:8080", "127.0.0.1:8090")
	for name, text := range files(page) {
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(w.addresses.Replace(text)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var typed, printed []string
	for _, b := range blocks(page) {
		switch b.language {
		case "sh":
			w.keepRunning(t, b.text)
		case "console":
			commands, outputs := session(b.text)
			typed, printed = append(typed, commands...), append(printed, outputs...)
		}
	}
	got := w.typeIn(t, typed)
	if len(got) != len(printed) || len(got) < 6 {
		t.Fatalf("%d commands printed something, want %d", len(got), len(printed))
	}
	for i, want := range printed {
		if !matches(want, got[i]) {
			t.Errorf("$ %s\nprints\n%s\nand by the page\n%s", typed[i], got[i], want)
		}
	}
	address := regexp.MustCompile(`Page +(\S+)`).FindStringSubmatch(w.addresses.Replace(strings.Join(got, "\n")))
	if address == nil {
		t.Fatal("the address of a page was not printed")
	}
	response, err := http.Get(address[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("%s: %s, %v", address[1], response.Status, err)
	}
}

// What the README shows of a terminal is a part of that page.
func TestReadmeSession(t *testing.T) {
	t.Parallel()
	page := read(t, "first-listing.md")
	count := 0
	for _, b := range blocks(read(t, "../README.md")) {
		if b.language == "console" {
			count++
			if !strings.Contains(page, b.text) {
				t.Errorf("first-listing.md has no such session:\n%s", b.text)
			}
		}
	}
	if count == 0 {
		t.Error("the README shows no terminal")
	}
}

// newWalk builds the programs, and finds free addresses for those of the page.
func newWalk(t *testing.T, addresses ...string) *walk {
	t.Helper()
	w := &walk{dir: t.TempDir()}
	bin := filepath.Join(w.dir, "bin") + string(filepath.Separator)
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "../cmd/vitrined", "../cmd/vitrine").CombinedOutput(); err != nil {
		t.Fatalf("build the programs: %v\n%s", err, out)
	}
	var there, back []string
	for _, address := range addresses {
		free, err := porttest.Address()
		if err != nil {
			t.Fatal(err)
		}
		there, back = append(there, address, free), append(back, free, address)
	}
	w.addresses, w.shown = strings.NewReplacer(there...), strings.NewReplacer(back...)
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "VITRINE_") && !strings.HasPrefix(variable, "PATH=") {
			w.environ = append(w.environ, variable)
		}
	}
	w.environ = append(w.environ, "PATH="+bin+":"+os.Getenv("PATH"))
	return w
}

// files are those that the page says are to be written.
func files(page string) map[string]string {
	all := map[string]string{}
	for _, match := range regexp.MustCompile("(?s)into `([a-z0-9-]+\\.json)`(.*?)```json\n(.*?)\n```").FindAllStringSubmatch(page, -1) {
		all[match[1]] = match[3]
	}
	return all
}

// session splits what a terminal shows into what was typed, after "$ ", and what
// that printed.
func session(text string) (commands, outputs []string) {
	var command, output strings.Builder
	typing := false
	for line := range strings.Lines(text) {
		rest, begins := strings.CutPrefix(line, "$ ")
		switch {
		case begins:
			if command.Len() > 0 {
				commands, outputs = append(commands, command.String()), append(outputs, output.String())
				command.Reset()
				output.Reset()
			}
			command.WriteString(rest)
		case typing:
			command.WriteString(line)
		default:
			output.WriteString(line)
		}
		typing = (begins || typing) && strings.HasSuffix(line, "\\\n")
	}
	return append(commands, command.String()), append(outputs, output.String())
}

// What differs from run to run and from machine to machine, in what a page shows of
// a terminal: sizes and times.
var (
	sizes = regexp.MustCompile(` +\d+(\.\d)? k?B`)
	times = regexp.MustCompile(` +(\d+\.\d s|-)(\n|$)`)
)

// matches reports whether a text is as the page has it, where a line of "…" stands
// for any lines, "…" in a line for anything, and a size or a time for any other.
func matches(want, got string) bool {
	same := func(text string) string {
		return times.ReplaceAllString(sizes.ReplaceAllString(text, " SIZE"), " TIME$2")
	}
	pattern := regexp.QuoteMeta(same(want))
	pattern = regexp.MustCompile(`(?m)^…\n`).ReplaceAllString(pattern, `(?s:.*)`)
	pattern = strings.ReplaceAll(pattern, "…", ".*")
	return regexp.MustCompile(`\A` + pattern + `\z`).MatchString(same(got))
}

func TestMatches(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		want, got string
		matches   bool
	}{
		{"a\n", "a\n", true},
		{"a\n", "b\n", false},
		{"a\n", "a\nb\n", false},
		{"a\n…\nd\n", "a\nb\nc\nd\n", true},
		{"a …, d\n", "a b c, d\n", true},
		{"a …, d\n", "a b\nc, d\n", false},
		{"x.jpg  21.5 kB   604 B  0.1 s\n", "x.jpg   1.5 kB  1.2 kB      -\n", true},
		{"x.jpg  21.5 kB   604 B  0.1 s\n", "y.jpg  21.5 kB   604 B  0.1 s\n", false},
		{"a+b\n", "aab\n", false},
	} {
		if got := matches(row.want, row.got); got != row.matches {
			t.Errorf("matches(%q, %q) is %t", row.want, row.got, got)
		}
	}
}

// keepRunning starts a program that runs until the test ends, and waits until it
// can be reached at the address that its line names.
func (w *walk) keepRunning(t *testing.T, line string) {
	t.Helper()
	line = w.addresses.Replace(strings.TrimSpace(line))
	program := exec.Command("bash", "-c", "exec "+line)
	program.Dir, program.Env = w.dir, w.environ
	program.Stdout, program.Stderr = t.Output(), t.Output()
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = program.Process.Signal(os.Interrupt)
		_ = program.Wait() // it was told to end
	})
	address := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(line)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		connection, err := net.Dial("tcp", address)
		if err == nil {
			_ = connection.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not listen: %v", line, err)
		}
	}
}

// typeIn types commands into one shell, and gives what each of them printed.
func (w *walk) typeIn(t *testing.T, commands []string) (outputs []string) {
	t.Helper()
	const end = "=== end of what a command prints"
	var script bytes.Buffer
	for _, command := range commands {
		fmt.Fprintf(&script, "%s\necho; echo '%s'\n", w.addresses.Replace(command), end)
	}
	shell := exec.CommandContext(t.Context(), "bash")
	shell.Dir, shell.Env, shell.Stdin = w.dir, w.environ, &script
	printed, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	all := strings.Split(w.shown.Replace(string(printed)), "\n"+end+"\n")
	for _, output := range all[:len(all)-1] {
		if output != "" && !strings.HasSuffix(output, "\n") {
			output += "\n" // as a terminal looks after it
		}
		outputs = append(outputs, output)
	}
	return outputs
}
