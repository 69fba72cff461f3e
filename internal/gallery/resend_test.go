package gallery_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

// settled is a classified that is UPDATED with that list, which is known as
// "body".
func (f fixture) settled(t *testing.T, names ...string) classified {
	t.Helper()
	c := f.posted(t, names...)
	in := wish(names...)
	in.Digest = "body"
	c.putWish(t, in)
	c.wantHistory(t, "UPDATED")
	return c
}

func (c classified) resend(ctx context.Context, opts gallery.WriteOptions) (gallery.ClassifiedResult, bool, error) {
	return c.ResendClassified(ctx, c.account, c.uuid, "body", opts)
}

// What one statement answers is what the rules answer at length, which a
// condition makes them do.
func TestResendTwoWays(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		for _, names := range [][]string{{"c@1", "a@1", "b@1", "a@1"}, {"lone"}, {}} {
			c := f.settled(t, names...)
			short, known, err := c.resend(t.Context(), gallery.WriteOptions{})
			if err != nil || !known {
				t.Fatalf("known %t, %v", known, err)
			}
			line := c.view(t).Status
			long, known, err := c.resend(t.Context(), gallery.WriteOptions{Match: func(int64) bool { return true }})
			if err != nil || !known {
				t.Fatalf("with a condition: known %t, %v", known, err)
			}
			told := cmpopts.IgnoreFields(vitrine.Listing{}, "FormData", "SettledRevision", "ShownRevision", "ShownAt", "SwapAt", "CreatedAt", "UpdatedAt", "SyncedAt", "JobID")
			if diff := cmp.Diff(long, short, told); diff != "" {
				t.Errorf("%v: result (-long +short)\n%s", names, diff)
			}
			if diff := cmp.Diff(c.view(t).Status, line, cmpopts.IgnoreFields(vitrine.StatusChange{}, "ID", "UUID", "At")); diff != "" {
				t.Errorf("%v: line of the history (-long +short)\n%s", names, diff)
			}
			c.wantHistory(t, "UPDATED", "UPDATED", "UPDATED")
		}
	})
}

// One statement doesn't answer what has to be looked at.
func TestResendLooksCloser(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c, other := f.settled(t, "a@1"), f.posted(t, "b@1")
		if _, known, err := f.ResendClassified(t.Context(), f.account, c.uuid, "another body", gallery.WriteOptions{}); known || err != nil {
			t.Errorf("another body: known %t, %v", known, err)
		}
		other.put(t, "a@2") // the same media, sent anew by another classified
		c.wantResent(t)
		c.wantHistory(t, "UPDATED", "UPDATING")
		c.ok(t, "a@2")
		c.wantHistory(t, "UPDATED", "UPDATING", "UPDATED")

		if err := f.SetCallback(t.Context(), f.account, "https://crm.example", nil); err != nil {
			t.Fatal(err)
		}
		c.wantResent(t)
		var told int
		err := f.db.View(t.Context(), func(tx *store.Tx) error {
			return tx.QueryRow(t.Context(), `select count(*) from delivery where type = 'UPDATED'`).Scan(&told)
		})
		if err != nil || told != 1 {
			t.Errorf("the callback is told %d times, %v", told, err)
		}

		if _, err := f.DeleteClassified(t.Context(), f.account, c.uuid, gallery.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, known, err := c.resend(t.Context(), gallery.WriteOptions{}); known || err != nil {
			t.Errorf("a deleted one: known %t, %v", known, err)
		}
	})
}

func (c classified) wantResent(t *testing.T) {
	t.Helper()
	if _, known, err := c.resend(t.Context(), gallery.WriteOptions{}); !known || err != nil {
		t.Errorf("known %t, %v", known, err)
	}
}

// A list that is sent again while another one is being written never says that
// that has ended.
func TestResendWaits(t *testing.T) {
	onEngines(t, func(t *testing.T, f fixture) {
		c := f.settled(t, "a@1")
		f.together(t, func(ctx context.Context) error {
			_, err := c.PutClassified(ctx, c.account, c.uuid, wish("a@2"), gallery.WriteOptions{})
			return err
		}, func(ctx context.Context) error {
			_, _, err := c.resend(ctx, gallery.WriteOptions{})
			return err
		})
		c.wantHistory(t, "RECEIVING RECEIVING_PUT", "RECEIVED RECEIVED_PUT", "UPDATING")
	})
}
