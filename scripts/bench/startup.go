package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const (
	startupListings = 50_000
	startupMedia    = startupListings * listingPhotos
	startupGoal     = 300 * time.Millisecond
	startupPause    = time.Millisecond // between two looks at /readyz
)

// measureStartup measures how long the server takes to be ready: on an empty
// database, on one of a million media, and on that after a power cut.
func measureStartup(ctx context.Context, l *lab) (found *finding, err error) {
	dir, err := l.folder("startup")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	empty, million := filepath.Join(dir, "empty"), filepath.Join(dir, "million")
	for _, data := range []string{empty, million} {
		if err := l.prepareStartup(ctx, data); err != nil {
			return nil, err
		}
	}
	if err := l.writeListings(ctx, million, startupAccount, startupListings); err != nil {
		return nil, err
	}
	database, err := os.Stat(filepath.Join(million, "vitrine.db"))
	if err != nil {
		return nil, err
	}
	kinds := []startup{
		{name: "empty database", data: empty},
		{name: "a million media", data: million},
		{name: "a million media, after being killed", data: million, killed: true},
		{name: "a million media, first start with these programs", data: million, fresh: true},
	}
	var names []string
	for _, kind := range kinds {
		names = append(names, kind.name)
	}
	err = l.inTurns(ctx, names, func(ctx context.Context, round, contender int) error {
		kind := &kinds[contender]
		took, err := l.timeStartup(ctx, kind)
		if err == nil && round >= 0 {
			kind.milliseconds = append(kind.milliseconds, float64(took.Microseconds())/1000)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return startupFinding(kinds, database.Size()), nil
}

// startupAccount owns the rows.
const startupAccount = "startup"

// startup is one state that a server begins in.
type startup struct {
	name         string
	data         string
	killed       bool // the server before it was killed while it was written to
	fresh        bool // no server has found ffmpeg good
	milliseconds figures
}

// prepareStartup makes a database, with an account.
func (l *lab) prepareStartup(ctx context.Context, data string) error {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	server, err := l.startVitrined(ctx, data)
	if err != nil {
		return err
	}
	_, err = server.client(ctx, startupAccount)
	return errors.Join(err, server.stop())
}

// timeStartup starts a server and stops it again.
func (l *lab) timeStartup(ctx context.Context, kind *startup) (time.Duration, error) {
	if kind.killed {
		if err := l.killWriting(ctx, kind.data); err != nil {
			return 0, err
		}
	}
	if kind.fresh {
		if err := os.Remove(filepath.Join(kind.data, "tools")); err != nil {
			return 0, err
		}
	}
	began := time.Now()
	server, err := l.launchVitrined(ctx, kind.data)
	if err != nil {
		return 0, err
	}
	err = awaitOK(ctx, server.base+"/readyz", startupPause)
	took := time.Since(began)
	if err != nil {
		return 0, errors.Join(fmt.Errorf("wait for vitrined: %w", err), server.kill(), errors.New(server.log.String()))
	}
	return took, server.stop()
}

// killWriting leaves a database as a power cut does, with a log that was not
// carried over.
func (l *lab) killWriting(ctx context.Context, data string) error {
	server, err := l.startVitrined(ctx, data)
	if err != nil {
		return err
	}
	c, err := server.client(ctx, startupAccount)
	for i := 0; i < 50 && err == nil; i++ {
		listing := newListing(fmt.Sprintf("killed-%d", i), nil)
		listing.Status = "draft"
		listing.Fields["announcementValue"] = time.Now().UnixNano()
		_, err = c.PutListing(ctx, listing)
	}
	return errors.Join(err, server.kill())
}

func startupFinding(kinds []startup, databaseBytes int64) *finding {
	f := &finding{how: fmt.Sprintf(`Milliseconds from starting the program to the first 200 of /readyz, on SQLite and a folder, in turns: on an empty database; on one of
%d listings with %d published photos (%.1f GB; the files themselves are not needed); on that after a server on it was killed
while listings were written; and by a server that meets its ffmpeg for the first time and has to ask what it can do. The database is in the machine's page cache, as after a restart of the program, and not of the machine.
Goal: below %d ms.`, startupListings, startupMedia, float64(databaseBytes)/1e9, startupGoal.Milliseconds())}
	t := table{head: []string{"", "ms", fmt.Sprintf("< %d ms", startupGoal.Milliseconds())}}
	c := chart{name: "startup", title: "Start-up to /readyz", unit: "ms"}
	for _, kind := range kinds {
		t.rows = append(t.rows, []string{kind.name, kind.milliseconds.text("%.0f"), met(kind.milliseconds.median() < float64(startupGoal.Milliseconds()))})
		c.bars = append(c.bars, bar{name: kind.name, figures: kind.milliseconds, ours: true})
	}
	f.tables, f.charts = []table{t}, []chart{c}
	return f
}
