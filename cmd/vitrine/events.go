package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

type tailCommand struct {
	After *int64   `placeholder:"N" help:"Begin with the events after this one; 0 begins with the oldest. If not given, with what happens from now on."`
	Types []string `name:"type" takes:"events" placeholder:"TYPE" sep:"," help:"Only events of this type, such as media.failed; may be given several times."`
}

// Run prints the events as they happen, one a line, until it is interrupted,
// which is how it is meant to end.
func (cmd *tailCommand) Run(ctx context.Context, cli *commands, out *output) error {
	types, err := eventTypes(cmd.Types)
	if err != nil {
		return err
	}
	c, err := cli.connect()
	if err != nil {
		return err
	}
	if err := cmd.tail(ctx, c, types, cli.JSON, out.stdout); ctx.Err() == nil {
		return err
	}
	return nil
}

func (cmd *tailCommand) tail(ctx context.Context, c *client.Client, types []vitrine.EventType, asJSON bool, w io.Writer) error {
	after, err := cmd.start(ctx, c)
	if err != nil {
		return err
	}
	for e, err := range c.Tail(ctx, after) {
		if err != nil {
			return err
		}
		if len(types) > 0 && !slices.Contains(types, e.Type) {
			continue
		}
		if err := writeEvent(w, e, asJSON); err != nil {
			return err
		}
	}
	return nil
}

// start is the event after which to begin.
func (cmd *tailCommand) start(ctx context.Context, c *client.Client) (int64, error) {
	if cmd.After != nil {
		return *cmd.After, nil
	}
	page, err := c.Events(ctx, 0, 1, 0)
	return page.Last, err
}

// eventTypes are the types of these names.
func eventTypes(names []string) ([]vitrine.EventType, error) {
	var types []vitrine.EventType
	for _, name := range names {
		t := vitrine.EventType(name)
		if !slices.Contains(vitrine.EventTypes, t) {
			return nil, &hinted{usage("%q is not the type of an event", name), "there are " + strings.Join(wordsOf(vitrine.EventTypes), ", ")}
		}
		types = append(types, t)
	}
	return types, nil
}

// writeEvent writes an event as one line.
func writeEvent(w io.Writer, e client.Event, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(e)
	}
	_, err := fmt.Fprintf(w, "%d  %s  %s%s\n", e.ID, e.Timestamp.UTC().Format(time.DateTime), clean(string(e.Type)), clean(facts(e.Data)))
	return err
}

// facts are what an event tells, apart from whose it is.
func facts(d vitrine.EventData) string {
	var b strings.Builder
	fact := func(name string, value any, known bool) {
		if known {
			fmt.Fprintf(&b, "  %s %v", name, value)
		}
	}
	fact("listing", d.ListingID, d.ListingID != 0)
	fact("classified", d.ClassifiedID, d.ClassifiedID != "")
	fact("media", d.MediaID, d.MediaID != 0)
	fact("mediaUuid", d.MediaUUID, d.MediaUUID != "")
	fact("externalId", d.ExternalID, d.ExternalID != "")
	fact("revision", d.Revision, d.Revision != 0)
	fact("status", d.Status, d.Status != "")
	fact("failure", d.Failure, d.Failure != "")
	return b.String()
}
