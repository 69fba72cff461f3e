package backup

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
)

// object is a line of the list of objects, which is in the order of the keys.
type object struct {
	Key    string `json:"key"`
	As     string `json:"as"`   // its key in the backup, which no other bytes ever have
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256"`
	// Gone is set where the bucket had it at the Save before this one and has it
	// no more.
	Gone bool `json:"gone,omitempty"`
}

func objectKey(o object) string { return o.Key }

// own reports whether the bytes are kept under this key's own name, not under
// that of an original.
func (o object) own() bool { return strings.HasPrefix(o.As, o.Key) }

// list writes a list of objects.
type list struct {
	file *os.File
	w    *bufio.Writer
	last object
	as   string // the last one of the objects' own
}

func newList(path string) (*list, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &list{file: file, w: bufio.NewWriter(file)}, nil
}

// add wants objects in the order of their keys, here and there: others would
// never be found.
func (l *list) add(o object) error {
	if o.Key <= l.last.Key || o.own() && o.As <= l.as {
		return fmt.Errorf("object %q came behind %q", o.Key, l.last.Key)
	}
	if l.last = o; o.own() {
		l.as = o.As
	}
	line, err := json.Marshal(o)
	if err != nil {
		return err
	}
	_, err = l.w.Write(append(line, '\n'))
	return err
}

func (l *list) close() error { return errors.Join(l.w.Flush(), l.file.Close()) }

// readList gives the objects of a list, none of one that is not there.
func readList(path string) iter.Seq2[object, error] {
	return func(yield func(object, error) bool) {
		file, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			yield(object{}, err)
			return
		}
		defer func() { _ = file.Close() }() // it was only read
		lines := json.NewDecoder(bufio.NewReader(file))
		for {
			var o object
			err := lines.Decode(&o)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(o, fmt.Errorf("%s is %w: %w", path, ErrDamaged, err))
				return
			}
			if !yield(o, nil) {
				return
			}
		}
	}
}

// formerObjects is the list of the backup that there is.
func (v *vault) formerObjects() iter.Seq2[object, error] {
	if v.former.Objects.Name == "" {
		return func(func(object, error) bool) {}
	}
	return readList(filepath.Join(v.dir, filepath.Base(v.former.Objects.Name)))
}
