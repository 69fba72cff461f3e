package openimmo_test

import (
	"archive/zip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/openimmo"
)

// file is a file of an archive.
type file struct{ name, content string }

// pack makes an archive and gives its name.
func pack(t *testing.T, files ...file) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "transfer.zip")
	out, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(out)
	for _, f := range files {
		header := &zip.FileHeader{Name: f.name, Method: zip.Deflate, NonUTF8: true}
		entry, err := w.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(entry, f.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), out.Close()); err != nil {
		t.Fatal(err)
	}
	return name
}

func open(t *testing.T, files ...file) *openimmo.Archive {
	t.Helper()
	a, err := openimmo.Open(pack(t, files...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func listings(t *testing.T, a *openimmo.Archive) (all []openimmo.Listing) {
	t.Helper()
	if err := a.Each(func(l *openimmo.Listing) error {
		all = append(all, *l)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// sample is a file of testdata.
func sample(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// one is a transfer of one listing with that inside, from its line 2 on.
func one(inside string) string {
	return "<openimmo><uebertragung umfang='TEIL'/><anbieter><openimmo_anid>A</openimmo_anid><immobilie>\n" + inside + "</immobilie></anbieter></openimmo>"
}

func TestTransfer(t *testing.T) {
	t.Parallel()
	a := open(t, file{"openimmo.xml", sample(t, "transfer.xml")})
	if diff := cmp.Diff(openimmo.Transfer{Software: "Maklerbuch"}, a.Transfer); diff != "" {
		t.Errorf("transfer (-want +got):\n%s", diff)
	}
	providers := []openimmo.Provider{{Line: 11, ID: "20261120LINDEN", Listings: 2}, {Line: 71, ID: "4712", Listings: 1}}
	if diff := cmp.Diff(providers, a.Providers); diff != "" {
		t.Errorf("providers (-want +got):\n%s", diff)
	}
	want := []openimmo.Listing{
		{
			Line: 16, Provider: "20261120LINDEN", ID: "OBID20261120_77", Number: "W-77", Action: openimmo.Change,
			Attachments: []openimmo.Attachment{
				{Line: 28, Location: openimmo.Extern, Group: "TITELBILD", Title: "Ansicht", Format: "jpg", Path: "front.jpg",
					Check: openimmo.Check{Type: openimmo.CheckDateTime, Value: "2026-11-19T17:02:11"}},
				{Line: 21, Location: openimmo.Extern, Group: "BILD", Title: "Küche mit Fenster", Format: "image/jpeg", Path: `bilder\kueche.JPG`,
					Check: openimmo.Check{Type: openimmo.CheckMD5, Value: "d41d8cd98f00b204e9800998ecf8427e"}},
				{Line: 34, Location: openimmo.Extern, Group: "GRUNDRISS", Format: "png", Path: "plan.png"},
				{Line: 38, Location: openimmo.Extern, Group: "DOKUMENTE", Title: "Exposé", Format: "application/pdf", Path: "expose.pdf"},
				{Line: 43, Location: openimmo.Remote, Group: "FILMLINK", Format: "html", Path: "https://films.example/watch?v=1"},
				{Line: 47, Location: openimmo.Remote, Group: "BILD", Format: "jpg", Path: "https://photos.example/garten.jpg?w=1600&h=1200",
					Check: openimmo.Check{Type: openimmo.CheckETag, Value: `"5e-1"`}},
				{Line: 52, Location: openimmo.Intern, Group: "INNENANSICHTEN", Format: "gif", Content: []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00,")},
			},
		},
		{Line: 67, Provider: "20261120LINDEN", Number: "W-78", Action: openimmo.Delete},
		{Line: 74, Provider: "4712", ID: "OBID_H1", Number: "H-1", Action: openimmo.Reference},
	}
	if diff := cmp.Diff(want, listings(t, a)); diff != "" {
		t.Errorf("listings (-want +got):\n%s", diff)
	}
}

// Senders write a location that isn't so: the standard's own example has an INTERN
// file of the archive, and portals export pictures without any. A picture of the
// provider is none of a listing's.
func TestLocations(t *testing.T) {
	t.Parallel()
	a := open(t, file{"openimmo.xml", `<openimmo><uebertragung umfang="TEIL"/><anbieter><openimmo_anid>A</openimmo_anid>
<anhang location="EXTERN" gruppe="BILD"><daten><pfad>office.jpg</pfad></daten></anhang>
<immobilie><anhaenge>
<anhang location="INTERN" gruppe="TITELBILD"><anhangtitel >Front</anhangtitel ><daten><pfad >front.jpg</pfad ></daten></anhang>
<anhang location="" gruppe=""><format><![CDATA[]]></format><daten><pfad><![CDATA[https://photos.example/1.jpg?seal=a1]]></pfad></daten></anhang>
<anhang location="EXTERN" gruppe="BILD"><daten><pfad>https://photos.example/2.jpg</pfad></daten></anhang>
<anhang location="REMOTE" gruppe="BILD"><daten><pfad>3.jpg</pfad></daten></anhang>
</anhaenge><verwaltung_techn><objektnr_extern><![CDATA[8333]]></objektnr_extern></verwaltung_techn></immobilie></anbieter></openimmo>`})
	want := []openimmo.Listing{{
		Line: 3, Provider: "A", Number: "8333", Action: openimmo.Change,
		Attachments: []openimmo.Attachment{
			{Line: 4, Location: openimmo.Extern, Group: "TITELBILD", Title: "Front", Path: "front.jpg"},
			{Line: 5, Location: openimmo.Remote, Path: "https://photos.example/1.jpg?seal=a1"},
			{Line: 6, Location: openimmo.Remote, Group: "BILD", Path: "https://photos.example/2.jpg"},
			{Line: 7, Location: openimmo.Extern, Group: "BILD", Path: "3.jpg"},
		},
	}}
	if diff := cmp.Diff(want, listings(t, a)); diff != "" {
		t.Errorf("listings (-want +got):\n%s", diff)
	}
}

// The same text in each of the encodings that senders use.
func TestEncodings(t *testing.T) {
	t.Parallel()
	const inside = "<anhaenge><anhang gruppe='BILD'><anhangtitel>Küche</anhangtitel><daten><pfad>a.jpg</pfad></daten></anhang></anhaenge>"
	encode := func(encoding *charmap.Charmap, text string) string {
		encoded, err := encoding.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return encoded
	}
	for name, text := range map[string]string{
		"nothing said": one(inside),
		"UTF-8":        `<?xml version="1.0" encoding="utf-8"?>` + one(inside),
		"a mark":       "\ufeff" + `<?xml version="1.0" encoding="UTF-8"?>` + one(inside),
		"ISO-8859-1":   encode(charmap.ISO8859_1, `<?xml version="1.0" encoding="ISO-8859-1"?>`+one(inside)),
		"ISO-8859-15":  encode(charmap.ISO8859_15, `<?xml version="1.0" encoding="iso-8859-15"?>`+one(inside)),
		"windows-1252": encode(charmap.Windows1252, `<?xml version="1.0" encoding="Windows-1252"?>`+one(inside)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := listings(t, open(t, file{"o.xml", text}))
			if title := got[0].Attachments[0].Title; title != "Küche" {
				t.Errorf("the title is %q", title)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		files []file
		says  string
	}{
		"no XML":           {[]file{{"a.jpg", ""}}, "has no XML file"},
		"two":              {[]file{{"a.xml", one("")}, {"b/B.XML", one("")}}, `two XML files, "a.xml" and "b/B.XML"`},
		"another XML":      {[]file{{"a.xml", "<trovit/>"}}, "line 1: it is no OpenImmo: the first element is trovit"},
		"empty":            {[]file{{"a.xml", ""}}, "it is empty"},
		"no provider":      {[]file{{"a.xml", "<openimmo/>"}}, "it has no anbieter"},
		"cut":              {[]file{{"a.xml", "<openimmo>\n<anbieter>\n<immobilie>"}}, "line 3: "},
		"badly nested":     {[]file{{"a.xml", one("<anhaenge>\n</anhang>")}}, "line 3: element <anhaenge> closed by </anhang>"},
		"not its encoding": {[]file{{"a.xml", one("<geo>K\xfcche</geo>")}}, "line 2: invalid UTF-8"},
		"odd encoding":     {[]file{{"a.xml", `<?xml version="1.0" encoding="klingon"?><openimmo/>`}}, `the encoding "klingon" is not known`},
		"an entity":        {[]file{{"a.xml", `<!DOCTYPE o [<!ENTITY a "aaaa">]>` + one("<geo>&a;</geo>")}}, "invalid character entity &a;"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, err := openimmo.Open(pack(t, row.files...))
			if err == nil {
				t.Fatalf("opened: %+v", a.Providers)
			}
			if !strings.Contains(err.Error(), row.says) {
				t.Errorf("the error is %q, want %q in it", err, row.says)
			}
		})
	}
	t.Run("no archive", func(t *testing.T) {
		t.Parallel()
		if _, err := openimmo.Open(filepath.Join("testdata", "transfer.xml")); err == nil || !strings.Contains(err.Error(), "is not a ZIP archive") {
			t.Errorf("the error is %v", err)
		}
	})
}

// What is odd about a listing is told with its line, and what to do.
func TestFindings(t *testing.T) {
	t.Parallel()
	attachment := func(inside string) string {
		return "<anhaenge>\n<anhang gruppe='BILD'>" + inside + "</anhang></anhaenge><verwaltung_techn><openimmo_obid>7</openimmo_obid></verwaltung_techn>"
	}
	for name, row := range map[string]struct {
		inside string
		want   []openimmo.Finding
	}{
		"well": {attachment("<daten><pfad>a.jpg</pfad></daten>"), nil},
		"no base64": {attachment("<daten><anhanginhalt>!</anhanginhalt></daten>"), []openimmo.Finding{{Line: 3, Listing: "7", Error: true,
			Text: "the anhanginhalt is not base64", Remedy: "send the file's bytes in base64, or the file beside the XML"}}},
		"odd check": {attachment("<check ctype='CRC'>1</check><daten><pfad>a.jpg</pfad></daten>"), []openimmo.Finding{{Line: 3, Listing: "7",
			Text: `the check has the ctype "CRC", which OpenImmo doesn't know, and isn't used`, Remedy: "send MD5, DATETIME or ETAG"}}},
		"no MD5": {attachment("<check ctype='MD5'>12</check><daten><pfad>a.jpg</pfad></daten>"), []openimmo.Finding{{Line: 3, Listing: "7",
			Text: "the check is no MD5, and isn't used", Remedy: "send the MD5 of the file's bytes as 32 hexadecimal digits"}}},
		"odd action": {"<verwaltung_techn><aktion aktionart='REFRESH'/><openimmo_obid>7</openimmo_obid></verwaltung_techn>", []openimmo.Finding{{Line: 1, Listing: "7",
			Text: `the aktionart "REFRESH" is none of OpenImmo's, and the listing is taken as changed`, Remedy: "send CHANGE, DELETE or REFERENZ"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := listings(t, open(t, file{"o.xml", one(row.inside)}))
			if diff := cmp.Diff(row.want, got[0].Findings); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestModus(t *testing.T) {
	t.Parallel()
	for head, want := range map[string]openimmo.Action{
		"<uebertragung umfang='TEIL' modus='DELETE'/>": openimmo.Delete,
		"<uebertragung umfang='VOLL' modus='NEW'/>":    openimmo.Change,
	} {
		a := open(t, file{"o.xml", "<openimmo>" + head + "<anbieter><immobilie/></anbieter></openimmo>"})
		if got := listings(t, a)[0].Action; got != want {
			t.Errorf("%s gives %s, want %s", head, got, want)
		}
		if full := strings.Contains(head, "VOLL"); a.Transfer.Full != full {
			t.Errorf("%s: full is %t", head, a.Transfer.Full)
		}
	}
}

func TestKind(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		group, format, path string
		want                openimmo.Kind
		guessed             bool
		left                string // why it is left out
	}{
		{"TITELBILD", "jpg", "a", openimmo.Kind{Type: vitrine.Picture, Category: "COVER_PICTURE"}, false, ""},
		{"GRUNDRISS", "image/png", "", openimmo.Kind{Type: vitrine.Picture, Category: "FLOOR_PLAN"}, false, ""},
		{"GRUNDRISS", "application/pdf", "", openimmo.Kind{}, false, "a PDF is no picture"},
		{"GRUNDRISS", "jpg", "plan.PDF", openimmo.Kind{}, false, "a PDF is no picture"},
		{"PANORAMA", "jpg", "", openimmo.Kind{Type: vitrine.Panorama}, false, ""},
		{"FILM", "video/mp4", "", openimmo.Kind{Type: vitrine.Video}, false, ""},
		{"FILMLINK", "", "https://films.example/77.mp4?sig=1", openimmo.Kind{Type: vitrine.Video}, false, ""},
		{"FILMLINK", "", "https://films.example/77", openimmo.Kind{}, false, "only films that are files are taken, and this is a page"},
		{"DOKUMENTE", "jpg", "a.jpg", openimmo.Kind{}, false, "documents are not shown"},
		{"LINKS", "", "https://x.example", openimmo.Kind{}, false, "links are not shown"},
		{"", "jpg", "", openimmo.Kind{Type: vitrine.Picture}, true, ""},
		{"FOTO", ".JPEG", "", openimmo.Kind{Type: vitrine.Picture}, true, ""},
		{"", "", "clip.mov", openimmo.Kind{Type: vitrine.Video}, true, ""},
		{"", "doc", "", openimmo.Kind{}, true, "it is neither a picture nor a video"},
	} {
		a := openimmo.Attachment{Group: row.group, Format: row.format, Path: row.path, Location: openimmo.Extern}
		if strings.HasPrefix(row.path, "https:") {
			a.Location = openimmo.Remote
		}
		kind, guessed, left := a.Kind()
		if kind != row.want || guessed != row.guessed || left != row.left {
			t.Errorf("%s, %s, %s is %+v, %t, %q", row.group, row.format, row.path, kind, guessed, left)
		}
	}
}

// Each name that the table gives is one that the Classifieds API knows.
func TestKindsAreKnown(t *testing.T) {
	t.Parallel()
	for _, group := range openimmo.Groups() {
		a := openimmo.Attachment{Group: group, Format: "jpg"}
		kind, _, _ := a.Kind()
		if kind.Category != "" && !slices.Contains(vitrine.Categories, kind.Category) || !slices.Contains(vitrine.MediaTypes, kind.Type) {
			t.Errorf("%s is %+v", group, kind)
		}
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	umlaut, err := charmap.CodePage850.NewEncoder().String("Küche.jpg")
	if err != nil {
		t.Fatal(err)
	}
	a := open(t, file{"in/o.xml", one("")}, file{"in/Bilder/a.jpg", "a"}, file{"b.jpg", "b"}, file{"x/c.jpg", "c"}, file{"y/c.jpg", "other c"},
		file{"../../etc/passwd", "p"}, file{umlaut, "k"})
	for name, want := range map[string]string{
		"Bilder/a.jpg":     "a", // beside the XML
		`BILDER\A.JPG`:     "a",
		"in/bilder/a.jpg":  "a", // from the root
		"b.jpg":            "b",
		"elsewhere/a.jpg":  "a", // the only one of that name
		"x/c.jpg":          "c",
		"Küche.jpg":        "k",
		"c.jpg":            "",
		"none.jpg":         "",
		"":                 "",
		"/etc/hosts":       "",
		"../../etc/passwd": "p", // of the archive, and not of this machine
	} {
		body, size, err := a.File(name)
		if want == "" {
			if !errors.Is(err, openimmo.ErrMissing) {
				t.Errorf("%q gives %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		content, err := io.ReadAll(body)
		if err != nil || string(content) != want || size != int64(len(want)) {
			t.Errorf("%q has %q, %d bytes, %v", name, content, size, err)
		}
		if _, err := body.Seek(0, io.SeekStart); err != nil {
			t.Errorf("go back in %q: %v", name, err)
		}
		if again, err := io.ReadAll(body); err != nil || string(again) != want {
			t.Errorf("%q has %q the second time, %v", name, again, err)
		}
		if err := body.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestFileID(t *testing.T) {
	t.Parallel()
	const sum = "d41d8cd98f00b204e9800998ecf8427e"
	l := &openimmo.Listing{ID: "O1", Number: "77"}
	byTime := func(path, value string) *openimmo.Attachment {
		return &openimmo.Attachment{Path: path, Check: openimmo.Check{Type: openimmo.CheckDateTime, Value: value}}
	}
	if got := l.FileID(&openimmo.Attachment{Path: "a"}, sum); got != "O1/md5-"+sum {
		t.Errorf("by the bytes it is %s", got)
	}
	if got := l.FileID(&openimmo.Attachment{Path: "b", Check: openimmo.Check{Type: openimmo.CheckMD5, Value: sum}}, ""); got != "O1/md5-"+sum {
		t.Errorf("by the check it is %s, and another by the bytes", got)
	}
	if got := l.FileID(&openimmo.Attachment{Path: "a"}, ""); got != "" {
		t.Errorf("by nothing it is %s", got)
	}
	first := l.FileID(byTime("a", "1"), "")
	if first != l.FileID(byTime("a", "1"), "") || first == l.FileID(byTime("a", "2"), "") || first == l.FileID(byTime("b", "1"), "") {
		t.Error("by a time it doesn't tell what has changed from what hasn't")
	}
	long := &openimmo.Listing{ID: strings.Repeat("ä", openimmo.MaxIDRunes)}
	if got := len([]rune(long.FileID(byTime("a", "1"), ""))); got != 255 {
		t.Errorf("of the longest listing it has %d characters, want 255", got)
	}
}
