// Package hostile sends a real server files that were made, or damaged, to harm
// whoever opens them: small ones that say they are vast or that unpack to
// gigabytes, structures without end, files of two kinds at once, and real
// pictures and videos with bytes changed. Each has to end as a picture or a
// video, or with a failure that tells its sender what is wrong, while the server
// stays up, takes no more memory, and leaves nothing behind.
//
// As a test it takes less than a minute. "make hostile" changes many more files.
package hostile

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/client"
)

var (
	mutations = flag.Int("mutations", 150, "damaged copies of real files")
	seed      = flag.Uint64("seed", 1, "of the damage")
)

// patience is how long nothing may come to its end. It is more than the limits
// of the server leave to any one file.
const patience = 10 * time.Minute

// program is vitrined, as TestMain has built it: without the race detector, whose
// memory says nothing about that of a server.
var program string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	flag.Parse()
	folder, err := os.MkdirTemp("", "hostile")
	if err == nil {
		defer func() { _ = os.RemoveAll(folder) }() // of no more use
		program = filepath.Join(folder, "vitrined")
		build := exec.Command("go", "build", "-o", program, "../../cmd/vitrined")
		build.Stderr = os.Stderr
		err = build.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "build vitrined:", err)
		return 1
	}
	return m.Run()
}

func TestHostileFiles(t *testing.T) {
	t.Parallel()
	made, known, damaged := bombs(), corpusFiles(t), mutationsOf(seeds(t), *mutations, *seed)
	o := newOrigin(t, made, known, damaged)
	s := startServer(t)
	w := watch(t, s)
	b := &batch{client: client.New(s.base, s.key(t)), server: s, origin: o}
	begin := time.Now()
	var all []outcome
	for _, files := range [][]file{made, known, damaged[:len(damaged)/2], damaged[len(damaged)/2:]} {
		all = append(all, b.send(t, files)...)
		w.nextPhase()
	}
	for _, got := range all {
		b.judge(t, &got)
	}
	s.wantIdle(t)
	w.end(t)
	s.stop(t)
	print(t, all, w, time.Since(begin))
}

// ask bounds one request of these tests.
func ask(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), patience)
}
