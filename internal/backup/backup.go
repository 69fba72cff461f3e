// Package backup saves an installation in a folder, beside the server that uses
// it, and puts it back.
//
// The folder holds one backup, and has it whole at any time: the former one
// until the manifest of the next takes its place by a rename. In it are
//
//	backup.json      the manifest
//	rows-….db        all rows as they were at one moment, a SQLite file
//	objects-….jsonl  a line for each object, with its SHA-256
//	blobs            the objects, in a bucket; none is ever written over
//	incoming         what is half-done
//
// The rows come first and then the bytes that they name. What the server has
// freed in between is not there any more, so that the rows are taken anew until
// nothing was. That ends soon: what one try has saved the next one has, and only
// what both came and went within a try is looked for in vain.
package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/move"
	"github.com/vitrine-media/vitrine/internal/store"
)

// The errors that callers tell apart.
var (
	// ErrIncomplete is a backup, or an installation put back, that lacks some
	// objects. All else is there.
	ErrIncomplete = errors.New("incomplete")
	// ErrForeign is a folder that holds something else than a backup.
	ErrForeign = errors.New("holds something else than a backup")
	// ErrNone is a folder without a whole backup.
	ErrNone = errors.New("no backup")
	// ErrDamaged is a backup that can't be put back.
	ErrDamaged = errors.New("damaged")
)

// maxRounds bounds how often the rows are taken.
const maxRounds = 8

// Source is the installation to save.
type Source struct {
	Rows  Rows // nil: the bytes alone
	Blobs blob.Reader
}

// Config is what else Save needs.
type Config struct {
	Version  string // of the program
	Now      func() time.Time
	Progress move.Progress
}

// Saved is what Save has done.
type Saved struct {
	Manifest       // zero until the backup is that of now
	Copied   int64 // objects that the folder had not, or not whole
	Renewed  int64 // of these, the ones that had been damaged in the folder
	Rounds   int   // how often the rows were taken
}

// Save makes the backup in dir, which is made if it is not there, that of now.
//
// Without rows the objects of the bucket are saved, and those are kept that it
// had at the Save before this one: rows that somebody else has saved between the
// two find all of theirs.
//
// What the folder has is not copied again. A part of it is read each time, in 28
// times all of it, and what is damaged is copied anew.
//
// Objects that are damaged, missing, or can't be read don't keep the others from
// being saved: ErrIncomplete names them. After any other error the former backup is there,
// unless Saved has a manifest: then what it doesn't need could not be removed.
// Two at a time in one folder are a blob.ErrInUse.
func Save(ctx context.Context, dir string, from Source, config Config) (saved Saved, err error) {
	v, err := openVault(ctx, dir)
	if err != nil {
		return saved, err
	}
	defer func() { err = errors.Join(err, v.close()) }()
	s := &saver{vault: v, from: from, config: config, uploads: map[string]object{}}
	saved, err = s.save(ctx)
	if err != nil {
		return saved, err
	}
	if err := v.tidy(ctx, saved.Manifest); err != nil {
		return saved, fmt.Errorf("the backup is saved; remove what it doesn't need: %w", err)
	}
	return saved, s.last.incomplete()
}

// saver is one Save.
type saver struct {
	vault  *vault
	from   Source
	config Config
	known  int64 // the newest version of the schema
	last   *round

	uploads map[string]object // which have been saved, by key
	early   int64             // of these, the ones saved before the rows
	unread  unread
}

func (s *saver) save(ctx context.Context) (saved Saved, err error) {
	m := Manifest{Format: format, Version: s.config.Version, Turn: s.vault.former.Turn + 1}
	if s.from.Rows != nil {
		if s.known, err = knownSchema(ctx, s.vault.incoming("schema.db")); err != nil {
			return saved, err
		}
	}
	var lacked map[string]bool // by the round before
	for again := true; again; {
		saved.Rounds++
		if err := s.saveUploads(ctx); err != nil {
			return saved, err
		}
		m.At = s.config.Now().UTC()
		if m.Rows, m.Schema, err = s.takeRows(ctx); err != nil {
			return saved, err
		}
		if s.last, err = s.saveObjects(ctx, m.Turn, lacked); err != nil {
			return saved, err
		}
		saved.Copied += s.last.copied
		saved.Renewed += s.last.renewed
		again = saved.Rounds < maxRounds && s.last.gone(saved.Rounds == 1)
		lacked = s.last.lacks()
	}
	if m.Objects, err = fileOf(s.vault.incoming(objectsName)); err != nil {
		return saved, err
	}
	saved.Copied += s.early
	m.Count, m.Bytes, m.Incomplete = s.last.count, s.last.bytes, s.last.incomplete() != nil
	if m, err = s.vault.commit(m); err == nil {
		saved.Manifest = m
	}
	return saved, err
}

// takeRows saves the rows of now, if rows are to be saved.
func (s *saver) takeRows(ctx context.Context) (*File, int64, error) {
	if s.from.Rows == nil {
		return nil, 0, nil
	}
	path := s.vault.incoming(rowsName)
	if err := takeRows(ctx, s.from.Rows, path, s.config.Progress); err != nil {
		return nil, 0, fmt.Errorf("save the rows: %w", err)
	}
	schema, err := schemaOf(ctx, path)
	if err != nil {
		return nil, 0, fmt.Errorf("look at the saved rows: %w", err)
	}
	// Of a newer one this program would not know all that the rows name.
	if schema > s.known {
		return nil, 0, fmt.Errorf("%w: it has version %d, the program knows up to %d", store.ErrNewerSchema, schema, s.known)
	}
	file, err := fileOf(path)
	return &file, schema, err
}

// vault is the folder of a backup, held by one Save.
type vault struct {
	dir    string
	blobs  blob.Bucket
	former Manifest // zero for none
}

const (
	blobsName    = "blobs"
	incomingName = "incoming"
)

func (v *vault) incoming(name string) string { return filepath.Join(v.dir, incomingName, name) }

func openVault(ctx context.Context, dir string) (v *vault, err error) {
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := checkOurs(dir); err != nil {
		return nil, err
	}
	v = &vault{dir: dir}
	if v.blobs, err = blob.Open(ctx, fileURL(filepath.Join(dir, blobsName))); err != nil {
		return nil, err
	}
	if err := v.open(); err != nil {
		return nil, errors.Join(err, v.blobs.Close())
	}
	return v, nil
}

// open is what wants the folder held.
func (v *vault) open() (err error) {
	if v.former, err = readManifest(v.dir); err != nil && !errors.Is(err, ErrNone) {
		return err
	}
	if err := os.RemoveAll(v.incoming("")); err != nil {
		return err
	}
	return os.Mkdir(v.incoming(""), 0o700)
}

func (v *vault) close() error {
	return errors.Join(os.RemoveAll(v.incoming("")), v.blobs.Close())
}

// checkOurs wants dir to be a backup, a half-done one, or empty: whoever names
// another folder by mistake would not find it as it was.
func checkOurs(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	ours := func(name string) bool {
		return name == manifestName || name == blobsName || name == incomingName || isPart(name)
	}
	i := slices.IndexFunc(entries, func(e fs.DirEntry) bool { return !ours(e.Name()) && e.Name() != "lost+found" })
	if i >= 0 {
		return fmt.Errorf("%s %w: %s", dir, ErrForeign, entries[i].Name())
	}
	return nil
}

// isPart tells the files that a manifest names.
func isPart(name string) bool {
	return strings.HasPrefix(name, "rows-") || strings.HasPrefix(name, "objects-")
}
