package fetch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Room is told how many bytes there may be, before any is written.
func TestRoom(t *testing.T) {
	t.Parallel()
	origin := newOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/chunked" {
			_ = http.NewResponseController(w).Flush()
		}
		_, _ = io.WriteString(w, "1234567")
	})
	bounds := func(most int64) func([]byte) (int64, time.Duration) {
		return func([]byte) (int64, time.Duration) { return most, time.Minute }
	}
	errFull := errors.New("no room")
	for _, row := range []struct {
		what    string
		request Request
		want    int64
	}{
		{"announced", Request{URL: "/photo", MaxBytes: 100}, 7},
		{"not announced", Request{URL: "/chunked", MaxBytes: 100}, 100},
		{"announced, with bounds", Request{URL: "/photo", MaxBytes: 100, Bounds: bounds(50)}, 7},
		{"not announced, with bounds", Request{URL: "/chunked", MaxBytes: 100, Bounds: bounds(50)}, 50},
		{"a page", Request{URL: "/chunked", MaxBytes: 1, Page: true}, pageBytes},
		{"a short page", Request{URL: "/photo", MaxBytes: 1, Page: true}, 7},
		{"a page by its bounds", Request{URL: "/chunked", MaxBytes: 100, Bounds: bounds(0)}, pageBytes},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			for _, refused := range []error{nil, errFull} {
				var out bytes.Buffer
				var told []int64
				begun := false
				request := row.request
				request.URL = origin.URL + request.URL
				request.Begin = func(context.Context) error { begun = true; return nil }
				request.Room = func(n int64) error {
					if told = append(told, n); !begun || out.Len() > 0 {
						t.Errorf("begun: %t, with %d bytes written", begun, out.Len())
					}
					return refused
				}
				_, err := newFetcher(t, nil).Fetch(t.Context(), request, &out)
				if !errors.Is(err, refused) || (out.String() == "1234567") != (refused == nil) {
					t.Errorf("got %q, %v", out.String(), err)
				}
				if len(told) != 1 || told[0] != row.want {
					t.Errorf("Room was told %d, want %d", told, row.want)
				}
			}
		})
	}
}

// What can't be written is no fault of the origin, and its reason is kept.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	origin := newOrigin(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 5000)) })
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []bool{false, true} {
		_, err := newFetcher(t, nil).Fetch(t.Context(), Request{URL: origin.URL, Page: page}, full)
		if _, ofOrigin := errors.AsType[*Error](err); !errors.Is(err, syscall.ENOSPC) || ofOrigin {
			t.Errorf("page %t: %v", page, err)
		}
	}
	if err := full.Close(); err != nil {
		t.Error(err)
	}
}
