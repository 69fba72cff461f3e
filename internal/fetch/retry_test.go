package fetch

import (
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	t.Parallel()
	middle := []time.Duration{10 * time.Second, 10 * time.Second, 40 * time.Second, 150 * time.Second, 6 * time.Minute, 6 * time.Minute}
	for try, want := range middle {
		low, mid, high := Backoff(try, 0), Backoff(try, 0.5), Backoff(try, 0.999999)
		if mid != want || low != want*8/10 || high <= mid || high > want*12/10 {
			t.Errorf("Backoff(%d) is %v, %v, %v; want %v ± 20%%", try, low, mid, high, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                                  0,
		"0":                                 0,
		"120":                               2 * time.Minute,
		"86401":                             maxRetryAfter,
		"9223372036854775807":               maxRetryAfter,
		"99999999999999999999":              0,
		"-5":                                0,
		"1.5":                               0,
		"soon":                              0,
		"Wed, 01 Jul 2026 12:00:30 GMT":     30 * time.Second,
		"Wednesday, 01-Jul-26 12:00:30 GMT": 30 * time.Second,
		"Wed Jul  1 12:00:30 2026":          30 * time.Second,
		"Wed, 01 Jul 2026 11:59:30 GMT":     0,
		"Fri, 31 Dec 9999 23:59:59 GMT":     maxRetryAfter,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("retryAfter(%q) = %v, want %v", value, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, value := range []string{"", "120", "9223372036854775807", "Wed, 01 Jul 2026 12:00:30 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		f.Add(value)
	}
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		if got := retryAfter(value, now); got < 0 || got > maxRetryAfter {
			t.Errorf("retryAfter(%q) = %v, out of bounds", value, got)
		}
	})
}
