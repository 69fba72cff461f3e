package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine/internal/store"
)

// guarded sets what every answer has, those of faces and routes to come too. No
// browser takes an answer for something else than it says it is, or tells others
// the address of what it shows, which may be the permission to look. Faces
// add to this what is theirs.
func guarded(next http.Handler) http.Handler {
	// The same values each time: this is done for every small picture.
	noSniffing, noReferrer := []string{"nosniff"}, []string{"no-referrer"}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["X-Content-Type-Options"] = noSniffing
		h["Referrer-Policy"] = noReferrer
		next.ServeHTTP(w, r)
	})
}

// serveHTTP answers until ctx is cancelled, and for s.Drain after that, in which
// proxies learn from /readyz to ask others. Then it takes no more requests, calls
// onStop, and lets the requests under way finish.
func serveHTTP(ctx context.Context, listener net.Listener, handler http.Handler, s settings, log *slog.Logger, onStop ...func()) error {
	server := &http.Server{
		Handler:           leaving(ctx, handler),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      5 * time.Minute, // a slow phone reading a large original
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	for _, fn := range onStop {
		server.RegisterOnShutdown(fn)
	}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		log.Info("stopping", "drain", s.Drain, "grace", s.Grace)
		time.Sleep(s.Drain)
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.Grace)
		defer cancel()
		stopped <- server.Shutdown(limit)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	if err := <-stopped; errors.Is(err, context.DeadlineExceeded) {
		return server.Close() // whoever still reads after the grace period is cut off
	}
	return nil
}

// leaving ends each connection with the next answer on it once ctx is cancelled:
// a request that comes on an idle connection while the server closes it is lost.
func leaving(ctx context.Context, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ctx.Err() != nil {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// ready answers 200 while this server should be sent requests, and says what is
// unlocked of sandbox.Missing: a person should know, and the requests may come.
func ready(serving context.Context, w http.ResponseWriter, r *http.Request, db *store.DB, unlocked []string, log *slog.Logger) {
	if serving.Err() != nil {
		answer(w, http.StatusServiceUnavailable, "stopping")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := db.Ping(ctx); err != nil {
		log.Error("not ready", "err", err)
		answer(w, http.StatusServiceUnavailable, "the database does not answer")
		return
	}
	text := "ok"
	if len(unlocked) > 0 {
		text += "\nnot locked in by: " + strings.Join(unlocked, ", ")
	}
	answer(w, http.StatusOK, text)
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, text)
}
