package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/vitrine-media/vitrine/internal/imaging"
	"github.com/vitrine-media/vitrine/internal/video"
)

// tools are the programs and libraries that this node's roles need.
//
// To ask them what they can do takes longer than all the rest of a start. So those
// that were found good are remembered in the data folder, and asked again while
// the server works already. What they have lost meanwhile then ends it.
type tools struct {
	settings settings
	videos   video.Config
	exe      string // this program, which the libraries of pictures are part of
}

// check makes sure that they are there.
func (t tools) check(ctx context.Context) error {
	var pictures, videos error
	var checks sync.WaitGroup
	if t.settings.plays(roleOptimise) || t.settings.plays(roleVideo) { // of which the posters are pictures
		checks.Go(func() { pictures = imaging.Check() })
	}
	if t.settings.plays(roleVideo) {
		checks.Go(func() { videos = video.Check(ctx, t.videos) })
	}
	checks.Wait()
	return errors.Join(pictures, videos)
}

// recheck is check beside a server that works on what is remembered. That it
// stops meanwhile is no error.
func (t tools) recheck(ctx context.Context) error {
	err := t.check(ctx)
	if err == nil || ctx.Err() != nil {
		return nil
	}
	return errors.Join(err, os.Remove(t.file()))
}

// known reports whether these very ones were found good by an earlier start.
func (t tools) known() bool {
	fingerprint, err := t.fingerprint()
	if err != nil {
		return false // check tells what is missing
	}
	found, err := os.ReadFile(t.file())
	return err == nil && string(found) == fingerprint
}

// remember notes that they were found good. The data folder is there.
func (t tools) remember() error {
	fingerprint, err := t.fingerprint()
	if err != nil {
		return err
	}
	return os.WriteFile(t.file(), []byte(fingerprint), 0o600)
}

func (t tools) file() string { return filepath.Join(t.settings.Data, "tools") }

// fingerprint is another one when a program, a role or a limit is.
func (t tools) fingerprint() (string, error) {
	stat, err := os.Stat(t.exe)
	if err != nil {
		return "", err
	}
	text := fmt.Sprintln(version, t.exe, stat.Size(), stat.ModTime().UnixNano(), t.settings.Roles, t.videos.MemoryBytes)
	if t.settings.plays(roleVideo) {
		programs, err := video.Fingerprint(t.videos)
		if err != nil {
			return "", err
		}
		text += programs
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:]) + "\n", nil
}
