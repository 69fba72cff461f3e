package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// which names a file, by the server's id or by the sender's own.
type which struct {
	ID       string `arg:"" name:"ID" help:"The file's number on the server, or with --external your own id."`
	External bool   `help:"ID is your own."`
}

// number is the server's id.
func number(id string) (int64, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n <= 0 {
		return 0, usage("%q is not the number of a file", id)
	}
	return n, nil
}

// either calls the one that fits the kind of id.
func (w *which) either(byID func(int64) error, byExternalID func(string) error) error {
	if w.External {
		return byExternalID(w.ID)
	}
	id, err := number(w.ID)
	if err != nil {
		return &hinted{err, "for an id of your own, add --external"}
	}
	return unknown(byID(id), "that is the server's number; for an id of your own, add --external")
}

// unknown adds a hint to the refusal of something that isn't there.
func unknown(err error, hint string) error {
	if refusal, ok := errors.AsType[*client.Error](err); ok && refusal.StatusCode == http.StatusNotFound {
		return &hinted{err, hint}
	}
	return err
}

type getCommand struct {
	which
}

// Run shows a file.
func (cmd *getCommand) Run(ctx context.Context, cli *commands, out *output) error {
	c, err := cli.connect()
	if err != nil {
		return err
	}
	var m client.Media
	err = cmd.either(
		func(id int64) error { m, err = c.Media(ctx, id); return err },
		func(id string) error { m, err = c.MediaByExternalID(ctx, id); return err })
	if err != nil {
		return err
	}
	if cli.JSON {
		return printJSON(out.stdout, m)
	}
	var b strings.Builder
	writeMedia(&b, &m)
	_, err = io.WriteString(out.stdout, b.String())
	return err
}

type deleteCommand struct {
	which
	Erase bool `help:"Have the bytes deleted at once, the original too; print the receipt."`
}

// Run deletes a file.
func (cmd *deleteCommand) Run(ctx context.Context, cli *commands, out *output) error {
	c, err := cli.connect()
	if err != nil {
		return err
	}
	if cmd.Erase {
		return cmd.erase(ctx, c, cli.JSON, out)
	}
	err = cmd.either(
		func(id int64) error { return c.DeleteMedia(ctx, id) },
		func(id string) error { return c.DeleteMediaByExternalID(ctx, id) })
	if err != nil {
		return err
	}
	if cli.JSON {
		return printJSON(out.stdout, map[string]bool{"deleted": true})
	}
	_, err = fmt.Fprintf(out.stdout, "Media %s was deleted.\n", clean(cmd.ID))
	return err
}

func (cmd *deleteCommand) erase(ctx context.Context, c *client.Client, asJSON bool, out *output) error {
	var e client.Erasure
	err := cmd.either(
		func(id int64) (err error) { e, err = c.EraseMedia(ctx, id); return err },
		func(id string) (err error) { e, err = c.EraseMediaByExternalID(ctx, id); return err })
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(out.stdout, e)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Media %s was deleted.\n\n", clean(cmd.ID))
	writeReceipt(&b, e)
	_, err = io.WriteString(out.stdout, b.String())
	return err
}

type linkCommand struct {
	ID         string `arg:"" name:"ID" help:"The file's number on the server."`
	ExternalID string `arg:"" name:"EXTERNAL-ID" help:"The id of your own that it gets, in the place of any it has."`
}

// Run gives a file an external id.
func (cmd *linkCommand) Run(ctx context.Context, cli *commands, out *output) error {
	id, err := number(cmd.ID)
	if err != nil {
		return err
	}
	c, err := cli.connect()
	if err != nil {
		return err
	}
	err = c.LinkMedia(ctx, id, cmd.ExternalID)
	if refusal, ok := errors.AsType[*client.Error](err); ok && refusal.Code == vitrine.CodeConflict {
		return &hinted{err, "take it from that file first: vitrine media unlink ID"}
	}
	if err != nil {
		return err
	}
	if cli.JSON {
		return printJSON(out.stdout, map[string]any{"id": id, "externalId": cmd.ExternalID, "linked": true})
	}
	_, err = fmt.Fprintf(out.stdout, "Media %d has the external id %s now.\n", id, clean(cmd.ExternalID))
	return err
}

type unlinkCommand struct {
	ID string `arg:"" name:"ID" help:"The file's number on the server."`
}

// Run takes the external id from a file.
func (cmd *unlinkCommand) Run(ctx context.Context, cli *commands, out *output) error {
	id, err := number(cmd.ID)
	if err != nil {
		return err
	}
	c, err := cli.connect()
	if err != nil {
		return err
	}
	removed, err := c.UnlinkMedia(ctx, id)
	if err != nil {
		return err
	}
	if cli.JSON {
		return printJSON(out.stdout, map[string]any{"id": id, "externalId": removed, "unlinked": true})
	}
	text := fmt.Sprintf("Media %d has the external id %s no more.\n", id, clean(removed))
	if removed == "" {
		text = fmt.Sprintf("Media %d has no external id.\n", id)
	}
	_, err = io.WriteString(out.stdout, text)
	return err
}

// isVideo reports whether a file is known to be a video.
func isVideo(m *client.Media) bool { return vitrine.IsVideo(m.ContentType) }

// stateOf is the state of a file, with how far a video has come.
func stateOf(m *client.Media) string {
	if m.Progress == 0 {
		return string(m.Optimization)
	}
	return fmt.Sprintf("%s, %d%%", m.Optimization, m.Progress)
}

// lengthText is the length of a video in minutes and seconds: "1:05".
func lengthText(seconds float64) string {
	whole := int(math.Round(seconds))
	return fmt.Sprintf("%d:%02d", whole/60, whole%60)
}

// kindOf says what a variant of a file is.
func kindOf(m *client.Media, v client.Variant) string {
	switch {
	case v.Video():
		return "Video"
	case isVideo(m):
		return "Poster"
	}
	return "Picture"
}

// writeMedia shows a file to a person.
func writeMedia(b *strings.Builder, m *client.Media) {
	thing := "photo"
	if isVideo(m) {
		thing = "video"
	}
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(b, "%-12s %s\n", name, clean(value))
		}
	}
	line("Media", fmt.Sprint(m.ID))
	line("External id", m.ExternalID)
	line("State", stateOf(m))
	if m.Size != 0 {
		line("File", m.ContentType+", "+bytesText(m.Size))
	}
	if m.Width != 0 {
		line("Upright", fmt.Sprintf("%d x %d px", m.Width, m.Height))
	}
	if m.Duration != 0 {
		line("Length", lengthText(m.Duration))
	}
	line("Source type", m.DigitalSourceType)
	line("Blurhash", m.Blurhash)
	line("Colour", m.DominantColor)
	for _, v := range m.Variants {
		line(kindOf(m, v), fmt.Sprintf("%s  %d x %d px, %s", v.URL, v.Width, v.Height, bytesText(v.Size)))
	}
	if p := m.Panorama; p != nil {
		line("Panorama", fmt.Sprintf("%s  %d x %d px, %s", p.URL, p.Width, p.Height, bytesText(p.Size)))
	}
	line("Original", m.OriginalURL)
	if m.OriginalURL != "" {
		fmt.Fprintf(b, "             Keep that one private: it may tell where the %s was taken.\n", thing)
	}
	if m.Failure != nil {
		writeFailures(b, []outcome{{name: fmt.Sprintf("Media %d", m.ID), media: *m}})
	}
}
