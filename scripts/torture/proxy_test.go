package torture

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// proxy stands before an S3 server, and may not be well.
type proxy struct {
	bucket string // the bucket's URL by way of the proxy
	next   *httputil.ReverseProxy

	mu     sync.Mutex
	ill    ill
	random *rand.Rand
	spoilt int                 // requests
	writes map[string][]string // what was asked of each object, and what became of it
}

// ill is what becomes of a request. next answers as the store does.
type ill func(w http.ResponseWriter, r *http.Request, next http.Handler, random uint32)

// ills are the ways in which a store may be ill.
var ills = []ill{slow, broken, unreachable, halved, unanswered, full}

func newProxy(t *testing.T, bucketURL string) *proxy {
	t.Helper()
	u, err := url.Parse(bucketURL)
	if err != nil {
		t.Fatal(err)
	}
	store, err := url.Parse(u.Query().Get("endpoint"))
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{writes: map[string][]string{}, random: rand.New(rand.NewPCG(*seed, 3)), next: &httputil.ReverseProxy{
		// The host stays the one that was signed.
		Rewrite:      func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = store.Scheme, store.Host },
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	query := u.Query()
	query.Set("endpoint", server.URL)
	u.RawQuery = query.Encode()
	p.bucket = u.String()
	return p
}

// fall has the proxy be ill in that way from now on; nil has it well.
func (p *proxy) fall(way ill) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ill = way
}

// spoils counts the requests that were made while it was ill.
func (p *proxy) spoils() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.spoilt
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	way, random := p.ill, p.random.Uint32()
	if way != nil {
		p.spoilt++
	}
	p.mu.Unlock()
	next := http.Handler(p.next)
	if r.Method == http.MethodPut || r.Method == http.MethodDelete {
		next = p.noting(r)
	}
	if way == nil {
		next.ServeHTTP(w, r)
		return
	}
	way(w, r, next, random)
}

// noting is the store with a note of when it is asked for this, and of when it
// has answered.
func (p *proxy) noting(r *http.Request) http.Handler {
	p.note(r, "came")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.note(r, "passed on")
		defer p.note(r, "over")
		p.next.ServeHTTP(w, r)
	})
}

func (p *proxy) note(r *http.Request, what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writes[r.URL.Path] = append(p.writes[r.URL.Path], fmt.Sprintf("%s %s %s", time.Now().Format("15:04:05.000"), r.Method, what))
}

// about gives the notes of the objects whose path has this text in it.
func (p *proxy) about(text string) (notes []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for path, of := range p.writes {
		if strings.Contains(path, text) {
			notes = append(notes, path)
			notes = append(notes, of...)
		}
	}
	return notes
}

func slow(w http.ResponseWriter, r *http.Request, next http.Handler, random uint32) {
	select {
	case <-time.After(time.Duration(random%1000) * time.Millisecond):
		next.ServeHTTP(w, r)
	case <-r.Context().Done():
	}
}

// broken answers with one of the errors that stores give when they have trouble.
func broken(w http.ResponseWriter, _ *http.Request, _ http.Handler, random uint32) {
	w.Header().Set("Content-Type", "application/xml")
	status, text := http.StatusInternalServerError, "InternalError"
	if random%2 == 0 {
		status, text = http.StatusServiceUnavailable, "SlowDown"
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "<Error><Code>"+text+"</Code><Message>Try again</Message></Error>")
}

// full is a store without space: reading goes well, writing doesn't.
func full(w http.ResponseWriter, r *http.Request, next http.Handler, _ uint32) {
	if r.Method != http.MethodPut {
		next.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(http.StatusInsufficientStorage)
	_, _ = io.WriteString(w, "<Error><Code>XMinioStorageFull</Code><Message>Full</Message></Error>")
}

// unreachable cuts the connection before the store has heard of the request.
func unreachable(w http.ResponseWriter, _ *http.Request, _ http.Handler, _ uint32) { cut(w) }

// unanswered has the store do what it is asked, and nobody hears of it.
func unanswered(w http.ResponseWriter, r *http.Request, next http.Handler, _ uint32) {
	next.ServeHTTP(httptest.NewRecorder(), r.WithContext(context.WithoutCancel(r.Context())))
	cut(w)
}

// halved cuts the connection within the answer.
func halved(w http.ResponseWriter, r *http.Request, next http.Handler, _ uint32) {
	answer := httptest.NewRecorder()
	next.ServeHTTP(answer, r)
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	body := answer.Body.Bytes()
	if len(body) < 2 {
		cut(w)
		return
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w).Flush()
	cut(w)
}

// cut resets a connection.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // it can only be closed
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
