package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/client"
)

// patient is a server for doctor to look at; each field that is set makes
// something wrong.
type patient struct {
	health   string        // what /healthz says
	ready    string        // what /readyz says, "!" before it: with 503
	ahead    time.Duration // of its clock
	dateless bool
	refusal  string // of the key: "status code"
	version  string
	left     string // of the rate
	otherAPI int    // what the Classifieds API answers
}

func (p patient) start(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(p.health + "\n")) })
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) {
		text, down := strings.CutPrefix(p.ready, "!")
		if down {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = w.Write([]byte(text + "\n"))
	})
	mux.HandleFunc("/api/v1/agency", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-RateLimit-Limit", "300")
		w.Header().Set("X-RateLimit-Remaining", p.left)
		switch p.refusal {
		case "":
			answer(w, client.Agency{ID: 7, Name: "linden", Version: p.version, Limits: client.Limits{
				MinPhotos: 3, MaxPhotos: 20, MaxVideos: 3, MaxFiles: 100, MaxPhotoBytes: 50_000_000, MaxVideoBytes: 500_000_000, MaxVideoSeconds: 180,
				MaxPixels: 100_000_000, MaxSidePx: 16_000, MaxBodyBytes: 512 << 10, RatePerMinute: 300, BulkPerMinute: 30,
			}})
		case "unauthorized":
			refuse(w, http.StatusUnauthorized, p.refusal, "Invalid API key")
		case "internal":
			refuse(w, http.StatusInternalServerError, p.refusal, "Internal server error")
		default:
			refuse(w, http.StatusForbidden, p.refusal, "No")
		}
	})
	mux.HandleFunc("/caas/v4/classifieds", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer good" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(p.otherAPI)
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(p.ahead).UTC().Format(http.TimeFormat))
		if p.dateless {
			w.Header()["Date"] = nil
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// sound is a server with which nothing is wrong.
func sound() patient {
	return patient{health: "ok", ready: "ok", version: version, left: "299", otherAPI: http.StatusOK}
}

var (
	milliseconds = regexp.MustCompile(`\d+ ms`)
	localServer  = regexp.MustCompile(`127\.0\.0\.1:\d+`)
)

func TestDoctor(t *testing.T) {
	t.Parallel()
	ill := sound()
	ill.ahead, ill.ready, ill.version, ill.left, ill.otherAPI = -3*time.Hour, "!the database does not answer", "v9", "3", http.StatusNotFound
	for name, p := range map[string]patient{"doctor-well": sound(), "doctor-ill": ill} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := vitrineRun(t.Context(), map[string]string{"VITRINE_SERVER": p.start(t), "VITRINE_KEY": "good"}, "doctor")
			got.stdout = localServer.ReplaceAllString(milliseconds.ReplaceAllString(got.stdout, "# ms"), "127.0.0.1:8080")
			golden(t, name, got)
		})
	}
}

// Each thing that can be found, with its standing.
func TestDoctorFindings(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(nil)
	gone.Close()
	with := func(change func(*patient)) string {
		p := sound()
		change(&p)
		return p.start(t)
	}
	for name, row := range map[string]struct {
		server, key string
		code        int
		want        string // "what standing", joined
	}{
		"well":           {with(func(*patient) {}), "good", exitOK, "server ok, clock ok, ready ok, key ok, version ok, rate ok, classifieds ok"},
		"no address":     {"photos.example.com", "good", exitFailed, "address wrong"},
		"nobody there":   {gone.URL, "good", exitFailed, "server wrong"},
		"no such name":   {"https://photos.invalid", "good", exitFailed, "server wrong"},
		"another server": {with(func(p *patient) { p.health = "<html>" }), "good", exitFailed, "server wrong"},
		"no key":         {with(func(*patient) {}), "", exitFailed, "server ok, clock ok, ready ok, key wrong"},
		"unknown key":    {with(func(p *patient) { p.refusal = "unauthorized" }), "good", exitFailed, "server ok, clock ok, ready ok, key wrong"},
		"suspended":      {with(func(p *patient) { p.refusal = "suspended" }), "good", exitFailed, "server ok, clock ok, ready ok, key wrong"},
		"broken":         {with(func(p *patient) { p.refusal = "internal" }), "good", exitFailed, "server ok, clock ok, ready ok, key wrong"},
		"other scopes":   {with(func(p *patient) { p.refusal = "forbidden" }), "good", exitOK, "server ok, clock ok, ready ok, key doubt, classifieds ok"},
		"clock off":      {with(func(p *patient) { p.ahead = time.Minute * 2 }), "good", exitOK, "server ok, clock doubt, ready ok, key ok, version ok, rate ok, classifieds ok"},
		"no clock":       {with(func(p *patient) { p.dateless = true }), "good", exitOK, "server ok, clock doubt, ready ok, key ok, version ok, rate ok, classifieds ok"},
		"unlocked":       {with(func(p *patient) { p.ready = "ok\nnot locked in by: landlock" }), "good", exitOK, "server ok, clock ok, ready doubt, key ok, version ok, rate ok, classifieds ok"},
		"old server":     {with(func(p *patient) { p.version, p.left = "", "" }), "good", exitOK, "server ok, clock ok, ready ok, key ok, version doubt, classifieds ok"},
		"one API":        {with(func(p *patient) { p.otherAPI = http.StatusForbidden }), "good", exitOK, "server ok, clock ok, ready ok, key ok, version ok, rate ok, classifieds doubt"},
		"other API ill":  {with(func(p *patient) { p.otherAPI = http.StatusBadGateway }), "good", exitFailed, "server ok, clock ok, ready ok, key ok, version ok, rate ok, classifieds wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := vitrineRun(t.Context(), map[string]string{"VITRINE_SERVER": row.server, "VITRINE_KEY": row.key}, "--json", "doctor")
			var d diagnosis
			if err := json.Unmarshal([]byte(got.stdout), &d); err != nil {
				t.Fatalf("%v in %+v", err, got)
			}
			var standings []string
			for _, c := range d.Checks {
				standings = append(standings, c.What+" "+string(c.Standing))
				if c.Says == "" || (c.Remedy == "") != (c.Standing == well) {
					t.Errorf("%+v", c)
				}
			}
			if diff := cmp.Diff(row.want, strings.Join(standings, ", ")); diff != "" || got.code != row.code || d.Well != (row.code == exitOK) {
				t.Errorf("exit %d, well %v (-want +got)\n%s", got.code, d.Well, diff)
			}
		})
	}
}
