package main

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/vitrine-media/vitrine/internal/pgtest"
	"github.com/vitrine-media/vitrine/internal/s3test"
	"github.com/vitrine-media/vitrine/internal/store"
)

// cluster is one PostgreSQL and one S3 store, which any number of nodes share.
type cluster struct {
	bucket  string
	environ []string // of its nodes
	db      *store.DB
}

func newCluster(t testing.TB) *cluster {
	t.Helper()
	url := pgtest.Start(t)
	bucket, environ := s3test.Start(t)
	db, err := store.Open(t.Context(), url, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // of which only was read
	return &cluster{bucket: bucket, environ: append(environ, "VITRINE_DB="+url, "VITRINE_BLOBS="+bucket), db: db}
}

// node is a vitrined of a cluster, which stops and starts again at the same
// address and on the same folder.
type node struct {
	*server
	cluster  *cluster
	address  string
	settings []string
	killed   []*server // those that it was before and that did not stop by themselves
}

// node starts a node.
func (c *cluster) node(t testing.TB, settings ...string) *node {
	t.Helper()
	n := &node{cluster: c, address: freeAddress(t), settings: settings}
	n.server = startWith(t, t.TempDir(), n.address, c.environ, settings...)
	return n
}

// again starts a node that has ended.
func (n *node) again(t testing.TB) {
	t.Helper()
	n.server = startWith(t, n.data, n.address, n.cluster.environ, n.settings...)
}

func (n *node) kill() {
	n.server.kill()
	n.killed = append(n.killed, n.server)
}

// terminate stops a node in good order, as a machine does that is shut down.
func (n *node) terminate(t testing.TB) {
	t.Helper()
	err := n.cmd.Process.Signal(syscall.SIGTERM)
	if err := errors.Join(err, n.cmd.Wait()); err != nil {
		t.Fatalf("the node ended with %v", err)
	}
}

// ended counts, by content, the attempts at optimising of which a server says
// that they ended well.
func (s *server) ended() map[string]int {
	counts := map[string]int{}
	for line := range strings.Lines(s.log.String()) {
		fields := strings.Fields(line)
		if !strings.Contains(line, `msg="attempt ended" stage=optimise`) || !slices.Contains(fields, "outcome=ok") {
			continue
		}
		for _, field := range fields {
			if content, ok := strings.CutPrefix(field, "content="); ok {
				counts[content]++
			}
		}
	}
	return counts
}

// count gives the number that a query asks for.
func (c *cluster) count(t testing.TB, query string, args ...any) int {
	t.Helper()
	var n int
	err := c.db.View(t.Context(), func(tx *store.Tx) error { return tx.QueryRow(t.Context(), query, args...).Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}
