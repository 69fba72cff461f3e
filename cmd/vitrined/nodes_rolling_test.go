package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// proxy shares requests out among nodes as the proxies do that people have: to
// those that were ready when last asked, and to another one where a connection
// was refused. What may have reached a node is not sent again.
type proxy struct {
	*httptest.Server
	transport *http.Transport

	mu    sync.Mutex
	nodes []string // HOST:PORT
	ready map[string]bool
	next  int
}

func newProxy(t *testing.T) *proxy {
	t.Helper()
	p := &proxy{transport: &http.Transport{MaxIdleConnsPerHost: 100}, ready: map[string]bool{}}
	p.Server = httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.Out.URL.Scheme = "http" },
		Transport: p,
		ErrorLog:  log.New(t.Output(), "", 0),
	})
	t.Cleanup(func() {
		p.Close()
		p.transport.CloseIdleConnections()
	})
	return p
}

// add has the proxy ask a node time and again whether it is ready.
func (p *proxy) add(t *testing.T, node string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.nodes = append(p.nodes, node)
	ctx, stop := context.WithCancel(t.Context())
	var asking sync.WaitGroup
	t.Cleanup(asking.Wait)
	t.Cleanup(stop)
	asking.Go(func() {
		for ; ctx.Err() == nil; pause(ctx) {
			ready := isReady(ctx, node)
			p.mu.Lock()
			p.ready[node] = ready
			p.mu.Unlock()
		}
	})
}

func isReady(ctx context.Context, node string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+node+"/readyz", http.NoBody)
	if err != nil {
		return false
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// choose gives the nodes that are ready, another one first each time.
func (p *proxy) choose() (nodes []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next++
	for i := range p.nodes {
		if node := p.nodes[(p.next+i)%len(p.nodes)]; p.ready[node] {
			nodes = append(nodes, node)
		}
	}
	return nodes
}

// RoundTrip sends a request to the first node that takes the connection.
func (p *proxy) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	for ; ctx.Err() == nil; pause(ctx) {
		for _, node := range p.choose() {
			out := r.Clone(r.Context())
			out.URL.Host = node
			if r.Body != nil {
				out.Body = io.NopCloser(r.Body) // which has to last for another node
			}
			response, err := p.transport.RoundTrip(out)
			if failed, ok := errors.AsType[*net.OpError](err); !ok || failed.Op != "dial" {
				return response, err
			}
		}
	}
	return nil, context.Cause(ctx)
}

// TestDrain tells a server to stop that is to drain: it says that it is not
// ready, still answers, and keeps no connection open.
func TestDrain(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t), "--drain", "1h")
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	wait(t, "the server to say that it is stopping", func() bool {
		ready := get(t, s.base+"/readyz")
		return ready.StatusCode == http.StatusServiceUnavailable && string(ready.Body) == "stopping\n"
	})
	response, err := http.Get(s.base + "/api/v1/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK || !response.Close {
		t.Errorf("a request was answered %d, with close %t", response.StatusCode, response.Close)
	}
}

func TestDrainSetting(t *testing.T) {
	t.Parallel()
	for text, problems := range map[string]int{"0s": 0, "5s": 0, "-1s": 1, "5": 1} {
		got, _, problem := parseSettings([]string{"--drain", text}, nil)
		if len(problem) != problems || problems == 0 && got.Drain.String() != text {
			t.Errorf("--drain %s is %v, with problems %q", text, got.Drain, problem)
		}
	}
}

// TestRollingRestart stops and starts two nodes in turn behind a proxy. Nobody
// who writes and reads meanwhile sees a request fail.
func TestRollingRestart(t *testing.T) {
	t.Parallel()
	const rounds, senders = 2, 12
	cluster, host, p := newCluster(t), newHost(t), newProxy(t)
	var nodes []*node
	for range 2 {
		n := cluster.node(t, "--public-url", p.URL, "--drain", "5s", "--rate-limit", "100000")
		p.add(t, n.address)
		nodes = append(nodes, n)
	}
	c := client.New(p.URL, nodes[0].key(t), client.WithTries(1))

	ctx, stop := context.WithCancel(t.Context())
	var sending sync.WaitGroup
	var requests atomic.Int64
	defer sending.Wait()
	defer stop()
	for i := range senders {
		s := &sender{t: t, c: c, host: host, name: fmt.Sprint("house-", i), requests: &requests}
		sending.Go(func() { s.send(ctx) })
	}
	more := func() {
		had := requests.Load()
		wait(t, "more requests", func() bool { return t.Failed() || requests.Load() >= had+100 })
	}
	for range rounds {
		for _, n := range nodes {
			more()
			n.terminate(t)
			more()
			n.again(t)
		}
	}
	more()
	stop()
	sending.Wait()
	waitSettled(t, c, cluster.db)
	if events := feed(t, c); !slices.ContainsFunc(events, func(e client.Event) bool {
		return e.Type == vitrine.EventListingPublished && e.Data.Revision > rounds
	}) {
		t.Error("no later revision was published")
	}
}

// sender changes a listing of its own over and over, and looks at what it and
// the public can see. Any request that fails is an error of the test.
type sender struct {
	t        *testing.T
	c        *client.Client
	host     *host
	name     string
	requests *atomic.Int64 // that went well
}

func (s *sender) send(ctx context.Context) {
	for n := 0; ctx.Err() == nil; n++ {
		if err := s.round(n); err != nil {
			s.t.Errorf("%s, round %d: %v", s.name, n, err)
			return
		}
	}
}

func (s *sender) round(n int) error {
	ctx := s.t.Context()
	// Every tenth time, three photos that are new.
	urls := make([]string, 6)
	for i := range urls {
		urls[i] = fmt.Sprintf("%s/%s/%d.jpg", s.host.URL, s.name, n/10*3+i)
	}
	in := listing(s.name, slices.Concat(urls[n%6:], urls[:n%6])...)
	put, err := s.c.PutListing(ctx, in)
	if err != nil {
		return err
	}
	again, err := s.c.PutListing(ctx, in)
	if err != nil {
		return err
	}
	if again.Updated || again.ID != put.ID {
		return fmt.Errorf("the same list again gave %+v", again)
	}
	if _, err := s.c.Listing(ctx, put.ID); err != nil {
		return err
	}
	if _, err := s.c.Events(ctx, 0, 10, 0); err != nil {
		return err
	}
	if n == 0 { // nothing is public before
		if _, err := s.c.WaitJob(ctx, put.JobID, nil); err != nil {
			return err
		}
	}
	if err := errors.Join(readURL(ctx, put.GalleryURL), readURL(ctx, put.PublicURL)); err != nil {
		return err
	}
	s.requests.Add(6)
	return nil
}

// readURL reads what the public sees.
func readURL(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, response.Body)
	if response.StatusCode != http.StatusOK {
		err = fmt.Errorf("answered %d", response.StatusCode)
	}
	return errors.Join(err, response.Body.Close())
}
