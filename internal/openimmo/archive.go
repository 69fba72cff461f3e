package openimmo

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Archive is an open transfer.
type Archive struct {
	Transfer  Transfer
	Providers []Provider

	zip   *zip.ReadCloser
	xml   *zip.File
	files map[string]*zip.File // by key; nil where two files have it
	bases map[string]*zip.File // the same by the last part of the name
}

// Open opens the transfer in a file and reads its XML once, so that nothing has
// to be made of one whose XML is broken or not OpenImmo. An error says what is
// wrong, and in which line.
func Open(name string) (*Archive, error) {
	reader, err := zip.OpenReader(name)
	if errors.Is(err, zip.ErrFormat) {
		return nil, fmt.Errorf("%s is not a ZIP archive", name)
	}
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // such a name is never looked up
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	a := &Archive{zip: reader, files: map[string]*zip.File{}, bases: map[string]*zip.File{}}
	if err := a.index(); err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", name, err), reader.Close())
	}
	if err := a.survey(); err != nil {
		return nil, errors.Join(fmt.Errorf("read %s in %s: %w", a.xml.Name, name, err), reader.Close())
	}
	return a, nil
}

// Close closes the archive, after which no Attachment of it can be read.
func (a *Archive) Close() error { return a.zip.Close() }

// index notes what files there are and finds the XML.
func (a *Archive) index() error {
	if n := len(a.zip.File); n > MaxFiles {
		return fmt.Errorf("it has %d files, %d are allowed", n, MaxFiles)
	}
	for _, f := range a.zip.File {
		if f.FileInfo().IsDir() || strings.HasPrefix(f.Name, "__MACOSX/") {
			continue
		}
		name := key(entryName(f))
		note(a.files, name, f)
		note(a.bases, path.Base(name), f)
		if path.Ext(name) != ".xml" {
			continue
		}
		if a.xml != nil {
			return fmt.Errorf("it has two XML files, %q and %q: a transfer has one", a.xml.Name, f.Name)
		}
		a.xml = f
	}
	if a.xml == nil {
		return errors.New("it has no XML file, so it is no OpenImmo transfer")
	}
	return nil
}

func note(files map[string]*zip.File, name string, f *zip.File) {
	if _, twice := files[name]; twice {
		f = nil // which of them is meant can't be known
	}
	files[name] = f
}

// key is what names are compared by: senders are on systems where the case of a
// name says nothing and a backslash parts folders.
func key(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(name, `\`, "/")), "/"))
}

// entryName is the name of a file as text. Archives made on Windows may have it
// in the code page of a DOS prompt.
func entryName(f *zip.File) string {
	if utf8.ValidString(f.Name) {
		return f.Name
	}
	name, err := charmap.CodePage850.NewDecoder().String(f.Name)
	if err != nil {
		return f.Name
	}
	return name
}

// find gives the file that a path of the XML names, nil for none: beside the
// XML, from the root, or wherever the only one of that name is.
func (a *Archive) find(name string) *zip.File {
	wanted := key(name)
	if wanted == "" {
		return nil
	}
	if f := a.files[key(path.Join(path.Dir(entryName(a.xml)), strings.ReplaceAll(name, `\`, "/")))]; f != nil {
		return f
	}
	if f := a.files[wanted]; f != nil {
		return f
	}
	return a.bases[path.Base(wanted)]
}

// ErrMissing says that a file isn't in the archive.
var ErrMissing = errors.New("the file is not in the archive")

// File gives the file that an attachment with Location Extern names, to be
// closed, and its size in bytes. It is ErrMissing where the archive has none, or
// has several that may be meant.
func (a *Archive) File(name string) (io.ReadSeekCloser, int64, error) {
	f := a.find(name)
	if f == nil {
		return nil, 0, ErrMissing
	}
	if f.UncompressedSize64 > MaxAttachmentBytes {
		return nil, 0, fmt.Errorf("the file has %d bytes, %d are allowed", f.UncompressedSize64, MaxAttachmentBytes)
	}
	e := &entry{file: f}
	if err := e.reopen(); err != nil {
		return nil, 0, err
	}
	return e, int64(f.UncompressedSize64), nil
}

// entry reads a file of the archive. It can go back, which unpacks again from
// the start, so that a lost upload can be repeated.
type entry struct {
	file *zip.File
	body io.ReadCloser
	at   int64
}

func (e *entry) reopen() error {
	body, err := e.file.Open()
	if err != nil {
		return fmt.Errorf("unpack %s: %w", e.file.Name, err)
	}
	e.body, e.at = body, 0
	return nil
}

// Read never gives more than the archive says that the file has: the rest would
// be a bomb.
func (e *entry) Read(p []byte) (int, error) {
	n, err := e.body.Read(p)
	e.at += int64(n)
	if e.at > int64(e.file.UncompressedSize64) { // bounded in File
		return 0, fmt.Errorf("unpack %s: it has more bytes than the archive says", e.file.Name)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("unpack %s: %w", e.file.Name, err)
	}
	return n, err
}

// Seek goes to any place that is given from the start, or tells the present one.
func (e *entry) Seek(offset int64, whence int) (int64, error) {
	switch {
	case whence == io.SeekCurrent && offset == 0:
		return e.at, nil
	case whence != io.SeekStart || offset < 0:
		return 0, errors.New("a file of an archive is found from its start only")
	}
	if err := errors.Join(e.body.Close(), e.reopen()); err != nil {
		return 0, err
	}
	_, err := io.CopyN(io.Discard, e, offset)
	return e.at, err
}

func (e *entry) Close() error { return e.body.Close() }
