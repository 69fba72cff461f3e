package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

type watchCommand struct {
	ID int64 `arg:"" name:"ID" help:"The job's number."`
}

// Run follows a job to its end.
func (cmd *watchCommand) Run(ctx context.Context, cli *commands, out *output) error {
	c, err := cli.connect()
	if err != nil {
		return err
	}
	progress := newProgress(out.stderr)
	defer progress.end()
	job, err := c.WaitJob(ctx, cmd.ID, func(j client.Job) {
		if !j.Ended() {
			progress.stage(stageOf(j))
		}
	})
	if err != nil {
		return unknown(err, "jobs are forgotten some days after their end; the listing or the file tells how it stands")
	}
	progress.end()
	if cli.JSON {
		err = printJSON(out.stdout, job)
	} else {
		err = writeJob(out.stdout, job)
	}
	if err == nil && job.Status == vitrine.JobFailed {
		return errFailed
	}
	return err
}

// stageOf says how far a job has come.
func stageOf(j client.Job) string {
	switch {
	case j.Status == vitrine.JobPending && j.QueuePosition > 0:
		return fmt.Sprintf("pending, %d jobs ahead", j.QueuePosition)
	case j.Status == vitrine.JobFailedRetryable:
		return "failed for now, the server tries again"
	case j.Progress > 0:
		return fmt.Sprintf("%s, %d%%", j.Status, j.Progress)
	}
	return string(j.Status)
}

// writeJob tells how a job has ended.
func writeJob(w io.Writer, j client.Job) error {
	var b strings.Builder
	if j.Status == vitrine.JobFailed {
		fmt.Fprintf(&b, "Job %d has failed: %s\n", j.ID, clean(j.Error))
	} else {
		fmt.Fprintf(&b, "Job %d is %s.\n", j.ID, j.Status)
	}
	if result := string(j.Result); result != "" && result != "null" {
		fmt.Fprintf(&b, "Result: %s\n", clean(result))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
