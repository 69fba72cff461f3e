package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

type putCommand struct {
	File string `arg:"" name:"FILE.json" help:"The listing, as the body of PUT /listings."`
	Wait bool   `help:"Wait until it is published and show what came out."`
}

// Run sends the listing and, if wished, waits for its photos.
func (cmd *putCommand) Run(ctx context.Context, cli *commands, out *output) error {
	body, names, err := readListing(cmd.File)
	if err != nil {
		return err
	}
	if cli.Key == "" {
		return &usageError{"a key is needed: --key or VITRINE_KEY"}
	}
	c := client.New(cli.Server, cli.Key)
	started := time.Now()
	put, err := c.PutListing(ctx, body)
	if err != nil {
		return err
	}
	if !cmd.Wait {
		return printAccepted(out.stdout, put, cli.JSON)
	}
	w := &watcher{client: c, put: put, names: names, started: started, progress: newProgress(out.stderr)}
	report, err := w.watch(ctx)
	if err != nil {
		return err
	}
	if err := report.print(out.stdout, cli.JSON); err != nil {
		return err
	}
	if !report.asWished() {
		return errUnpublished
	}
	return nil
}

// readListing reads the body to send and the names of its files: the last part
// of each URL, "" where there is none.
func readListing(name string) (body json.RawMessage, names []string, err error) {
	body, err = os.ReadFile(name)
	if err != nil {
		return nil, nil, &usageError{err.Error()}
	}
	var listing struct {
		Files []struct {
			URL string `json:"url"`
		} `json:"files"`
	}
	if err := json.Unmarshal(body, &listing); err != nil {
		return nil, nil, &usageError{fmt.Sprintf("%s is not a listing: %v", name, err)}
	}
	for _, file := range listing.Files {
		last := ""
		if u, err := url.Parse(file.URL); err == nil && u.Path != "" {
			last = path.Base(u.Path)
		}
		names = append(names, last)
	}
	return body, names, nil
}

// report is what became of a listing.
type report struct {
	put    client.PutResult
	status vitrine.ListingStatus // at the end
	reason string                // why it isn't published, "" when it is
	took   time.Duration         // from sending it to the end of its work
	files  []outcome
}

// outcome is what became of a file.
type outcome struct {
	name  string
	media client.Media
	took  time.Duration // from sending the listing until the file was seen to have ended; 0: it was there before
}

// asWished reports whether a listing that was to be published is. A photo or
// two may have failed; as long as enough are good, it is published.
func (r *report) asWished() bool {
	switch r.put.Status {
	case vitrine.StatusPendingActive, vitrine.StatusActive:
		return r.status == vitrine.StatusActive
	}
	return true
}
