package fetch

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
)

// How a body begins decides how much of it is wanted, and for how long.
func TestBounds(t *testing.T) {
	t.Parallel()
	long := "video" + strings.Repeat("x", 5000)
	origin := newOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/video":
			_, _ = io.WriteString(w, long)
		case "/photo":
			_, _ = io.WriteString(w, "photo")
		case "/page":
			_, _ = io.WriteString(w, "page"+long)
		case "/slow":
			_, _ = io.WriteString(w, long)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}
	})
	for _, row := range []struct {
		path    string
		most    int64
		timeout time.Duration
		want    string
		code    vitrine.FailureCode
	}{
		{"/video", 6000, time.Minute, long, ""},
		{"/video", 4000, time.Minute, "", vitrine.TooLarge},
		{"/photo", 5, time.Minute, "photo", ""},
		{"/page", 0, time.Minute, "page" + long, ""},
		{"/slow", 0, 50 * time.Millisecond, "", vitrine.SourceTimeout},
		{"/slow", 6000, 50 * time.Millisecond, "", vitrine.SourceTimeout},
	} {
		t.Run(row.path, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			var told string
			_, err := newFetcher(t, nil).Fetch(t.Context(), Request{
				URL: origin.URL + row.path, MaxBytes: 1 << 20, Timeout: time.Minute,
				Bounds: func(head []byte) (int64, time.Duration) {
					told = string(head)
					return row.most, row.timeout
				},
			}, &out)
			var code vitrine.FailureCode
			if refused, ok := errors.AsType[*Error](err); ok {
				code = refused.Failure.Code
			} else if err != nil {
				t.Fatal(err)
			}
			if code != row.code || code == "" && out.String() != row.want {
				t.Errorf("code %q, %d bytes; want %q, %d bytes", code, out.Len(), row.code, len(row.want))
			}
			if len(told) == 0 || len(told) > headBytes {
				t.Errorf("Bounds was told %d bytes", len(told))
			}
		})
	}
}
