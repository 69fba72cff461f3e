package backup

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/move"
)

// tidy removes what a manifest doesn't name: what only the former backup did,
// and what was left half-done.
func (v *vault) tidy(ctx context.Context, m Manifest) error {
	entries, err := os.ReadDir(v.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if name := e.Name(); isPart(name) && name != m.Objects.Name && (m.Rows == nil || name != m.Rows.Name) {
			if err := os.Remove(filepath.Join(v.dir, name)); err != nil {
				return err
			}
		}
	}
	there := move.NewCursor(v.blobs.List(ctx, ""), func(info blob.Info) string { return info.Key })
	defer there.Stop()
	var errs []error
	remove := func(info blob.Info) { errs = append(errs, v.blobs.Delete(ctx, info.Key)) }
	for o, err := range readList(filepath.Join(v.dir, m.Objects.Name)) {
		if err != nil {
			return err
		}
		if !o.own() {
			continue
		}
		if _, _, err := there.Find(o.As, remove); err != nil {
			return err
		}
	}
	return errors.Join(append(errs, there.Rest(remove))...)
}
