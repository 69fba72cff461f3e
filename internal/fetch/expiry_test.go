package fetch

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
)

// policy is a CloudFront custom policy that ends at epoch.
func policy(epoch string) string {
	text := `{"Statement":[{"Resource":"http*://cdn.example/*?>","Condition":{"DateLessThan":{"AWS:EpochTime":` + epoch + `}}}]}`
	return strings.NewReplacer("+", "-", "=", "_", "/", "~").Replace(base64.StdEncoding.EncodeToString([]byte(text)))
}

// signedAt are queries of URLs that all expire at 2026-07-01T12:00:00Z, which
// is 1782907200.
var signedAt = map[string]string{
	"S3":                "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260701T110000Z&X-Amz-Expires=3600&X-Amz-Signature=ab",
	"S3, lower case":    "x-amz-date=20260701T115959Z&x-amz-expires=1",
	"S3 of old":         "AWSAccessKeyId=AK&Expires=1782907200&Signature=a%2Bb",
	"Google":            "X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Date=20260630T120000Z&X-Goog-Expires=86400&X-Goog-Signature=ab",
	"Google of old":     "GoogleAccessId=me&Expires=1782907200&Signature=ab",
	"Azure":             "sv=2022-11-02&st=2026-07-01&se=2026-07-01T12%3A00%3A00Z&sr=b&sp=r&sig=ab",
	"Azure, zone":       "se=2026-07-01T14%3A00%3A00%2B02%3A00&sig=ab",
	"Azure, minutes":    "se=2026-07-01T12%3A00Z&sig=ab",
	"CloudFront":        "Expires=1782907200&Signature=ab&Key-Pair-Id=K",
	"CloudFront policy": "Policy=" + policy("1782907200") + "&Signature=ab&Key-Pair-Id=K",
	"nginx":             "md5=ab&expires=1782907200",
	"Bunny":             "token=ab&expires=1782907200",
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for name, query := range signedAt {
		if at, signed := expiry(&url.URL{RawQuery: query}); !signed || !at.Equal(want) {
			t.Errorf("%s: %v, %v; want %v", name, at, signed, want)
		}
	}
	if at, signed := expiry(&url.URL{RawQuery: "se=2026-07-01&sig=ab"}); !signed || !at.Equal(want.Add(-12*time.Hour)) {
		t.Errorf("Azure, day: %v, %v", at, signed)
	}
}

func TestNotSigned(t *testing.T) {
	t.Parallel()
	for _, query := range []string{
		"", "timestamp=1782907200", "Expires=1782907200", "Signature=ab", "Expires=0&Signature=ab", "Expires=-1&Signature=ab",
		"Expires=never&Signature=ab", "Expires=999999999999&Signature=ab", "se=2026-07-01", "se=tomorrow&sig=ab",
		"X-Amz-Date=20260701T110000Z", "X-Amz-Expires=3600", "X-Amz-Date=yesterday&X-Amz-Expires=3600",
		"X-Amz-Date=20260701T110000Z&X-Amz-Expires=-1", "X-Amz-Date=20260701T110000Z&X-Amz-Expires=99999999999999999999",
		"Policy=%21", "Policy=e30_", "Policy=" + policy("null"), "Policy=" + policy(`"soon"`),
	} {
		if at, signed := expiry(&url.URL{RawQuery: query}); signed {
			t.Errorf("%s: signed until %v, want not signed", query, at)
		}
	}
}

func TestExpiredURLs(t *testing.T) {
	t.Parallel()
	end := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		name   string
		past   time.Duration // of the expiry
		status int           // of the origin
		code   vitrine.FailureCode
		asked  int32
	}{
		{"long past", 2 * time.Minute, 200, vitrine.SourceURLExpired, 0},
		{"just past by our clock", 30 * time.Second, 200, "", 1},
		{"just past, 403", 30 * time.Second, 403, vitrine.SourceURLExpired, 1},
		{"just past, 410", 30 * time.Second, 410, vitrine.SourceURLExpired, 1},
		{"just past, 400", 30 * time.Second, 400, vitrine.SourceURLExpired, 1},
		{"just past, 404", 30 * time.Second, 404, vitrine.SourceNotFound, 1},
		{"nearly past, 403", -30 * time.Second, 403, vitrine.SourceURLExpired, 1},
		{"good for long, 403", -time.Hour, 403, vitrine.SourceRefused, 1},
		{"good for long, 410", -time.Hour, 410, vitrine.SourceNotFound, 1},
	} {
		for name, query := range signedAt {
			t.Run(row.name+" "+name, func(t *testing.T) {
				t.Parallel()
				var asked atomic.Int32
				server := newOrigin(t, func(w http.ResponseWriter, _ *http.Request) {
					asked.Add(1)
					w.WriteHeader(row.status)
				})
				f := newFetcher(t, func(cfg *Config) { cfg.Now = func() time.Time { return end.Add(row.past) } })
				req := Request{URL: server.URL + "/a.jpg?" + query}
				if row.code != "" {
					mustFail(t, f, req, row.code, false)
				} else if _, err := f.Fetch(t.Context(), req, io.Discard); err != nil {
					t.Error(err)
				}
				if got := asked.Load(); got != row.asked {
					t.Errorf("the origin was asked %d times, want %d", got, row.asked)
				}
			})
		}
	}
}

func FuzzExpiry(f *testing.F) {
	for _, query := range signedAt {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		at, signed := expiry(&url.URL{RawQuery: query})
		if !signed && !at.IsZero() {
			t.Errorf("expiry(%q) = %v, though not signed", query, at)
		}
		if signed && (at.Year() < 0 || at.Year() > 10_000+136) { // 136 years are 2^32 seconds
			t.Errorf("expiry(%q) = %v, out of bounds", query, at)
		}
	})
}
