package fetch

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vitrine-media/vitrine"
)

// A virtual tour is a page: whatever it holds, its answer counts.
func TestPage(t *testing.T) {
	t.Parallel()
	const html = "text/html; charset=utf-8"
	page := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", html)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for _, row := range []struct {
		name    string
		handler http.HandlerFunc
		want    Result
	}{
		{"page", page(200, "<html>"), Result{Status: 200, Bytes: 6, ContentType: html}},
		{"no type", raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), Result{Status: 200, Bytes: 2}},
		{"created", page(201, ""), Result{Status: 201, ContentType: html}},
		{"no content", page(204, ""), Result{Status: 204, ContentType: html}},
		{"partial", page(206, "<html>"), Result{Status: 206, Bytes: 6, ContentType: html}},
		{"large", page(200, strings.Repeat("<", 3*pageBytes)), Result{Status: 200, Bytes: pageBytes, ContentType: html}},
		{"announced large", raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n<html>"), Result{Status: 200, Bytes: 6}},
		{"cut off", raw(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\nxyz\r\n"), Result{Status: 200, Bytes: 5}},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/tour" {
				http.Redirect(w, r, "/tour", http.StatusFound)
				return
			}
			page(200, "<html>")(w, r)
		}, Result{Status: 200, Bytes: 6, ContentType: html}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			server := newOrigin(t, row.handler)
			var head strings.Builder
			got, err := newFetcher(t, nil).Fetch(t.Context(), Request{URL: server.URL, MaxBytes: 1, Page: true}, &head)
			if err != nil {
				t.Fatal(err)
			}
			if got.Header.Get("Content-Type") != row.want.ContentType || int64(head.Len()) != got.Bytes {
				t.Errorf("header %v, %d bytes written of %d", got.Header, head.Len(), got.Bytes)
			}
			wantURL := server.URL
			if row.name == "redirect" {
				wantURL += "/tour"
			}
			want := row.want
			want.Page, want.URL = true, wantURL
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Result{}, "Header")); diff != "" {
				t.Errorf("Fetch (-want +got):\n%s", diff)
			}
		})
	}
}

// An endless page ends for us; the origin is not kept busy with it.
func TestPageEndless(t *testing.T) {
	t.Parallel()
	hungUp := make(chan struct{})
	server := newOrigin(t, func(w http.ResponseWriter, _ *http.Request) {
		defer close(hungUp)
		for {
			if _, err := w.Write(photo); err != nil {
				return
			}
		}
	})
	result, err := newFetcher(t, nil).Fetch(t.Context(), Request{URL: server.URL, Page: true}, io.Discard)
	if err != nil || result.Bytes != pageBytes {
		t.Errorf("Fetch = %+v, %v; want %d bytes", result, err, pageBytes)
	}
	select {
	case <-hungUp:
	case <-time.After(time.Minute):
		t.Error("the connection is still open")
	}
}

func TestPageStatuses(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]vitrine.FailureCode{
		302: vitrine.SourceError, // without a Location
		401: vitrine.SourceRefused,
		404: vitrine.SourceNotFound,
		500: vitrine.SourceError,
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			server := newOrigin(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
			failed := mustFail(t, newFetcher(t, nil), Request{URL: server.URL, Page: true}, want, status == 500)
			if failed.Status != status {
				t.Errorf("status %d, want %d", failed.Status, status)
			}
		})
	}
}

func TestPageTimeouts(t *testing.T) {
	t.Parallel()
	const short, long = 3 * time.Second, time.Minute
	for _, row := range []struct {
		name        string
		answers     bool // stalls after ten bytes, before any answer otherwise
		idle, whole time.Duration
		detail      string
	}{
		{"hangs, idle", false, short, long, "no answer"},
		{"hangs, whole", false, long, short, "not complete after 3s"},
		{"stalls, idle", true, short, long, "nothing received for 3s, 10 bytes received"},
		{"stalls, whole", true, long, short, "not complete after 3s, 10 bytes received"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			server := newOrigin(t, func(w http.ResponseWriter, r *http.Request) {
				if row.answers {
					_, _ = io.WriteString(w, "0123456789")
					_ = http.NewResponseController(w).Flush()
				}
				<-r.Context().Done()
			})
			f := newFetcher(t, func(cfg *Config) { cfg.Limits.IdleTimeout = row.idle })
			failed := mustFail(t, f, Request{URL: server.URL, Timeout: row.whole, Page: true}, vitrine.SourceTimeout, true)
			if !strings.Contains(failed.Failure.Detail, row.detail) {
				t.Errorf("detail %q, want %q", failed.Failure.Detail, row.detail)
			}
		})
	}
}

func TestPageIsGuarded(t *testing.T) {
	t.Parallel()
	inside := newOrigin(t, func(http.ResponseWriter, *http.Request) { t.Error("reached") })
	f := newFetcher(t, func(cfg *Config) { cfg.Allow = nil })
	mustFail(t, f, Request{URL: inside.URL, Page: true}, vitrine.AddressForbidden, false)
	outside := newOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://10.0.0.1/", http.StatusFound)
	})
	mustFail(t, newFetcher(t, nil), Request{URL: outside.URL, Page: true}, vitrine.AddressForbidden, false)
}

// What a stranger names is for the public part of the network only.
func TestForeign(t *testing.T) {
	t.Parallel()
	inside := newOrigin(t, func(http.ResponseWriter, *http.Request) { t.Error("reached") })
	mustFail(t, newFetcher(t, nil), Request{URL: inside.URL, Foreign: true}, vitrine.AddressForbidden, false)
	byName := newFetcher(t, func(cfg *Config) { cfg.Allow, cfg.AllowHosts = nil, []string{"127.0.0.1"} })
	mustFail(t, byName, Request{URL: inside.URL, Foreign: true}, vitrine.AddressForbidden, false)
}
