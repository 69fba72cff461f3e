package queue_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/pgtest"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/store"
)

// testUnfinished has a task that runs, one that failed, some that wait, and
// one that is done.
func testUnfinished(r *rig) {
	at := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
	release := make(chan struct{})
	stop := r.work(1, func(_ context.Context, run *queue.Run) error {
		switch string(run.Args) {
		case `"runs"`:
			<-release
		case `"failed"`:
			return queue.Later(time.Hour)
		}
		return nil
	}, neverDead)
	r.enqueue(task("done"))
	r.wantNext(`"done"`, 1)
	r.enqueue(task("failed", withKey("f")))
	r.wantNext(`"failed"`, 1)
	r.wantUnfinished(1)
	r.enqueue(task("runs", withKey("r")))
	r.wantNext(`"runs"`, 1)
	r.enqueue(task("soon", withPriority(1)), task("at", withRunAt(at), withPriority(3), withKey("a")), task("other", withKind("dye"), withPriority(4)))

	type line struct {
		Kind, Key, Args string
		Priority        int
		Lane            queue.Lane
	}
	var got []line
	runAt := map[string]time.Time{}
	err := r.db.View(r.Context(), func(tx *store.Tx) error {
		for task, err := range r.backend.Unfinished(r.Context(), tx) {
			if err != nil {
				return err
			}
			args := string(task.Args.(json.RawMessage))
			got = append(got, line{task.Kind, task.Key, args, task.Priority, task.Lane})
			runAt[args] = task.RunAt
		}
		return nil
	})
	if err != nil {
		r.Fatal(err)
	}
	want := []line{
		{kind, "", `"soon"`, 1, lane}, {kind, "r", `"runs"`, 2, lane}, {kind, "f", `"failed"`, 2, lane},
		{kind, "a", `"at"`, 3, lane}, {"dye", "", `"other"`, 4, lane},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		r.Errorf("unfinished (-want +got)\n%s", diff)
	}
	if got := runAt[`"at"`]; !got.Equal(at) {
		r.Errorf("the task that waits for %v runs at %v", at, got)
	}
	if got := runAt[`"failed"`]; got.Before(at.Add(-time.Hour)) || got.Before(time.Now()) {
		r.Errorf("the task that failed runs at %v", got)
	}
	close(release)
	stop()
}

// TestWorking asks of nodes that never were, that work, that have stopped, and
// of one that has died.
func TestWorking(t *testing.T) {
	t.Parallel()
	r := newRig(t, pgtest.Start(t))
	want := func(want bool, when string) {
		t.Helper()
		if got, err := r.backend.(*queue.River).Working(t.Context()); err != nil || got != want {
			t.Errorf("%s: working is %v, %v", when, got, err)
		}
	}
	want(false, "before all")
	stop := r.work(1, succeed, neverDead)
	r.enqueue(task(1))
	r.wantNext("1", 1)
	want(true, "at work")
	stop()
	want(false, "after a stop")
	r.write(`insert into queue_node (id, beat) values ('dead', 7)`)
	want(false, "after a death")
}
