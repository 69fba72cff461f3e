package main

import (
	"context"
	"errors"
	"net/url"
	"path"
	"slices"
	"time"

	"github.com/vitrine-media/vitrine/client"
)

type importCommand struct {
	URLs       []string `arg:"" name:"URLS" help:"Where the files are."`
	ExternalID string   `name:"external-id" placeholder:"ID" help:"Your own id for the file, when it is one. If the server has that file, nothing is fetched."`
	Wait       bool     `help:"Wait until the files are ready and show what came out."`
}

// Run has the server fetch the files.
func (cmd *importCommand) Run(ctx context.Context, cli *commands, out *output) error {
	if cmd.ExternalID != "" && len(cmd.URLs) > 1 {
		return usage("--external-id is for one URL, these are %d", len(cmd.URLs))
	}
	c, err := cli.connect()
	if err != nil {
		return err
	}
	r := mediaRun{client: c, started: time.Now(), progress: newProgress(out.stderr), verb: "imported"}
	defer r.progress.end()
	for urls := range slices.Chunk(cmd.URLs, client.MaxOps) {
		files, err := importAll(ctx, c, urls, cmd.ExternalID)
		if err != nil {
			return err
		}
		r.files = append(r.files, files...)
	}
	return r.finish(ctx, out.stdout, cmd.Wait, cli.JSON)
}

// importAll asks for the files in one request.
func importAll(ctx context.Context, c *client.Client, urls []string, externalID string) ([]given, error) {
	ops := make([]client.MediaOp, len(urls))
	files := make([]given, len(urls))
	for i, u := range urls {
		ops[i] = client.MediaOp{Op: client.OpUploadFromURL, URL: u, ExternalID: externalID}
		files[i].name = nameOf(u, u)
	}
	answer, err := c.BulkMedia(ctx, ops)
	if err != nil {
		return nil, err
	}
	for _, result := range answer.Results {
		if result.Index < 0 || result.Index >= len(files) {
			continue // it answers nothing that was asked
		}
		f := &files[result.Index]
		f.file, f.reused = result.Import, result.Success && result.JobID == 0
		if !result.Success {
			f.err = errors.New(result.Error)
		}
	}
	return files, nil
}

// nameOf is what a person would call the file at a URL: the last part of its
// path.
func nameOf(rawURL, otherwise string) string {
	if u, err := url.Parse(rawURL); err == nil && u.Path != "" && u.Path != "/" {
		return path.Base(u.Path)
	}
	return otherwise
}
