package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/vitrine-media/vitrine"
)

// Job is a piece of work that the server does in the background.
type Job struct {
	ID            int64             `json:"id"`
	Type          vitrine.JobType   `json:"type"`
	Status        vitrine.JobStatus `json:"status"`
	QueuePosition int               `json:"queuePosition"` // jobs ahead
	Progress      int               `json:"progress"`      // percent of the video that an import encodes
	CreatedAt     time.Time         `json:"createdAt"`
	Result        json.RawMessage   `json:"resultData"`
	Error         string            `json:"publicErrorMessage"` // of a failed job
}

// Ended reports whether the job has come to its end, good or bad. One that is
// failed_retryable has not: the server tries again by itself.
func (j *Job) Ended() bool {
	return j.Status == vitrine.JobCompleted || j.Status == vitrine.JobFailed
}

// Job gives a job by its id.
func (c *Client) Job(ctx context.Context, id int64) (Job, error) {
	var j Job
	err := c.call(ctx, http.MethodGet, fmt.Sprintf("/job/status?id=%d", id), nil, &j)
	return j, err
}

// The pauses between two looks at a job: short at first, for a job that is
// nearly done, and far from the rate limit when it lasts.
const (
	firstLook = 200 * time.Millisecond
	maxLook   = 2 * time.Second
)

// WaitJob looks at a job until it has ended and gives it as it then is. That
// the job itself failed is no error here: look at Status and Error.
// onProgress, which may be nil, gets what each look has found.
func (c *Client) WaitJob(ctx context.Context, id int64, onProgress func(Job)) (Job, error) {
	for pause := firstLook; ; pause = min(pause*3/2, maxLook) {
		job, err := c.Job(ctx, id)
		if err != nil {
			return Job{}, err
		}
		if onProgress != nil {
			onProgress(job)
		}
		if job.Ended() {
			return job, nil
		}
		if err := sleep(ctx, pause); err != nil {
			return job, fmt.Errorf("wait for job %d: %w", id, err)
		}
	}
}
