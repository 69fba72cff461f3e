package classifiedsapi

import (
	"context"
	"errors"
	"net/http"
	"runtime/debug"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// exchange is what becomes known about a request on its way in.
type exchange struct {
	trace  trace
	route  string         // the path's template, "" for none
	caller gallery.Caller // zero before the bearer was checked
}

type exchangeKey struct{}

// exchangeOf is the exchange of a request that came through observe.
func exchangeOf(r *http.Request) *exchange {
	return r.Context().Value(exchangeKey{}).(*exchange)
}

// observe takes a trace in or begins one, logs one line for each request, and
// turns a panic into the contract's 500.
func (a *api) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := a.now()
		x := &exchange{trace: traceOf(r.Header)}
		answer := &answerWriter{ResponseWriter: w}
		r = r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
		w.Header().Set("Traceparent", x.trace.String())
		w.Header().Set("X-Content-Type-Options", "nosniff")

		defer func() {
			a.log.InfoContext(r.Context(), "request", "method", r.Method, "route", x.route, "status", answer.status,
				"duration", a.now().Sub(started), "account", x.caller.Account.ID, "trace", x.trace.id)
		}()
		defer a.rescue(answer, r)
		next.ServeHTTP(answer, r)
	})
}

// rescue ends a panic of a handler. Of what went wrong the client learns
// nothing; an answer that has begun is cut off, so that nobody takes it for
// whole.
func (a *api) rescue(w *answerWriter, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(http.ErrAbortHandler)
	}
	x := exchangeOf(r)
	a.log.ErrorContext(r.Context(), "request panicked", "method", r.Method, "route", x.route, "trace", x.trace.id,
		"err", cause, "stack", string(debug.Stack()))
	if w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	a.refuse(w, r, refusal(vitrine.CodeInternal, "", ""))
}

// answerWriter remembers the status of an answer, 0 before it began.
type answerWriter struct {
	http.ResponseWriter
	status int
}

func (w *answerWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *answerWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
