package openimmo

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// endless is a file without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestBoundOfListing(t *testing.T) {
	t.Parallel()
	b := &bounded{r: endless{}}
	if _, err := io.CopyN(io.Discard, b, MaxListingBytes+1); err != nil {
		t.Errorf("outside of a listing: %v", err)
	}
	b.mark()
	n, err := io.Copy(io.Discard, b)
	if err == nil || !strings.Contains(err.Error(), "the listing has more than") {
		t.Errorf("a listing without an end gives %v", err)
	}
	if n > MaxListingBytes+1<<20 {
		t.Errorf("%d bytes were read of it", n)
	}
}

func TestBoundOfXML(t *testing.T) {
	t.Parallel()
	b := &bounded{r: endless{}, total: MaxXMLBytes - 10}
	if _, err := io.Copy(io.Discard, b); err == nil || !strings.Contains(err.Error(), "the XML has more than") {
		t.Errorf("XML without an end gives %v", err)
	}
}

// liar makes an archive of which a file has other bytes than the archive says.
func liar(t *testing.T, says uint64, content []byte) *Archive {
	t.Helper()
	var packed bytes.Buffer
	deflate, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := deflate.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := deflate.Close(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	xml, err := w.Create("o.xml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(xml, "<openimmo><anbieter/></openimmo>"); err != nil {
		t.Fatal(err)
	}
	raw, err := w.CreateRaw(&zip.FileHeader{Name: "a.jpg", Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(content),
		CompressedSize64: uint64(packed.Len()), UncompressedSize64: says})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.Write(packed.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "bomb.zip")
	if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() }) // only read
	return a
}

// A file that unpacks to more than the archive says ends there.
func TestBomb(t *testing.T) {
	t.Parallel()
	a := liar(t, 1000, make([]byte, 1<<20))
	body, size, err := a.File("a.jpg")
	if err != nil || size != 1000 {
		t.Fatalf("%d bytes, %v", size, err)
	}
	defer func() { _ = body.Close() }()
	n, err := io.Copy(io.Discard, body)
	if err == nil || n > 1000 {
		t.Errorf("%d bytes came out, and the error is %v", n, err)
	}
}

func TestShort(t *testing.T) {
	t.Parallel()
	body, _, err := liar(t, 1000, []byte("only this")).File("a.jpg")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = body.Close() }()
	if _, err := io.ReadAll(body); err == nil {
		t.Error("a file that is shorter than the archive says is read without an error")
	}
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	_, _, err := liar(t, MaxAttachmentBytes+1, nil).File("a.jpg")
	if err == nil || errors.Is(err, ErrMissing) {
		t.Errorf("the error is %v", err)
	}
}

// Whatever comes in, it is read or refused.
func FuzzWalk(f *testing.F) {
	transfer, err := os.ReadFile("testdata/transfer.xml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(transfer)
	f.Add([]byte("<openimmo><anbieter><immobilie><anhaenge><anhang><daten><anhanginhalt>AAAA</anhanginhalt></daten></anhang></anhaenge></immobilie></anbieter></openimmo>"))
	f.Add([]byte(`<?xml version="1.0" encoding="utf-16"?><openimmo/>`))
	f.Fuzz(func(t *testing.T, text []byte) {
		b := &bounded{r: bytes.NewReader(text)}
		r := newReader(b)
		if err := r.root(); err != nil {
			return
		}
		_, _, err := r.transfer(b, func(_ int, raw *rawListing) error {
			l := raw.listing(Transfer{})
			for i := range l.Attachments {
				a := &l.Attachments[i]
				if kind, _, why := a.Kind(); (why == "") == (kind.Type == "") {
					t.Fatalf("%+v is %+v and left out for %q", a, kind, why)
				}
				if a.Location == Intern && len(a.Content) > len(text) {
					t.Fatalf("%d bytes of %d", len(a.Content), len(text))
				}
			}
			return nil
		})
		if err != nil && !strings.HasPrefix(err.Error(), "line ") {
			t.Fatalf("an error without a line: %v", err)
		}
	})
}
