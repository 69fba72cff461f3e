// Package ingest does the jobs: it fetches what the rules ask for, optimises
// it in child processes, and tells the rules what came of it.
//
//	fetch    → temp file → bucket → rows, and the task that scans or optimises
//	scan     → verdict             → rows, and the task that optimises
//	optimise → variants  → bucket → rows, and the listings settle
//	encode   → the same of a video, by its poster
//	check    → a link is as it was, or is fetched again
//	deliver  → webhook             → rows
package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/fetch"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/imaging"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/scan"
	"github.com/vitrine-media/vitrine/internal/scrub"
	"github.com/vitrine-media/vitrine/internal/tracing"
	"github.com/vitrine-media/vitrine/internal/video"
	"github.com/vitrine-media/vitrine/internal/webhook"
)

// Config is what the jobs need.
type Config struct {
	Gallery   *gallery.Gallery
	Fetcher   *fetch.Fetcher
	Imaging   *imaging.Pool
	Videos    *video.Tool
	Scanner   *scan.Scanner // nil for none
	Sender    *webhook.Sender
	Bodies    Bodies
	Recipe    imaging.Recipe
	Scrub     scrub.Config // what is read it says by itself
	Blobs     blob.Bucket
	TempDir   string // of this process alone; may be emptied when it starts
	TempBytes int64  // that downloads and copies of originals may have there at one time, see room
	Now       func() time.Time
	Log       *slog.Logger
	Tracer    *tracing.Tracer
	Observer  Observer
}

// The stages of an attempt. A repair makes variants anew.
const (
	StageFetch    = "fetch"
	StageScan     = "scan"
	StageOptimise = "optimise"
	StageEncode   = "encode"
	StageRepair   = "repair"
)

// Stages are all stages.
var Stages = []string{StageFetch, StageScan, StageOptimise, StageEncode, StageRepair}

// Observer is told of what has happened; each of its functions may be nil.
type Observer struct {
	// Attempted is told of each attempt at a download, a scan, or at variants: its
	// stage, and vitrine.OutcomeOK or a failure code.
	Attempted func(vitrine.Attempt)
	// ChildDied is told of each child process that died of a file, or was killed.
	ChildDied func(stage string)
	// Delivered is told of each call of a webhook.
	Delivered func(webhook.Outcome)
}

// Ingest does the jobs.
type Ingest struct {
	Config
	temp        *semaphore.Weighted // bytes of TempDir
	scannerDown atomic.Bool         // said once, not for each file that waits
	fullUntil   atomic.Int64        // when to write again, ns of Unix time; 0: there is space
	noSpace     atomic.Int64        // tasks in a row that have found none
}

// New makes an Ingest.
func New(cfg Config) *Ingest {
	return &Ingest{Config: cfg, temp: semaphore.NewWeighted(cfg.TempBytes)}
}

// Handlers are the jobs by the kind of their tasks.
func (in *Ingest) Handlers() map[string]queue.Handlers {
	return map[string]queue.Handlers{
		gallery.TaskFetch:    {Run: in.fetch, Dead: in.fetchDead},
		gallery.TaskScan:     {Run: in.scan, Dead: in.scanDead},
		gallery.TaskOptimise: {Run: in.optimise, Dead: in.optimiseDead},
		gallery.TaskEncode:   {Run: in.encode, Dead: in.encodeDead},
		gallery.TaskCheck:    {Run: in.check, Dead: in.checkDead},
		gallery.TaskDeliver:  {Run: in.deliver, Dead: in.deliverDead},
		gallery.TaskRepair:   {Run: in.repair, Dead: in.repairDead},
		gallery.TaskScrub:    {Run: in.scrub, Dead: in.scrubDead},
		// Deleting is never given up: whoever wants these bytes again waits for it.
		gallery.TaskPrune:   {Run: in.prune, Dead: in.prune},
		gallery.TaskTidy:    {Run: in.tidy, Dead: in.tidy},
		gallery.TaskDiscard: {Run: in.discard, Dead: in.discard},
	}
}

// random spreads the pauses between tries; nothing depends on its value.
func random() float64 { return rand.Float64() }

// args reads the arguments of a task.
func args[T any](run *queue.Run) (T, error) {
	var task T
	if err := json.Unmarshal(run.Args, &task); err != nil {
		return task, fmt.Errorf("read the arguments of %s task %d: %w", run.Kind, run.ID, err)
	}
	return task, nil
}

// failureOf gives the failure in err; an error that holds none is internal, and
// its text stays with us.
func failureOf(err error) *vitrine.Failure {
	if f, ok := errors.AsType[*vitrine.Failure](err); ok {
		return f
	}
	return &vitrine.Failure{Code: vitrine.Internal}
}

// conclude notes on the attempt how it ended and how long it took, and logs it
// with what it was about.
func (in *Ingest) conclude(ctx context.Context, about slog.Attr, attempt *vitrine.Attempt, err error) {
	attempt.Duration = in.Now().Sub(attempt.StartedAt)
	attempt.Outcome = vitrine.OutcomeOK
	if err != nil {
		f := failureOf(err)
		attempt.Outcome, attempt.Detail = string(f.Code), f.Detail
	}
	tracing.Note(ctx, about, slog.String("stage", attempt.Stage), slog.Int64("bytes", attempt.Bytes), slog.String("type", attempt.Type), slog.String("result", attempt.Outcome))
	if in.Observer.Attempted != nil {
		in.Observer.Attempted(*attempt)
	}
	level := slog.LevelInfo
	if attempt.Outcome == string(vitrine.Internal) {
		level = slog.LevelError
	}
	in.Log.Log(ctx, level, "attempt ended", "stage", attempt.Stage, about, "attempt", attempt.Number,
		"bytes", attempt.Bytes, "type", attempt.Type, "duration", attempt.Duration,
		"outcome", attempt.Outcome, "err", err)
}
