package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// What stands in the root of a folder besides the objects.
const (
	tempName = ".tmp"  // what is being written
	lockName = ".lock" // held by the one server that uses the folder
)

// Segments of a key become names with one of these suffixes. Since both kinds
// carry one, an object "a" and the folder of an object "a/b" can't meet, and
// no key can name the temp folder or the lock file.
const (
	dirSuffix  = ".dir"
	fileSuffix = ".blob"
)

// folder keeps each object in a file: "originals/ab/abcd" in
// originals.dir/ab.dir/abcd.blob.
type folder struct {
	root string
	lock *os.File

	// dirs is held for writing while directories come or go, and for reading
	// while a file moves into one: no directory vanishes under a Put, and none
	// is seen before its entry in its parent is on disk.
	dirs sync.RWMutex
}

func openFolder(root string) (*folder, error) {
	if err := makeDirs(root); err != nil {
		return nil, err
	}
	lock, err := lockFile(filepath.Join(root, lockName))
	if err != nil {
		return nil, err
	}
	if err := clearTemp(root); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &folder{root: root, lock: lock}, nil
}

// lockFile takes the lock at that path, which ends with the process or with
// Close, whichever comes first.
func lockFile(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = ErrInUse
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), file.Close())
	}
	return file, nil
}

// clearTemp removes what a killed server was writing. Only the holder of the
// lock may call it.
func clearTemp(root string) error {
	temp := filepath.Join(root, tempName)
	if err := os.RemoveAll(temp); err != nil {
		return fmt.Errorf("clear temporary files: %w", err)
	}
	return os.Mkdir(temp, 0o700)
}

// Close gives the folder free for another server. Closing the file alone doesn't
// do that while a child that is just being started has a copy of it.
func (f *folder) Close() error {
	return errors.Join(syscall.Flock(int(f.lock.Fd()), syscall.LOCK_UN), f.lock.Close())
}

// dir is the directory of the objects whose key is prefix and one segment
// more; prefix is empty or ends with a slash.
func (f *folder) dir(prefix string) string {
	return filepath.Join(f.root, strings.ReplaceAll(prefix, "/", dirSuffix+"/"))
}

// file is where the object of key stands.
func (f *folder) file(key string) string {
	slash := strings.LastIndexByte(key, '/') + 1
	return filepath.Join(f.dir(key[:slash]), key[slash:]+fileSuffix)
}

func (f *folder) Put(ctx context.Context, key string, r io.Reader, _ int64) error {
	temp, err := f.writeTemp(r)
	if err != nil {
		return noSpace(err)
	}
	path := f.file(key)
	err = context.Cause(ctx) // it may have ended while the bytes went to disk
	if err == nil {
		err = f.move(temp, path)
	}
	if err != nil {
		return noSpace(errors.Join(err, os.Remove(temp)))
	}
	return noSpace(syncDir(filepath.Dir(path)))
}

// writeTemp writes what r gives to a temporary file, down to the disk. After
// an error there is no file.
func (f *folder) writeTemp(r io.Reader) (path string, err error) {
	file, err := os.CreateTemp(filepath.Join(f.root, tempName), "put-*")
	if err != nil {
		return "", err
	}
	if err := errors.Join(fill(file, r), file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

// fill writes what r gives to file and sees it down to the disk.
func fill(file *os.File, r io.Reader) error {
	if _, err := io.Copy(file, r); err != nil {
		return err
	}
	return file.Sync()
}

// move gives the file at temp its place, making the directories it needs.
func (f *folder) move(temp, path string) error {
	f.dirs.RLock()
	err := os.Rename(temp, path)
	f.dirs.RUnlock()
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f.dirs.Lock()
	defer f.dirs.Unlock()
	if err := makeDirs(filepath.Dir(path)); err != nil {
		return err
	}
	return os.Rename(temp, path)
}

func (f *folder) Open(_ context.Context, key string) (*Object, error) {
	file, err := os.Open(f.file(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	stat, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &Object{ReadSeekCloser: file, Info: infoOf(key, stat)}, nil
}

func infoOf(key string, stat fs.FileInfo) Info {
	return Info{Key: key, Size: stat.Size(), ModTime: stat.ModTime().UTC()}
}

func (f *folder) Delete(_ context.Context, key string) error {
	path := f.file(key)
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if err := syncDir(dir); err != nil {
		return err
	}
	f.removeEmpty(dir)
	return nil
}

// removeEmpty removes dir and those above it as far as they are empty. One
// that stays though it could go does no harm, so errors end the walk only.
func (f *folder) removeEmpty(dir string) {
	f.dirs.Lock()
	defer f.dirs.Unlock()
	for dir != f.root && os.Remove(dir) == nil {
		dir = filepath.Dir(dir)
	}
}

// makeDirs makes dir and what is missing above it, each with its entry in its
// parent on disk. That dir is there already is no error.
func makeDirs(dir string) error {
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeDirs(filepath.Dir(dir)); err != nil {
			return err
		}
		err = os.Mkdir(dir, 0o700)
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return err
	}
	if err := syncDir(filepath.Dir(dir)); err != nil {
		return errors.Join(err, os.Remove(dir)) // the next try must not take it for synced
	}
	return nil
}

// syncDir sees the entries of dir down to the disk. A directory that was
// removed since has none, which is no error.
func syncDir(dir string) error {
	file, err := os.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// noSpace marks err as an ErrNoSpace when the disk or the quota is full.
func noSpace(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", ErrNoSpace, err)
	}
	return err
}
