package openimmo

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
)

// survey reads the XML to its end for the transfer and its providers.
func (a *Archive) survey() (err error) {
	a.Transfer, a.Providers, err = a.walk(func(int, *rawListing) error { return nil })
	if err == nil && len(a.Providers) == 0 {
		return errors.New("it has no anbieter")
	}
	return err
}

// Each calls fn with the listings, one after another, as they are read. An error
// of fn ends it and is given as it is.
func (a *Archive) Each(fn func(*Listing) error) error {
	_, _, err := a.walk(func(provider int, raw *rawListing) error {
		l := raw.listing(a.Transfer)
		l.Provider = a.Providers[provider].ID
		return fn(l)
	})
	return err
}

// walk reads the XML once and calls fn with each listing and the index of its
// provider.
func (a *Archive) walk(fn func(provider int, raw *rawListing) error) (t Transfer, providers []Provider, err error) {
	file, err := a.xml.Open()
	if err != nil {
		return t, nil, err
	}
	defer func() { _ = file.Close() }() // only read
	b := &bounded{r: file}
	r := newReader(b)
	if err := r.root(); err != nil {
		return t, nil, r.explain(err, b)
	}
	return r.transfer(b, fn)
}

// transfer reads what is inside the root.
func (r reader) transfer(b *bounded, fn func(provider int, raw *rawListing) error) (t Transfer, providers []Provider, err error) {
	for {
		start, err := r.child()
		switch {
		case err != nil:
		case start == nil:
			return t, providers, nil
		case start.Name.Local == "uebertragung":
			t = transferOf(*start)
			err = r.d.Skip()
		case start.Name.Local == "anbieter":
			p := Provider{Line: r.line()}
			err = r.provider(&p, b, func(raw *rawListing) error { return fn(len(providers), raw) })
			providers = append(providers, p)
		default:
			err = r.d.Skip()
		}
		if err != nil {
			return t, providers, r.explain(err, b)
		}
	}
}

func transferOf(start xml.StartElement) (t Transfer) {
	for _, attr := range start.Attr {
		value := strings.ToUpper(strings.TrimSpace(attr.Value))
		switch attr.Name.Local {
		case "umfang":
			t.Full = value == "VOLL"
		case "modus":
			t.Deletes = value == "DELETE"
		case "sendersoftware":
			t.Software = strings.TrimSpace(attr.Value)
		}
	}
	return t
}

// reader walks over the elements of the XML.
type reader struct{ d *xml.Decoder }

func newReader(b *bounded) reader {
	text := bufio.NewReader(b)
	if mark, err := text.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = text.Discard(len(mark)) // they are there
	}
	d := xml.NewDecoder(text)
	d.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		encoding, err := htmlindex.Get(label)
		if err != nil {
			return nil, fmt.Errorf("the encoding %q is not known", label)
		}
		return encoding.NewDecoder().Reader(in), nil
	}
	return reader{d}
}

func (r reader) line() int {
	line, _ := r.d.InputPos()
	return line
}

// root reads up to the start of the root.
func (r reader) root() error {
	for {
		token, err := r.d.Token()
		if errors.Is(err, io.EOF) {
			return errors.New("it is empty")
		}
		if err != nil {
			return err
		}
		if start, ok := token.(xml.StartElement); ok {
			if start.Name.Local != "openimmo" {
				return fmt.Errorf("it is no OpenImmo: the first element is %s", start.Name.Local)
			}
			return nil
		}
	}
}

// child gives the start of the next element inside the present one, or nil at
// the end of that.
func (r reader) child() (*xml.StartElement, error) {
	for {
		token, err := r.d.Token()
		if err != nil {
			return nil, err
		}
		switch element := token.(type) {
		case xml.StartElement:
			return &element, nil
		case xml.EndElement:
			return nil, nil
		}
	}
}

// provider reads an anbieter to its end.
func (r reader) provider(p *Provider, b *bounded, fn func(*rawListing) error) error {
	number := ""
	for {
		start, err := r.child()
		if err != nil {
			return err
		}
		if start == nil {
			if p.ID == "" {
				p.ID = number
			}
			return nil
		}
		switch start.Name.Local {
		case "openimmo_anid":
			err = r.text(start, &p.ID)
		case "anbieternr":
			err = r.text(start, &number)
		case "immobilie":
			p.Listings++
			b.mark()
			raw := &rawListing{Line: r.line()}
			if err = r.d.DecodeElement(raw, start); err == nil {
				b.unmark()
				err = notOurs(fn(raw))
			}
		default:
			err = r.d.Skip()
		}
		if err != nil {
			return err
		}
	}
}

func (r reader) text(start *xml.StartElement, into *string) error {
	var text string
	err := r.d.DecodeElement(&text, start)
	*into = strings.TrimSpace(text)
	return err
}

// callerError is an error of who reads the listings, which says nothing about
// the XML.
type callerError struct{ error }

func notOurs(err error) error {
	if err == nil {
		return nil
	}
	return callerError{err}
}

// explain adds the line to an error about the XML.
func (r reader) explain(err error, b *bounded) error {
	if caller, ok := errors.AsType[callerError](err); ok {
		return caller.error
	}
	if b.err != nil && !errors.Is(b.err, io.EOF) {
		err = b.err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("it ends in the middle")
	}
	if syntax, ok := errors.AsType[*xml.SyntaxError](err); ok {
		return fmt.Errorf("line %d: %s", syntax.Line, syntax.Msg)
	}
	return fmt.Errorf("line %d: %w", r.line(), err)
}

// bounded ends the XML where it is longer than it may be.
type bounded struct {
	r     io.Reader
	total int64
	err   error // of the last Read

	inListing bool
	from      int64 // where the present listing begins
}

func (b *bounded) mark()   { b.from, b.inListing = b.total, true }
func (b *bounded) unmark() { b.inListing = false }

func (b *bounded) Read(p []byte) (n int, err error) {
	switch {
	case b.total > MaxXMLBytes:
		b.err = fmt.Errorf("the XML has more than %d bytes", int64(MaxXMLBytes))
	case b.inListing && b.total-b.from > MaxListingBytes:
		b.err = fmt.Errorf("the listing has more than %d bytes", MaxListingBytes)
	default:
		n, b.err = b.r.Read(p)
		b.total += int64(n)
	}
	return n, b.err
}
