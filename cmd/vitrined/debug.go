package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"
)

// openDebug listens at the address of --debug-listen; nil without one.
func openDebug(ctx context.Context, s settings) (net.Listener, error) {
	if s.DebugListen == "" {
		return nil, nil
	}
	return (&net.ListenConfig{}).Listen(ctx, "tcp", s.DebugListen)
}

// serveDebug answers whoever runs the server, and nobody else, until ctx is
// cancelled. Nothing of it is on the address of --listen. A nil listener is left
// alone.
func serveDebug(ctx context.Context, listener net.Listener, level *slog.LevelVar, log *slog.Logger) error {
	if listener == nil {
		return nil
	}
	server := &http.Server{
		Handler:           debugPages(level, log),
		ReadHeaderTimeout: 10 * time.Second, // and none for the answer: a profile takes as long as was asked
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() }) // a profile under way is not waited for
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// debugPages are the profiles of net/http/pprof, and the level of the log.
func debugPages(level *slog.LevelVar, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /debug/loglevel", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, strings.ToLower(level.Level().String()))
	})
	mux.HandleFunc("PUT /debug/loglevel", func(w http.ResponseWriter, r *http.Request) { setLevel(w, r, level, log) })
	return mux
}

// maxLevelBytes is what is read of the name of a level.
const maxLevelBytes = 64

// setLevel has the log be of the level that the body names, until it is set
// again or the server ends.
func setLevel(w http.ResponseWriter, r *http.Request, level *slog.LevelVar, log *slog.Logger) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxLevelBytes))
	if err != nil {
		answer(w, http.StatusBadRequest, "the body could not be read")
		return
	}
	var name string
	if err := oneOf(&name, logLevels...).set(strings.TrimSpace(string(body))); err != nil {
		answer(w, http.StatusBadRequest, fmt.Sprintf("the level %v", err))
		return
	}
	before, after := level.Level(), parseLevel(name)
	level.Set(min(before, after, slog.LevelWarn)) // so that this is seen
	log.WarnContext(r.Context(), "log level changed", "from", before, "to", after)
	level.Set(after)
	answer(w, http.StatusOK, name)
}

// logLevels are the names of the levels, in the settings and at /debug/loglevel.
var logLevels = []string{"debug", "info", "warn", "error"}

// parseLevel is the level of one of logLevels.
func parseLevel(name string) (level slog.Level) {
	_ = level.UnmarshalText([]byte(name)) // it knows all of logLevels
	return level
}
