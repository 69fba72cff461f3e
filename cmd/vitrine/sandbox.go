package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/vitrine-media/vitrine/internal/badorigin"
)

type sandboxCommand struct {
	Listen string `default:"127.0.0.1:8090" placeholder:"HOST:PORT" help:"Where to serve; ${default} if not given. Port 0 takes one that is free."`
}

// Help says what a server has to allow.
func (sandboxCommand) Help() string {
	return `The address of a photo says what is wrong with it: /slow/5s/kitchen.jpg comes after five seconds, /status/404/hall.jpg not at all. The page at / lists all that there is, and /listing.json is a listing to try it with.

A server downloads from public addresses only, unless it is told otherwise:

  vitrined serve --fetch-allow 127.0.0.0/8`
}

// Run serves until it is interrupted, which is how it is meant to end.
func (cmd *sandboxCommand) Run(ctx context.Context, cli *commands, out *output) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", cmd.Listen)
	if err != nil {
		return &hinted{&usageError{err.Error()}, "--listen names another address; port 0 takes one that is free"}
	}
	address := "http://" + listener.Addr().String() + "/"
	if cli.JSON {
		err = printJSON(out.stdout, map[string]string{"url": address})
	} else {
		_, err = fmt.Fprintf(out.stdout, "Photos that misbehave are at %s; Ctrl-C ends it.\n", address)
	}
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	log := &requestLog{next: badorigin.New(time.Now), out: out}
	server := &http.Server{Handler: log, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() }) // it holds nothing that has to be finished
	defer stop()
	err = server.Serve(listener)
	log.end()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// requestLog tells of each request, once it has ended.
type requestLog struct {
	next http.Handler
	out  *output

	mu    sync.Mutex
	ended bool // nothing more is told: some are still being served when the program ends
}

func (l *requestLog) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
}

func (l *requestLog) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	seen := &seenWriter{ResponseWriter: w, status: http.StatusOK}
	l.next.ServeHTTP(seen, r)
	what := fmt.Sprintf("HTTP %d, %s", seen.status, bytesText(seen.bytes))
	if seen.broken {
		what = "broken off on purpose"
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return
	}
	_, _ = fmt.Fprintf(l.out.stderr, "%s %s: %s, after %s\n", r.Method, clean(r.RequestURI), what, seconds(time.Since(started)))
}

// seenWriter notes what is answered.
type seenWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
	broken bool // what is wrong is the connection
}

// Unwrap lets a http.ResponseController reach the connection.
func (w *seenWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Hijack hands out the connection, for what net/http would not send.
func (w *seenWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.broken = true
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

func (w *seenWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *seenWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}
