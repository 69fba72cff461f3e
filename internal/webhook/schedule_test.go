package webhook_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/webhook"
)

// unspread is the random number that leaves a pause as the table has it.
const unspread = 0.5

func TestSchedule(t *testing.T) {
	t.Parallel()
	var total time.Duration
	var pauses []time.Duration
	for attempts := 1; ; attempts++ {
		pause, ok := webhook.Pause(attempts, webhook.Outcome{HTTPStatus: 500}, unspread)
		if !ok {
			if attempts != webhook.Attempts || pause != 0 {
				t.Errorf("it ends with %d attempts and a pause of %v, want %d and none", attempts, pause, webhook.Attempts)
			}
			break
		}
		total += pause
		pauses = append(pauses, pause)
	}
	const second, minute, hour = time.Second, time.Minute, time.Hour
	want := []time.Duration{5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour}
	if diff := cmp.Diff(want, pauses); diff != "" {
		t.Errorf("pauses (-want +got):\n%s", diff)
	}
	if total != 75*hour+35*minute+5*second {
		t.Errorf("the pauses add up to %v, want 75:35:05 as the specification has it", total)
	}
}

func TestPause(t *testing.T) {
	t.Parallel()
	const second, minute, hour = time.Second, time.Minute, time.Hour
	for _, row := range []struct {
		name     string
		attempts int
		out      webhook.Outcome
		random   float64
		want     time.Duration
		end      bool
	}{
		{name: "shortest", attempts: 2, random: 0, want: 270 * second},
		{name: "no answer", attempts: 2, random: unspread, want: 300 * second},
		{name: "longer", attempts: 2, random: 0.75, want: 315 * second},
		{name: "429", attempts: 2, out: webhook.Outcome{HTTPStatus: http.StatusTooManyRequests}, random: unspread, want: 10 * minute},
		{name: "502", attempts: 2, out: webhook.Outcome{HTTPStatus: http.StatusBadGateway}, random: 0, want: 9 * minute},
		{name: "504", attempts: 9, out: webhook.Outcome{HTTPStatus: http.StatusGatewayTimeout}, random: unspread, want: 48 * hour},
		{name: "503", attempts: 2, out: webhook.Outcome{HTTPStatus: http.StatusServiceUnavailable}, random: unspread, want: 5 * minute},
		{name: "Retry-After is longer", attempts: 1, out: webhook.Outcome{HTTPStatus: 503, RetryAfter: hour}, random: 0.9, want: hour},
		{name: "Retry-After is shorter", attempts: 2, out: webhook.Outcome{HTTPStatus: 503, RetryAfter: second}, random: unspread, want: 5 * minute},
		{name: "429 says how long", attempts: 2, out: webhook.Outcome{HTTPStatus: 429, RetryAfter: second}, random: unspread, want: 5 * minute},
		{name: "delivered", attempts: 1, out: webhook.Outcome{HTTPStatus: 200, Delivered: true}, end: true},
		{name: "gone", attempts: 1, out: webhook.Outcome{HTTPStatus: 410, Gone: true}, end: true},
		{name: "the last", attempts: 10, out: webhook.Outcome{HTTPStatus: 429, RetryAfter: hour}, end: true},
		{name: "one more than the last", attempts: 11, end: true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			pause, ok := webhook.Pause(row.attempts, row.out, row.random)
			if pause != row.want || ok == row.end {
				t.Errorf("Pause = %v, %v; want %v, %v", pause, ok, row.want, !row.end)
			}
		})
	}
}
