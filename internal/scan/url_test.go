package scan

import (
	"strings"
	"testing"
	"time"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	tests := []struct{ url, network, address string }{
		{"clamav://clamd.example.com:3310", "tcp", "clamd.example.com:3310"},
		{"clamav://[::1]:65535", "tcp", "[::1]:65535"},
		{"clamav:///run/clamav/clamd.ctl", "unix", "/run/clamav/clamd.ctl"},
		{"clamav:///run/with%20space", "unix", "/run/with space"},
	}
	for _, tt := range tests {
		s, err := Open(tt.url, Config{})
		if err != nil {
			t.Errorf("%s: %v", tt.url, err)
			continue
		}
		if s.network != tt.network || s.address != tt.address {
			t.Errorf("%s: dials %s %s, want %s %s", tt.url, s.network, s.address, tt.network, tt.address)
		}
	}
}

func TestOpenError(t *testing.T) {
	t.Parallel()
	tests := []struct{ url, want string }{
		{"", `scheme "" is unknown`},
		{"http://clamd:3310", `scheme "http" is unknown`},
		{"clamd:3310", `scheme "clamd" is unknown`},
		{"clamav://", "want clamav://HOST:PORT"},
		{"clamav:///", "want clamav://HOST:PORT"},
		{"clamav:clamd", "want clamav://HOST:PORT"},
		{"clamav://clamd", "port is missing"},
		{"clamav://clamd:", "port is missing"},
		{"clamav://clamd:0", "port 0"},
		{"clamav://clamd:65536", "port 65536"},
		{"clamav://clamd:high", "invalid port"},
		{"clamav://:3310", "host is missing"},
		{"clamav://clamd:3310/run/clamd.ctl", "a host and a path"},
		{"clamav://run/clamd.ctl", "a host and a path"},
		{"clamav://me:secret@clamd:3310", "a user"},
		{"clamav://clamd:3310?timeout=1s", "parameters"},
		{"clamav://clamd:3310?", "parameters"},
		{"clamav://clamd:3310#1", "fragment"},
		{"clamav://%zz:secret@clamd:3310", "not a URL"},
	}
	for _, tt := range tests {
		_, err := Open(tt.url, Config{})
		if err == nil {
			t.Errorf("%s: no error, want one with %q", tt.url, tt.want)
			continue
		}
		if !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: error %q, want one with %q and without secrets", tt.url, err, tt.want)
		}
	}
}

func TestOpenDefaults(t *testing.T) {
	t.Parallel()
	s, err := Open("clamav://clamd:3310", Config{})
	if err != nil {
		t.Fatal(err)
	}
	if want := (Config{ConnectTimeout: 5 * time.Second, IdleTimeout: time.Minute}); s.cfg != want {
		t.Errorf("%+v, want %+v", s.cfg, want)
	}
}
