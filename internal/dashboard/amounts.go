package dashboard

import (
	"fmt"
	"time"
)

// ago tells how long ago something was, roughly; the page gives the exact time
// beside it.
func (w *words) ago(at, now time.Time) string {
	if at.IsZero() {
		return "–"
	}
	switch since := now.Sub(at); {
	case since < time.Minute:
		return w.JustNow
	case since < time.Hour:
		return fmt.Sprintf(w.MinutesAgo, int(since.Minutes()))
	case since < 48*time.Hour:
		return fmt.Sprintf(w.HoursAgo, int(since.Hours()))
	default:
		return fmt.Sprintf(w.DaysAgo, int(since.Hours()/24))
	}
}

// span tells how long something takes, roughly.
func (w *words) span(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf(w.SpanSeconds, int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf(w.SpanMinutes, int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf(w.SpanHours, int(d.Hours()))
	default:
		return fmt.Sprintf(w.SpanDays, int(d.Hours()/24))
	}
}

// moment is a time as pages show it.
type moment struct {
	Ago   string // "5 min ago"
	Exact string // for people
	ISO   string // for programs, RFC 3339
}

func (w *words) moment(at, now time.Time) moment {
	m := moment{Ago: w.ago(at, now)}
	if !at.IsZero() {
		m.Exact, m.ISO = at.UTC().Format(w.DateTime), at.UTC().Format(time.RFC3339)
	}
	return m
}

// size tells bytes in decimal units, as the contracts do.
func size(bytes int64) string {
	switch {
	case bytes >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	case bytes >= 1e3:
		return fmt.Sprintf("%.0f kB", float64(bytes)/1e3)
	}
	return fmt.Sprintf("%d B", bytes)
}

// pixels tells a picture's size, "" when it isn't known.
func pixels(width, height int) string {
	if width == 0 || height == 0 {
		return ""
	}
	return fmt.Sprintf("%d × %d", width, height)
}
