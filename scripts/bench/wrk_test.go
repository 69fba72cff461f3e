package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestParseLoad(t *testing.T) {
	t.Parallel()
	got, err := parseLoad("Running 4s test @ http://127.0.0.1:1\n  2 threads and 64 connections\nLOAD 1200 4000000 3600000 3\nRequests/sec: 300.00\n")
	if want := (load{requests: 1200, took: 4 * time.Second, bytes: 3600000, errors: 3}); err != nil || got != want || got.perSecond() != 300 {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	if got, err := parseLoad("unable to connect\n"); err == nil {
		t.Errorf("of a run that came to nothing there is %+v", got)
	}
}

func TestWriteWrk(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "load.lua")
	if err := writeWrk(name, []ask{{path: "/v/a"}, {path: "/v/b", header: map[string]string{"If-None-Match": `"tag"`}}}); err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\t{\"/v/a\", {}},\n", "\t{\"/v/b\", {[\"If-None-Match\"] = \"\\\"tag\\\"\", }},\n", "at % #requests", "LOAD %d %d %d %d"} {
		if !strings.Contains(string(script), want) {
			t.Errorf("the script has no %q:\n%s", want, script)
		}
	}
}
