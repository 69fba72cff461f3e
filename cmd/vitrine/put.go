package main

import (
	"context"
	"encoding/json"
	"os"
	"time"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

type putCommand struct {
	File   string `arg:"" name:"FILE.json" takes:"files" help:"The listing, as the body of PUT /listings."`
	Photos string `placeholder:"DIR" takes:"dirs" help:"Upload the pictures of this folder and make them the listing's files, in the order of their names (2.jpg before 10.jpg). What the server has from the last time isn't sent again."`
	Wait   bool   `help:"Wait until it is published and show what came out."`
}

// Run sends the listing, its photos before it, and, if wished, waits for them.
func (cmd *putCommand) Run(ctx context.Context, cli *commands, out *output) error {
	l, err := readListing(cmd.File)
	if err != nil {
		return err
	}
	c, err := cli.connect()
	if err != nil {
		return err
	}
	w := &watcher{client: c, names: l.names, started: time.Now(), progress: newProgress(out.stderr)}
	defer w.progress.end()
	if cmd.Photos != "" {
		f := folder{dir: cmd.Photos, client: c, progress: w.progress, out: out}
		if w.sent, err = f.upload(ctx, l); err != nil {
			return err
		}
	}
	if w.put, err = c.PutListing(ctx, l.body); err != nil {
		return err
	}
	if !cmd.Wait {
		w.progress.end()
		return printAccepted(out.stdout, w.put, cli.JSON)
	}
	report, err := w.watch(ctx)
	if err != nil {
		return err
	}
	if err := report.print(out.stdout, cli.JSON); err != nil {
		return err
	}
	if !report.asWished() {
		return errFailed
	}
	return nil
}

// listingFile is a listing as FILE.json has it.
type listingFile struct {
	path       string
	body       json.RawMessage // to be sent
	externalID string
	names      []string // of its files: the last part of each URL, "" where there is none
}

func readListing(name string) (*listingFile, error) {
	body, err := os.ReadFile(name)
	if err != nil {
		return nil, &usageError{err.Error()}
	}
	var fields struct {
		ExternalID string `json:"externalId"`
		Files      []struct {
			URL string `json:"url"`
		} `json:"files"`
	}
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, usage("%s is not a listing: %v", name, err)
	}
	l := &listingFile{path: name, body: body, externalID: fields.ExternalID}
	for _, file := range fields.Files {
		l.names = append(l.names, nameOf(file.URL, ""))
	}
	return l, nil
}

// setFiles makes these the listing's files and leaves the rest of it as it is.
func (l *listingFile) setFiles(media []int64) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(l.body, &fields); err != nil {
		return usage("%s is not a listing: %v", l.path, err)
	}
	files := make([]client.File, len(media))
	for i, id := range media {
		files[i].ID = id
	}
	var err error
	if fields["files"], err = json.Marshal(files); err != nil {
		return err
	}
	l.body, err = json.Marshal(fields)
	return err
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
