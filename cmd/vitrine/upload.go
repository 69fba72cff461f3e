package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/vitrine-media/vitrine/client"
)

type uploadCommand struct {
	Files      []string `arg:"" name:"FILES" takes:"files" help:"The pictures and videos to upload."`
	ExternalID string   `name:"external-id" placeholder:"ID" help:"Your own id for the file, when it is one. If the server has that file, nothing is sent."`
	Wait       bool     `help:"Wait until the files are ready and show what came out."`
}

// Run uploads the files one after another.
func (cmd *uploadCommand) Run(ctx context.Context, cli *commands, out *output) error {
	if cmd.ExternalID != "" && len(cmd.Files) > 1 {
		return usage("--external-id is for one file, these are %d", len(cmd.Files))
	}
	photos, err := openFiles(cmd.Files)
	if err != nil {
		return err
	}
	photos[0].externalID = cmd.ExternalID
	c, err := cli.connect()
	if err != nil {
		return err
	}
	r := mediaRun{client: c, started: time.Now(), progress: newProgress(out.stderr), verb: "uploaded"}
	defer r.progress.end()
	u := uploader{client: c, progress: r.progress}
	if r.files, err = u.uploadAll(ctx, photos); err != nil {
		return err
	}
	return r.finish(ctx, out.stdout, cmd.Wait, cli.JSON)
}

// uploader sends files from this machine to the server.
type uploader struct {
	client   *client.Client
	progress progress
	// replaces says that a picture may take over the external id of another one
	// that the server has.
	replaces bool
}

// uploadAll sends the photos one after another: a line that is the bottleneck
// isn't made wider by sharing it. A refusal of one is noted with it; the error
// is for trouble that all of them would have.
func (u *uploader) uploadAll(ctx context.Context, photos []photo) ([]given, error) {
	var total int64
	for _, p := range photos {
		total += p.size
	}
	u.progress.sending(len(photos), total)
	var before int64
	files := make([]given, len(photos))
	for i, p := range photos {
		uploaded, err := u.upload(ctx, p, func(sent int64) { u.progress.sent(before + sent) })
		if err != nil && !ofFile(err) {
			return nil, fmt.Errorf("upload %s: %w", p.path, err)
		}
		files[i] = given{name: p.name, file: uploaded.Import, reused: uploaded.Existing != nil, err: err}
		before += p.size
		u.progress.sent(before)
		u.progress.arrived(files[i])
	}
	return files, nil
}

func (u *uploader) upload(ctx context.Context, p photo, onProgress func(int64)) (client.Uploaded, error) {
	file, err := os.Open(p.path)
	if err != nil {
		return client.Uploaded{}, err
	}
	defer func() { _ = file.Close() }() // only read
	in := client.UploadInput{ContentType: p.contentType, Filename: p.name, Size: p.size, ExternalID: p.externalID}
	uploaded, err := u.client.Upload(ctx, file, in, onProgress)
	if err != nil || !differs(uploaded.Existing, p) {
		return uploaded, err
	}
	if !u.replaces {
		return client.Uploaded{}, fmt.Errorf("%w; free the id first: vitrine media unlink %d", errOther, uploaded.MediaID)
	}
	// The old picture stays in the listings that have it, without the id,
	// until they get the new one.
	if _, err := u.client.UnlinkMedia(ctx, uploaded.MediaID); err != nil {
		return client.Uploaded{}, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return client.Uploaded{}, err
	}
	return u.client.Upload(ctx, file, in, onProgress)
}

// differs reports whether the file that the server has is known to be another.
func differs(existing *client.Media, p photo) bool {
	return existing != nil && existing.Size != 0 && existing.Size != p.size
}
