package resumable

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/vitrine-media/vitrine"
)

// record is what is known of one upload. It is all there is: a server that
// starts anew goes on from the records it finds.
type record struct {
	ID        string    `json:"id"`
	Account   int64     `json:"account"`
	Media     int64     `json:"media"`
	Size      int64     `json:"size"`     // bytes, when all have come
	Metadata  string    `json:"metadata"` // the Upload-Metadata header, as sent
	CreatedAt time.Time `json:"createdAt"`

	// Stored says that the bytes lie in the bucket. It is written before they
	// are confirmed, so that whoever finishes the upload after a crash does not
	// take its own confirmation for another's.
	Stored    bool  `json:"stored"`
	Confirmed bool  `json:"confirmed"`
	Job       int64 `json:"job"` // the import that confirming began
}

// The files of an upload are its id with one of these.
const (
	recordSuffix = ".json"
	bytesSuffix  = ".bytes"
	tempSuffix   = ".tmp"
)

// shelf is the folder of uploads. Callers hold the upload's lock for whatever
// writes; a record may be read at any time.
type shelf struct{ dir string }

// openShelf makes the folder when it is absent, and clears it of records that a
// killed server was writing.
func openShelf(dir string) (shelf, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return shelf{}, fmt.Errorf("open the folder of uploads: %w", err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"+tempSuffix))
	if err != nil {
		return shelf{}, fmt.Errorf("open the folder of uploads: %w", err)
	}
	for _, name := range left {
		if err := os.Remove(name); err != nil {
			return shelf{}, fmt.Errorf("clear the folder of uploads: %w", err)
		}
	}
	return shelf{dir}, nil
}

func (s shelf) path(id, suffix string) string { return filepath.Join(s.dir, id+suffix) }

// isID reports whether id can be that of an upload: what rand.Text gives, and
// nothing that leads out of the folder.
func isID(id string) bool {
	return len(id) == 26 && strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// errGone is the refusal for an upload that is not there, for whatever reason.
var errGone = vitrine.Errorf(vitrine.CodeNotFound, "Upload not found")

// record gives the record of an upload, or errGone.
func (s shelf) record(id string) (record, error) {
	if !isID(id) {
		return record{}, errGone
	}
	data, err := os.ReadFile(s.path(id, recordSuffix))
	if errors.Is(err, fs.ErrNotExist) {
		return record{}, errGone
	}
	var rec record
	if err == nil {
		err = json.Unmarshal(data, &rec)
	}
	if err != nil {
		return record{}, fmt.Errorf("read the record of upload %s: %w", id, err)
	}
	return rec, nil
}

// save writes a record; after a crash it is the old one or the new one.
func (s shelf) save(rec record) error {
	data, err := json.Marshal(rec)
	if err != nil {
		return fmt.Errorf("save upload %s: %w", rec.ID, err)
	}
	temp := s.path(rec.ID, tempSuffix)
	err = writeSynced(temp, os.O_CREATE|os.O_TRUNC, func(f *os.File) error {
		_, err := f.Write(data)
		return err
	})
	if err == nil {
		err = os.Rename(temp, s.path(rec.ID, recordSuffix))
	}
	if err == nil {
		err = syncFolder(s.dir)
	}
	if err != nil {
		err = errors.Join(err, removeFile(temp))
	}
	switch {
	case isFull(err):
		return errNoSpace
	case err != nil:
		return fmt.Errorf("save upload %s: %w", rec.ID, err)
	}
	return nil
}

// offset is how many bytes of an upload have come.
func (s shelf) offset(rec record) (int64, error) {
	if rec.Confirmed {
		return rec.Size, nil // they have gone to the bucket
	}
	info, err := os.Stat(s.path(rec.ID, bytesSuffix))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look at upload %s: %w", rec.ID, err)
	}
	return info.Size(), nil
}

// isFull reports whether the disk, or its quota, is full.
func isFull(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

// append adds what src gives, on disk when it returns. What came before an
// error stays.
func (s shelf) append(id string, src io.Reader) (n int64, err error) {
	err = writeSynced(s.path(id, bytesSuffix), os.O_CREATE|os.O_APPEND, func(f *os.File) error {
		n, err = io.Copy(f, src)
		return err
	})
	switch {
	case isFull(err):
		return n, errNoSpace
	case err != nil:
		return n, fmt.Errorf("append to upload %s: %w", id, err)
	}
	return n, nil
}

// cut takes back all bytes from size on.
func (s shelf) cut(id string, size int64) error {
	if err := os.Truncate(s.path(id, bytesSuffix), size); err != nil {
		return fmt.Errorf("cut upload %s: %w", id, err)
	}
	return nil
}

// open gives the bytes for reading.
func (s shelf) open(id string) (*os.File, error) {
	f, err := os.Open(s.path(id, bytesSuffix))
	if err != nil {
		return nil, fmt.Errorf("open upload %s: %w", id, err)
	}
	return f, nil
}

// removeBytes frees the space of an upload and keeps its record.
func (s shelf) removeBytes(id string) error { return removeFile(s.path(id, bytesSuffix)) }

// remove forgets an upload. The bytes go first: what has no record can't be
// found by its sender.
func (s shelf) remove(id string) error {
	if err := s.removeBytes(id); err != nil {
		return err
	}
	return removeFile(s.path(id, recordSuffix))
}

// ids gives the uploads of which there is anything.
func (s shelf) ids() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("list the uploads: %w", err)
	}
	var ids []string
	for _, entry := range entries {
		id, isRecord := strings.CutSuffix(entry.Name(), recordSuffix)
		id, isBytes := strings.CutSuffix(id, bytesSuffix)
		if (isRecord || isBytes) && isID(id) {
			ids = append(ids, id)
		}
	}
	return slices.Compact(ids), nil // ReadDir sorts
}

// writeSynced has write fill a file and makes sure that it is on disk.
func writeSynced(name string, flag int, write func(*os.File) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY|flag, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Sync(), f.Close())
}

// syncFolder makes the names in a folder last.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// removeFile removes a file; that there is none is no error.
func removeFile(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
