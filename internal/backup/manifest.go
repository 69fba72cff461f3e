package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// format is that of the folder as a whole.
const format = 1

const (
	manifestName = "backup.json"
	rowsName     = "rows.db"
	objectsName  = "objects.jsonl"
)

// Manifest says what a backup is.
type Manifest struct {
	Format     int       `json:"format"`
	Version    string    `json:"vitrine"` // of the program that made it
	At         time.Time `json:"at"`      // when its rows were taken, UTC
	Schema     int64     `json:"schema,omitempty"`
	Rows       *File     `json:"rows,omitempty"` // nil: the bytes alone
	Objects    File      `json:"objects"`        // the list of them
	Count      int64     `json:"count"`          // objects
	Bytes      int64     `json:"bytes"`          // of the objects
	Incomplete bool      `json:"incomplete,omitempty"`
	Turn       int64     `json:"turn,omitempty"` // of reading what the folder has
}

// File is a file beside the manifest.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}

// readManifest gives ErrNone where there is none.
func readManifest(dir string) (m Manifest, err error) {
	text, err := os.ReadFile(filepath.Join(dir, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return m, fmt.Errorf("%w in %s", ErrNone, dir)
	}
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("%s is %w: %w", filepath.Join(dir, manifestName), ErrDamaged, err)
	}
	if m.Format != format {
		return m, fmt.Errorf("%s is of format %d, this program knows %d", filepath.Join(dir, manifestName), m.Format, format)
	}
	return m, nil
}

// fileOf describes a file.
func fileOf(path string) (file File, err error) {
	f, err := os.Open(path)
	if err != nil {
		return file, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	hash := sha256.New()
	file.Name = filepath.Base(path)
	file.Size, err = io.Copy(hash, f)
	file.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return file, err
}

// check gives ErrDamaged for a file that is not what the manifest says.
func (f File) check(dir string) error {
	path := filepath.Join(dir, filepath.Base(f.Name))
	is, err := fileOf(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the backup is %w: %w", ErrDamaged, err)
	}
	if err == nil && is != f {
		err = fmt.Errorf("the backup is %w: %s has %d bytes with SHA-256 %s, not %d with %s", ErrDamaged, path, is.Size, is.SHA256, f.Size, f.SHA256)
	}
	return err
}

// commit gives what is in incoming its place. It is the backup from the rename
// of the manifest on; the files that it names have names of their own.
func (v *vault) commit(m Manifest) (Manifest, error) {
	place := func(file *File, prefix, suffix string) error {
		from := v.incoming(file.Name)
		file.Name = prefix + file.SHA256[:16] + suffix
		return errors.Join(syncPath(from), os.Rename(from, filepath.Join(v.dir, file.Name)))
	}
	if m.Rows != nil {
		if err := place(m.Rows, "rows-", ".db"); err != nil {
			return m, err
		}
	}
	if err := place(&m.Objects, "objects-", ".jsonl"); err != nil {
		return m, err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, err
	}
	temp := v.incoming(manifestName)
	if err := os.WriteFile(temp, append(text, '\n'), 0o600); err != nil {
		return m, err
	}
	// The names of the files have to be on the disk before that of the manifest.
	if err := errors.Join(syncPath(temp), syncPath(v.dir)); err != nil {
		return m, err
	}
	if err := os.Rename(temp, filepath.Join(v.dir, manifestName)); err != nil {
		return m, err
	}
	return m, syncPath(v.dir)
}

// syncPath sees a file, or the entries of a folder, down to the disk.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func fileURL(path string) string { return (&url.URL{Scheme: "file", Path: path}).String() }
