package gallery

import (
	"context"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// The tasks that the rules ask of ingest. Fetching, scanning and delivering wait
// for others, optimising and encoding burn our own cores, sweeping is small:
// each has a lane.
const (
	TaskFetch    = "fetch"
	TaskScan     = "scan"
	TaskOptimise = "optimise"
	TaskEncode   = "encode"
	TaskDeliver  = "deliver"
	TaskPrune    = "prune"
	TaskDiscard  = "discard"
	TaskCheck    = "check"
	TaskRepair   = "repair"
	TaskTidy     = "tidy"
	TaskScrub    = "scrub"

	LaneFetch    queue.Lane = "fetch"
	LaneBulk     queue.Lane = "bulk" // downloads that yield: slow origins of one account don't keep others' waiting
	LaneScan     queue.Lane = "scan"
	LaneOptimise queue.Lane = "optimise"
	LaneEncode   queue.Lane = "encode"
	LaneDeliver  queue.Lane = "deliver"
	LaneSweep    queue.Lane = "sweep"
	LaneScrub    queue.Lane = "scrub" // long, and nobody waits for it
)

// Lanes are all lanes.
var Lanes = []queue.Lane{LaneFetch, LaneBulk, LaneScan, LaneOptimise, LaneEncode, LaneDeliver, LaneSweep, LaneScrub}

// Priorities, the most urgent first.
const (
	PriorityFirst  = 1 // the first pictures of a listing: they unlock publishing
	PrioritySingle = 2 // the other pictures of one call
	PriorityCheck  = 4 // nobody waits for it
)

// FetchTask asks for the bytes of a media: from its source, or from where its
// sender has uploaded them.
type FetchTask struct {
	MediaID  int64 `json:"mediaId"`
	Seq      int64 `json:"seq"`      // of the media when it was asked
	Priority int   `json:"priority"` // optimising what comes is as urgent
}

// ScanTask asks a virus scanner about some stored bytes.
type ScanTask struct {
	SHA256   string `json:"sha256"`
	Priority int    `json:"priority"` // optimising what is clean is as urgent
}

// DeliverTask asks for what is due to be delivered to an endpoint.
type DeliverTask struct {
	EndpointID int64 `json:"endpointId"`
}

// OptimiseTask asks for the variants of some stored bytes: of a picture
// (TaskOptimise) or of a video (TaskEncode), or for those of either once more
// (TaskRepair).
type OptimiseTask struct {
	SHA256 string `json:"sha256"`
}

// PruneTask asks for the bytes of a content to be deleted, if nobody uses it.
type PruneTask struct {
	SHA256 string `json:"sha256"`
}

// TidyTask asks for what is kept for a content and named by no row to be deleted.
type TidyTask struct {
	SHA256  string `json:"sha256"`
	Erasing bool   `json:"erasing,omitempty"` // an erasure waits for it
}

// key names the task, and what an erasure waits for.
func (t TidyTask) key() string {
	if t.Erasing {
		return "late " + t.SHA256
	}
	return t.SHA256
}

// DiscardTask asks for an uploaded object to be deleted.
type DiscardTask struct {
	Key string `json:"key"`
}

// CheckTask asks whether a link still leads where it led to.
type CheckTask struct {
	MediaID int64 `json:"mediaId"`
	Seq     int64 `json:"seq"` // of the media when it was asked
}

// startFetch gives a pending media, which is written, its job and its task.
func (g *Gallery) startFetch(ctx context.Context, tx *store.Tx, t *turn, m *vitrine.Media, priority int) error {
	job, err := tx.InsertJob(ctx, vitrine.Job{
		AccountID: m.AccountID, Type: vitrine.JobImport, MediaID: m.ID, CreatedAt: g.now(),
	})
	if err != nil {
		return err
	}
	m.JobID = job
	if err := tx.SetMediaJob(ctx, m.ID, job); err != nil {
		return err
	}
	lane, priority, err := g.admit(ctx, tx, t, m, priority)
	if err != nil {
		return err
	}
	return g.queue.Enqueue(ctx, tx, queue.Task{
		Kind: TaskFetch, Args: FetchTask{MediaID: m.ID, Seq: m.Seq, Priority: priority}, Lane: lane, Priority: priority,
	})
}

// refetch gives a media another try from that source. The newer sequence number
// makes whatever still runs for the older one lose: its job ends here, and bytes
// that waited to be optimised are given up.
func (g *Gallery) refetch(ctx context.Context, tx *store.Tx, t *turn, m *vitrine.Media, source vitrine.Source, priority int) error {
	if m.State == vitrine.MediaAwaiting {
		if err := g.discardUpload(ctx, tx, m.ID); err != nil {
			return err
		}
	}
	if err := tx.EndJob(ctx, m.JobID, vitrine.JobFailed, "", "Another version was asked for", g.now()); err != nil {
		return err
	}
	var seq int64
	err := g.releasing(ctx, tx, *m, func() (err error) {
		seq, err = tx.RefetchMedia(ctx, m.ID, source, g.now())
		return err
	})
	if err != nil {
		return err
	}
	m.Seq, m.Source, m.State, m.Failure, m.Wanted = seq, source, vitrine.MediaPending, nil, ""
	return g.startFetch(ctx, tx, t, m, priority)
}

// restore has a media be what it shows, which is of that source: what was asked
// for since is called off. The caller settles the listings in which it stands.
func (g *Gallery) restore(ctx context.Context, tx *store.Tx, m vitrine.Media, source vitrine.Source) error {
	if err := tx.EndJob(ctx, m.JobID, vitrine.JobFailed, "", "The version before was asked for again", g.now()); err != nil {
		return err
	}
	return g.releasing(ctx, tx, m, func() error { return tx.RestoreMedia(ctx, m.ID, source, g.now()) })
}

// releasing frees the contents that a media no longer uses after change, such
// as bytes that were on their way to being shown.
func (g *Gallery) releasing(ctx context.Context, tx *store.Tx, m vitrine.Media, change func() error) error {
	before, err := tx.DigestsOf(ctx, m.ID)
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	after, err := tx.DigestsOf(ctx, m.ID)
	if err != nil {
		return err
	}
	return g.release(ctx, tx, m.AccountID, without(before, after)...)
}
