package openimmo

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
)

// rawListing is what is read of an immobilie.
type rawListing struct {
	Line        int             `xml:"-"`
	Attachments []rawAttachment `xml:"anhaenge>anhang"`
	Admin       struct {
		ID     string `xml:"openimmo_obid"`
		Number string `xml:"objektnr_extern"`
		Action struct {
			Kind string `xml:"aktionart,attr"`
		} `xml:"aktion"`
	} `xml:"verwaltung_techn"`
}

type rawAttachment struct {
	line     int
	Location string `xml:"location,attr"`
	Group    string `xml:"gruppe,attr"`
	Title    string `xml:"anhangtitel"`
	Format   string `xml:"format"`
	Check    struct {
		Type  string `xml:"ctype,attr"`
		Value string `xml:",chardata"`
	} `xml:"check"`
	Path    string `xml:"daten>pfad"`
	Content []byte `xml:"daten>anhanginhalt"`
}

// UnmarshalXML notes the line.
func (a *rawAttachment) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	type plain rawAttachment // without this method
	line, _ := d.InputPos()
	if err := d.DecodeElement((*plain)(a), &start); err != nil {
		return err
	}
	a.line = line
	return nil
}

func (raw *rawListing) listing(t Transfer) *Listing {
	l := &Listing{Line: raw.Line, ID: strings.TrimSpace(raw.Admin.ID), Number: strings.TrimSpace(raw.Admin.Number)}
	l.Action = l.action(raw.Admin.Action.Kind, t)
	for _, r := range raw.Attachments {
		l.Attachments = append(l.Attachments, l.attachment(r))
	}
	// Senders differ in where they put the title picture; all mean the cover.
	cover := slices.IndexFunc(l.Attachments, func(a Attachment) bool { return a.Group == "TITELBILD" })
	if cover > 0 {
		title := l.Attachments[cover]
		l.Attachments = slices.Insert(slices.Delete(l.Attachments, cover, cover+1), 0, title)
	}
	return l
}

// find notes what a person should know.
func (l *Listing) find(line int, isError bool, text, remedy string) {
	l.Findings = append(l.Findings, Finding{Line: line, Listing: l.ExternalID(), Error: isError, Text: text, Remedy: remedy})
}

func (l *Listing) action(kind string, t Transfer) Action {
	switch kind = strings.ToUpper(strings.TrimSpace(kind)); kind {
	case "":
		if t.Deletes {
			return Delete
		}
		return Change
	case string(Change), string(Delete), string(Reference):
		return Action(kind)
	}
	l.find(l.Line, false, fmt.Sprintf("the aktionart %q is none of OpenImmo's, and the listing is taken as changed", kind), "send CHANGE, DELETE or REFERENZ")
	return Change
}

func (l *Listing) attachment(raw rawAttachment) Attachment {
	a := Attachment{
		Line: raw.line, Location: Location(upper(raw.Location)), Group: upper(raw.Group),
		Title: strings.Join(strings.Fields(raw.Title), " "), Format: strings.TrimSpace(raw.Format), Path: strings.TrimSpace(raw.Path),
	}
	a.locate(len(raw.Content) > 0)
	if a.Location == Intern {
		a.Content = l.content(raw)
	}
	a.Check = l.check(raw)
	return a
}

func upper(s string) string { return strings.ToUpper(strings.TrimSpace(s)) }

// locate goes by what there is: URLs are sent as EXTERN, and files of the
// archive as REMOTE.
func (a *Attachment) locate(embedded bool) {
	lower := strings.ToLower(a.Path)
	switch {
	case strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://"):
		a.Location = Remote
	case a.Path != "":
		a.Location = Extern
	case embedded:
		a.Location = Intern
	}
}

// content decodes what is embedded, nil where that can't be done.
func (l *Listing) content(raw rawAttachment) []byte {
	text := bytes.Join(bytes.Fields(raw.Content), nil)
	content := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(content, text)
	if err != nil || n == 0 {
		l.find(raw.line, true, "the anhanginhalt is not base64", "send the file's bytes in base64, or the file beside the XML")
		return nil
	}
	return content[:n]
}

func (l *Listing) check(raw rawAttachment) Check {
	c := Check{Type: CheckType(upper(raw.Check.Type)), Value: strings.TrimSpace(raw.Check.Value)}
	switch {
	case c.Value == "":
		return Check{}
	case c.Type == CheckDateTime || c.Type == CheckETag:
		return c
	case c.Type != CheckMD5:
		l.find(raw.line, false, fmt.Sprintf("the check has the ctype %q, which OpenImmo doesn't know, and isn't used", c.Type), "send MD5, DATETIME or ETAG")
		return Check{}
	}
	c.Value = strings.ToLower(c.Value)
	if sum, err := hex.DecodeString(c.Value); err != nil || len(sum) != 16 {
		l.find(raw.line, false, "the check is no MD5, and isn't used", "send the MD5 of the file's bytes as 32 hexadecimal digits")
		return Check{}
	}
	return c
}
