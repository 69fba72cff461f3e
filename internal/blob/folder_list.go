package blob

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strings"
)

// List walks the directories that can hold a match. At any time it holds the
// names of one directory for each level, not those of the whole folder.
func (f *folder) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		deepest := prefix[:strings.LastIndexByte(prefix, '/')+1]
		f.walk(ctx, deepest, prefix, yield)
	}
}

// walk yields the objects below dir that begin with prefix, and reports
// whether more are wanted.
func (f *folder) walk(ctx context.Context, dir, prefix string, yield func(Info, error) bool) bool {
	entries, err := f.entries(dir)
	if err != nil {
		yield(Info{}, err)
		return false
	}
	for _, entry := range entries {
		if err := context.Cause(ctx); err != nil {
			yield(Info{}, err)
			return false
		}
		if !strings.HasPrefix(entry.key, prefix) {
			continue
		}
		if entry.file == nil {
			if !f.walk(ctx, entry.key, prefix, yield) {
				return false
			}
			continue
		}
		stat, err := entry.file.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted since its directory was read
		}
		if err != nil {
			yield(Info{}, err)
			return false
		}
		if !yield(infoOf(entry.key, stat), nil) {
			return false
		}
	}
	return true
}

// entry is an object, or a directory, whose key ends with a slash.
type entry struct {
	key  string
	file fs.DirEntry // nil for a directory
}

// entries are those of one directory in the order of the keys they hold: with
// the slash of the directories counted, as "a!" < "a/b" < "a0" wants it. A
// directory that is not there has none.
func (f *folder) entries(dir string) ([]entry, error) {
	files, err := os.ReadDir(f.dir(dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	entries := make([]entry, 0, len(files))
	for _, file := range files {
		if name, ok := strings.CutSuffix(file.Name(), dirSuffix); ok && file.IsDir() {
			entries = append(entries, entry{key: dir + name + "/"})
		}
		if name, ok := strings.CutSuffix(file.Name(), fileSuffix); ok && file.Type().IsRegular() {
			entries = append(entries, entry{key: dir + name, file: file})
		}
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.key, b.key) })
	return entries, nil
}
