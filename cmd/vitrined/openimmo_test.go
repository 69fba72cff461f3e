package main

import (
	"archive/zip"
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/client"
)

// agent is an agent's program that sends transfers by the command line.
type agent struct {
	program string
	server  *server
	key     string
}

func newAgent(t *testing.T, s *server) *agent {
	t.Helper()
	a := &agent{program: filepath.Join(t.TempDir(), "vitrine"), server: s, key: s.key(t)}
	if said, err := exec.CommandContext(t.Context(), "go", "build", "-o", a.program, "../vitrine").CombinedOutput(); err != nil {
		t.Fatalf("build vitrine: %v\n%s", err, said)
	}
	return a
}

// imported is what vitrine import openimmo --json says.
type imported struct {
	Listings []struct {
		ExternalID, Outcome, Error string
		Uploaded                   int
	}
	Findings []struct {
		Line              int
		Severity, Message string
	}
}

// outcomes are the listings in one line each.
func (i imported) outcomes() (all []string) {
	for _, l := range i.Listings {
		all = append(all, fmt.Sprintf("%s %s, %d uploaded", l.ExternalID, l.Outcome, l.Uploaded))
	}
	return all
}

// transfer sends an archive of that XML and those files, which has to end with
// that exit code.
func (a *agent) transfer(t *testing.T, code int, xml string, files map[string][]byte, flags ...string) imported {
	t.Helper()
	name := filepath.Join(t.TempDir(), "transfer.zip")
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	add := func(name string, content []byte) {
		entry, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	add("openimmo.xml", []byte(xml))
	for name, content := range files {
		add(name, content)
	}
	if err := errors.Join(w.Close(), os.WriteFile(name, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), a.program, append([]string{"import", "openimmo", name, "--json", "--wait", "--server", a.server.base, "--key", a.key}, flags...)...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || exit.ExitCode() != code) || err == nil && code != 0 {
		t.Fatalf("the import ends with %v, want %d\n%s%s", err, code, &stdout, &stderr)
	}
	var i imported
	if err := json.Unmarshal(stdout.Bytes(), &i); err != nil {
		t.Fatalf("%v in %s", err, &stdout)
	}
	return i
}

// openImmo is a transfer of one provider.
func openImmo(scope string, listings ...string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<openimmo><uebertragung art="ONLINE" umfang="` + scope + `" version="1.2.7"/><anbieter><openimmo_anid>LINDEN</openimmo_anid>
` + strings.Join(listings, "\n") + `
</anbieter></openimmo>`
}

func immobilie(id, action string, attachments ...string) string {
	return "<immobilie><anhaenge>\n" + strings.Join(attachments, "\n") + "\n</anhaenge><verwaltung_techn><aktion aktionart=\"" + action + "\"/><openimmo_obid>" + id + "</openimmo_obid></verwaltung_techn></immobilie>"
}

func anhang(group, path, check string) string {
	return `<anhang location="EXTERN" gruppe="` + group + `"><anhangtitel>` + group + `</anhangtitel><format>jpg</format>` + check + `<daten><pfad>` + path + `</pfad></daten></anhang>`
}

func check(kind, value string) string { return `<check ctype="` + kind + `">` + value + `</check>` }

func sumOf(content []byte) string { return fmt.Sprintf("%x", md5.Sum(content)) }

// sizes are the bytes of a listing's files, in order: they tell which they are.
func sizes(t *testing.T, c *client.Client, externalID string) (all []int64) {
	t.Helper()
	listing, err := c.ListingByExternalID(t.Context(), externalID)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range listing.Files {
		all = append(all, f.Size)
	}
	return all
}

func same[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// TestImportOpenImmo sends transfers as an agent's program does from day to day.
func TestImportOpenImmo(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t))
	a := newAgent(t, s)
	c := client.New(s.base, a.key)
	o := newOrigin(t)
	kitchen, front, hall := photo(t, 1, 640, 480), photo(t, 2, 641, 480), photo(t, 3, 642, 480)
	garden := photo(t, 4, 643, 480)
	url := o.serve("/garden.jpg", garden)
	size := func(photos ...[]byte) (all []int64) {
		for _, p := range photos {
			all = append(all, int64(len(p)))
		}
		return all
	}
	flat := func(frontAt, gardenTag string) []string {
		return []string{
			anhang("BILD", "kitchen.jpg", check("MD5", sumOf(kitchen))),
			anhang("TITELBILD", "front.jpg", check("DATETIME", frontAt)),
			anhang("BILD", "hall.jpg", ""),
			anhang("DOKUMENTE", "expose.pdf", ""),
			anhang("AUSSENANSICHTEN", url, check("ETAG", gardenTag)),
		}
	}
	all := map[string][]byte{"kitchen.jpg": kitchen, "front.jpg": front, "hall.jpg": hall}
	house := immobilie("HOUSE", "CHANGE", anhang("BILD", "kitchen.jpg", ""), anhang("BILD", "front.jpg", ""), anhang("BILD", "hall.jpg", ""))

	first := openImmo("VOLL", immobilie("FLAT", "CHANGE", flat("2026-11-20T08:00:00", "1")...), house)
	got := a.transfer(t, 0, first, all)
	same(t, "the first time", []string{"FLAT created, 3 uploaded", "HOUSE created, 3 uploaded"}, got.outcomes())
	same(t, "files", size(front, kitchen, hall, garden), sizes(t, c, "FLAT"))
	if len(got.Findings) != 1 || !strings.Contains(got.Findings[0].Message, "expose.pdf (gruppe \"DOKUMENTE\") is left out") || got.Findings[0].Line != 7 {
		t.Errorf("findings: %+v", got.Findings)
	}
	listing, err := c.ListingByExternalID(t.Context(), "FLAT")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "status", "active", string(listing.Status()))
	const fields = `{"provider":"LINDEN","media":[{"gruppe":"TITELBILD","mediaType":"PICTURE","category":"COVER_PICTURE","title":"TITELBILD"},` +
		`{"gruppe":"BILD","mediaType":"PICTURE","title":"BILD"},{"gruppe":"BILD","mediaType":"PICTURE","title":"BILD"},` +
		`{"gruppe":"AUSSENANSICHTEN","mediaType":"PICTURE","category":"OUTSIDE_VIEW","title":"AUSSENANSICHTEN"}]}`
	var want, have any
	if err := errors.Join(json.Unmarshal([]byte(fields), &want), json.Unmarshal(listing.FormData["openimmo"], &have)); err != nil {
		t.Fatal(err)
	}
	same(t, "fields", want, have)

	again := a.transfer(t, 0, first, all)
	same(t, "again", []string{"FLAT unchanged, 0 uploaded", "HOUSE unchanged, 0 uploaded"}, again.outcomes())
	// Senders leave out what they have sent: the checks stand for it.
	light := a.transfer(t, 0, openImmo("TEIL", immobilie("FLAT", "CHANGE", flat("2026-11-20T08:00:00", "1")...)), map[string][]byte{"hall.jpg": hall})
	same(t, "without the files", []string{"FLAT unchanged, 0 uploaded"}, light.outcomes())
	if n := o.count("/garden.jpg"); n != 1 {
		t.Errorf("the remote photo was fetched %d times, want once", n)
	}

	newFront := photo(t, 5, 645, 480)
	changed := a.transfer(t, 0, openImmo("TEIL", immobilie("FLAT", "CHANGE", flat("2026-11-21T09:30:00", "1")...)), map[string][]byte{"front.jpg": newFront, "hall.jpg": hall})
	same(t, "one check changed", []string{"FLAT updated, 1 uploaded"}, changed.outcomes())
	same(t, "files with the new one", size(newFront, kitchen, hall, garden), sizes(t, c, "FLAT"))
	files := flat("2026-11-21T09:30:00", "2")
	files[0], files[2], files[4] = files[4], files[0], files[2]
	moved := a.transfer(t, 0, openImmo("TEIL", immobilie("FLAT", "CHANGE", files...)), map[string][]byte{"hall.jpg": hall})
	same(t, "another order", []string{"FLAT updated, 0 uploaded"}, moved.outcomes())
	same(t, "files in the new order", size(newFront, garden, kitchen, hall), sizes(t, c, "FLAT"))
	if n := o.count("/garden.jpg"); n != 2 {
		t.Errorf("the remote photo was fetched %d times, want again after its check changed", n)
	}

	// What can't be had keeps the listing as it is.
	lost := a.transfer(t, 1, openImmo("TEIL", immobilie("FLAT", "CHANGE", flat("2026-11-22T00:00:00", "2")...)), map[string][]byte{"hall.jpg": hall})
	same(t, "a file is missing", []string{"FLAT not sent, 0 uploaded"}, lost.outcomes())
	if len(lost.Findings) != 2 || lost.Findings[0].Severity != "error" || lost.Findings[0].Line != 5 || !strings.Contains(lost.Findings[0].Message, "front.jpg is not in the archive") {
		t.Errorf("findings: %+v", lost.Findings)
	}
	same(t, "files after that", size(newFront, garden, kitchen, hall), sizes(t, c, "FLAT"))
	few := a.transfer(t, 1, openImmo("TEIL", immobilie("SMALL", "CHANGE", anhang("BILD", "hall.jpg", ""), anhang("BILD", "front.jpg", ""), anhang("BILD", "front.jpg", ""))), all)
	if len(few.Findings) != 2 || !strings.Contains(few.Findings[0].Message, "2 pictures, and at least 3 are needed") || !strings.Contains(few.Findings[1].Message, "the same file before it") {
		t.Errorf("findings: %+v", few.Findings)
	}
	// Sold, with the same bytes in the XML of which one was in the archive, and one
	// that is new.
	sold := a.transfer(t, 0, openImmo("TEIL", immobilie("HOUSE", "REFERENZ",
		anhang("BILD", "kitchen.jpg", ""), anhang("BILD", "front.jpg", ""), intern(hall), intern(newFront))), all)
	same(t, "a reference", []string{"HOUSE updated, 1 uploaded"}, sold.outcomes())
	wait(t, "the files of the reference", func() bool { // for which there is no job
		return slices.Equal(size(kitchen, front, hall, newFront), sizes(t, c, "HOUSE"))
	})
	if listing, err = c.ListingByExternalID(t.Context(), "HOUSE"); err != nil || listing.Status() != "completed" {
		t.Errorf("the reference is %s, %v", listing.Status(), err)
	}

	a.deletes(t, c, house, all)
}

// intern is an attachment in the XML.
func intern(content []byte) string {
	return `<anhang location="INTERN" gruppe="BILD"><format>image/jpeg</format><daten><anhanginhalt>` + base64.StdEncoding.EncodeToString(content) + `</anhanginhalt></daten></anhang>`
}

// deletes takes the listings away: by a full transfer without them, and by the
// aktion.
func (a *agent) deletes(t *testing.T, c *client.Client, house string, files map[string][]byte) {
	t.Helper()
	own, err := c.PutListing(t.Context(), client.ListingInput{ExternalID: "by another way"})
	if err != nil {
		t.Fatal(err)
	}
	flat, err := c.ListingByExternalID(t.Context(), "FLAT")
	if err != nil {
		t.Fatal(err)
	}
	told := a.transfer(t, 0, openImmo("VOLL", house), files)
	if len(told.Findings) != 1 || !strings.Contains(told.Findings[0].Message, "listing FLAT is not in it") {
		t.Errorf("findings: %+v", told.Findings)
	}
	full := a.transfer(t, 0, openImmo("VOLL", house), files, "--delete-missing")
	same(t, "a full transfer", []string{"HOUSE unchanged, 0 uploaded", "FLAT deleted, 0 uploaded"}, full.outcomes())
	for _, f := range flat.Files {
		if _, err := c.Media(t.Context(), f.ID); !isStatus(err, http.StatusNotFound) {
			t.Errorf("file %d of the deleted listing: %v", f.ID, err)
		}
	}
	if _, err := c.Listing(t.Context(), own.ID); err != nil {
		t.Errorf("the listing that came another way: %v", err)
	}
	for _, outcome := range []string{"deleted", "was not there"} {
		gone := a.transfer(t, 0, openImmo("TEIL", immobilie("HOUSE", "DELETE")), nil)
		same(t, "the aktion DELETE", []string{"HOUSE " + outcome + ", 0 uploaded"}, gone.outcomes())
	}
}

func isStatus(err error, status int) bool {
	refusal, ok := errors.AsType[*client.Error](err)
	return ok && refusal.StatusCode == status
}
