package listingsapi

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
	method string
	query  string         // as it was sent
	route  string         // the path's template, "" for none
	caller gallery.Caller // zero before the key was checked
}

type exchangeKey struct{}

// exchangeOf is the exchange of a request that came through observe.
func exchangeOf(r *http.Request) *exchange { return exchangeIn(r.Context()) }

func exchangeIn(ctx context.Context) *exchange {
	return ctx.Value(exchangeKey{}).(*exchange)
}

// accountOf is the account that a guarded operation acts for.
func accountOf(ctx context.Context) vitrine.Account { return exchangeIn(ctx).caller.Account }

// observe logs one line for each request and turns a panic into the contract's
// 500.
func (a *api) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := a.now()
		x := &exchange{method: r.Method, query: r.URL.RawQuery}
		answer := &answerWriter{ResponseWriter: w}
		r = r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))

		defer func() {
			a.log.InfoContext(r.Context(), "request", "method", r.Method, "route", x.route,
				"status", answer.status, "duration", a.now().Sub(started), "account", x.caller.Account.ID)
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
	a.log.ErrorContext(r.Context(), "request panicked", "method", r.Method, "route", exchangeOf(r).route,
		"err", cause, "stack", string(debug.Stack()))
	if w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	a.writeError(w, r, refusal(vitrine.CodeInternal, "Internal server error"))
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
