package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vitrine-media/vitrine/internal/blob"
	"github.com/vitrine-media/vitrine/internal/classifiedsapi"
	"github.com/vitrine-media/vitrine/internal/fetch"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/imaging"
	"github.com/vitrine-media/vitrine/internal/ingest"
	"github.com/vitrine-media/vitrine/internal/listingsapi"
	"github.com/vitrine-media/vitrine/internal/move"
	"github.com/vitrine-media/vitrine/internal/queue"
	"github.com/vitrine-media/vitrine/internal/resumable"
	"github.com/vitrine-media/vitrine/internal/sandbox"
	"github.com/vitrine-media/vitrine/internal/scan"
	"github.com/vitrine-media/vitrine/internal/store"
	"github.com/vitrine-media/vitrine/internal/tracing"
	"github.com/vitrine-media/vitrine/internal/video"
	"github.com/vitrine-media/vitrine/internal/webhook"
)

// serve runs the server until ctx is cancelled: settings → logger → tools →
// database → bytes → workers → HTTP, and back in reverse.
func serve(ctx context.Context, p *program) (err error) {
	s := p.settings
	if len(p.args) > 0 {
		return fmt.Errorf("unexpected %q", p.args[0])
	}
	level := new(slog.LevelVar)
	level.Set(parseLevel(s.LogLevel))
	log := newLoggerAt(level, s, p)
	tracer, err := tracing.Open(ctx, tracing.Config{Endpoint: s.TraceEndpoint, Version: version, Log: log})
	if err != nil {
		return err
	}
	defer closeTracer(ctx, tracer, log)
	meters := newMeters()
	meters.about(version)
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	videos := videoConfig(s, exe, log)
	tools := tools{settings: s, videos: videos, exe: exe}
	known := tools.known()
	if !known {
		if err := tools.check(ctx); err != nil {
			return err
		}
	}
	unlocked := sandbox.Missing()
	if len(unlocked) > 0 {
		log.Warn("children that decode are not locked in by all that there is", "missing", unlocked)
	}
	exposed, err := video.Exposed(videos, s.kept()...)
	if err != nil {
		return err
	}
	if len(exposed) > 0 {
		log.Warn("kept among the programs of the machine, where ffmpeg may read: move it", "paths", exposed)
	}
	// Nobody is answered before all is wired, but the port has to be known.
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.Listen)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }() // again, where it was served
	debug, err := openDebug(ctx, s)
	if err != nil {
		return err
	}
	if debug != nil {
		defer func() { _ = debug.Close() }() // the same
	}
	public := s.publicURL(listener.Addr())
	unlock, err := lockData(s.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := tools.remember(); err != nil {
		return err
	}
	db, err := openDB(ctx, s, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	blobs, err := blob.Open(ctx, s.blobsURL(), p.environ...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, blobs.Close()) }()
	if err := move.Ready(ctx, blobs); err != nil {
		return err
	}
	temp, err := emptyTemp(s.Data)
	if err != nil {
		return err
	}
	secret, err := keptSecret(ctx, db, "urls")
	if err != nil {
		return err
	}
	tokenSecret, err := keptSecret(ctx, db, "tokens")
	if err != nil {
		return err
	}
	scanner, err := openScanner(s)
	if err != nil {
		return err
	}
	pool := newPool(s, exe, log, meters.childStarts.Inc)
	defer func() { err = errors.Join(err, pool.Close()) }()
	fetcher := fetch.New(fetch.Config{Allow: s.FetchAllow, AllowHosts: s.AllowHosts, UserAgent: s.UserAgent, Limits: s.Limits, Now: time.Now})
	defer fetcher.Close()
	hooks := newHooks(s)
	defer hooks.CloseIdleConnections()
	tuning := queue.DefaultConfig(time.Now, log)
	tuning.Grace = s.Grace
	tuning.Tracer, tuning.Ended = tracer, meters.ended
	// The tries of a download are counted by ingest; the queue's own limit is
	// for what crashes.
	tuning.MaxAttempts = max(tuning.MaxAttempts, s.Limits.FetchTries+5)
	backend, err := queue.New(ctx, db, tuning)
	if err != nil {
		return err
	}
	rules := gallery.New(gallery.Config{
		DB: db, Queue: backend, Blobs: blobs, Limits: s.Limits, PublicURL: public, Secret: secret, Scan: scanner != nil, Now: time.Now,
		Tracer: tracer, Published: meters.published, Failed: meters.failed,
	})
	jobs := ingest.New(ingest.Config{
		Gallery: rules, Fetcher: fetcher, Imaging: pool, Videos: video.New(videos), Scanner: scanner, Recipe: s.Recipe, Blobs: blobs, TempDir: temp, TempBytes: s.TempBytes, Now: time.Now, Log: log,
		Scrub:  scrubConfig(s, db, blobs),
		Sender: webhook.New(webhook.Config{Transport: tracer.Transport(hooks), Timeout: s.Limits.DeliverTimeout, UserAgent: s.UserAgent, Now: time.Now}),
		Bodies: ingest.Bodies{Event: listingsapi.EventBody, Status: classifiedsapi.StatusBody},
		Tracer: tracer, Observer: meters.observer(),
	})

	uploads, err := resumable.New(resumable.Config{
		Gallery: rules, Dir: filepath.Join(s.Data, "uploads"), PublicURL: public, Limits: s.Limits, Now: time.Now, Log: log,
	})
	if err != nil {
		return err
	}
	sessionSecret, err := keptSecret(ctx, db, "sessions")
	if err != nil {
		return err
	}
	meters.registry.MustRegister(newLanes(backend, log), newStorage(s.storagePlaces()), newChildren(os.Getpid()))
	handler, stopFaces := faces{
		settings: s, public: public, secret: secret, tokenSecret: tokenSecret, sessionSecret: sessionSecret,
		rules: rules, blobs: blobs, db: db, uploads: uploads, unlocked: unlocked, meters: meters, tracer: tracer, log: log,
	}.handler(ctx)

	if err := rules.ScheduleScrub(ctx); err != nil {
		return err
	}
	log.Info("serving", "version", version, "listen", listener.Addr().String(), "public_url", public, "database", db.Engine(), "roles", s.Roles)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return serveHTTP(ctx, listener, handler, s, log, stopFaces...) })
	group.Go(func() error { return serveDebug(ctx, debug, level, log) })
	group.Go(func() error {
		return backend.Work(ctx, s.lanes(), jobs.Handlers())
	})
	if known {
		group.Go(func() error { return tools.recheck(ctx) })
	}
	group.Go(func() error { return housekeep(ctx, log, uploads.Sweep, rules.Sweep) })
	err = group.Wait()
	log.Info("stopped")
	return err
}

// videoConfig has ffmpeg's children started through this program, which locks
// them in.
func videoConfig(s settings, exe string, log *slog.Logger) video.Config {
	return video.Config{
		Exe: exe, Args: []string{lockedName}, MaxDuration: s.Limits.MaxVideo, Timeout: s.Limits.EncodeTimeout, MemoryBytes: s.EncodeMemory,
		Threads: min(8, max(1, runtime.GOMAXPROCS(0)/s.EncodeWorkers)), Log: log,
	}
}

// kept are the files and folders of this machine in which data are.
func (s settings) kept() []string {
	paths := []string{s.Data}
	for _, address := range []string{s.dbURL(), s.blobsURL()} {
		// One that isn't a URL is refused where it is opened.
		if u, err := url.Parse(address); err == nil && (u.Scheme == "sqlite" || u.Scheme == "file") {
			paths = append(paths, u.Path)
		}
	}
	return paths
}

// housekeep does what is due by the clock, at once and then every minute, in
// that order, until ctx is cancelled. What can't be done is left for the next
// time.
func housekeep(ctx context.Context, log *slog.Logger, sweeps ...func(context.Context) error) error {
	ticker := time.NewTicker(time.Minute)
	defer ticker.Stop()
	for {
		for _, sweep := range sweeps {
			if err := sweep(ctx); err != nil && ctx.Err() == nil {
				log.Error("sweep", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func newLogger(s settings, p *program) *slog.Logger { return newLoggerAt(parseLevel(s.LogLevel), s, p) }

// newLoggerAt is newLogger with a level that may change.
func newLoggerAt(level slog.Leveler, s settings, p *program) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(p.stderr, options))
	}
	return slog.New(slog.NewTextHandler(p.stderr, options))
}

// lockData makes this the only server that works in a data folder, until it
// ends. Commands beside it are free to.
func lockData(data string) (unlock func() error, err error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(data, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("the data folder %s is %w", data, blob.ErrInUse), lock.Close())
	}
	return func() error { // closing alone doesn't unlock while a child that is just being started has a copy
		return errors.Join(syscall.Flock(int(lock.Fd()), syscall.LOCK_UN), lock.Close())
	}, nil
}

// emptyTemp gives the folder of half-done work, emptied of what a killed server
// left. The lock has made sure that no other server works here.
func emptyTemp(data string) (string, error) {
	temp, err := filepath.Abs(filepath.Join(data, "tmp"))
	if err != nil {
		return "", err
	}
	if err := os.RemoveAll(temp); err != nil {
		return "", err
	}
	return temp, os.MkdirAll(temp, 0o700)
}

// keptSecret is made once and kept: that of the URLs makes the addresses of
// originals unguessable and signs those of uploads, that of the tokens signs the
// Classifieds API's. What was given out stays good.
func keptSecret(ctx context.Context, db *store.DB, name string) (secret []byte, err error) {
	err = db.Write(ctx, func(tx *store.Tx) error {
		value, err := tx.Secret(ctx, name, rand.Text())
		secret = []byte(value)
		return err
	})
	return secret, err
}

// openScanner gives the virus scanner, nil for none.
func openScanner(s settings) (*scan.Scanner, error) {
	if s.Scan == "" {
		return nil, nil
	}
	return scan.Open(s.Scan, scan.Config{})
}

// newHooks calls webhooks, behind the guard that downloads have. How long a
// receiver may take is bounded for the call as a whole.
func newHooks(s settings) *http.Transport {
	hooks := fetch.NewTransport(s.FetchAllow, s.AllowHosts, s.Limits)
	hooks.ResponseHeaderTimeout = 0
	return hooks
}

// closeTracer sends the last spans, unless the receiver is slow. That is no reason
// for the server to have failed.
func closeTracer(ctx context.Context, tracer *tracing.Tracer, log *slog.Logger) {
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := tracer.Close(limit); err != nil {
		log.Warn("the last traces were not sent", "err", err)
	}
}

func newPool(s settings, exe string, log *slog.Logger, started func()) *imaging.Pool {
	return imaging.NewPool(imaging.Config{
		Exe: exe, Args: []string{imagingWorkerName}, Workers: s.OptimiseWorkers,
		MaxPixels: s.Limits.MaxPixels, PixelsInFlight: s.OptimisePixels, MaxSidePx: s.Limits.MaxSidePx, Timeout: s.Limits.OptimiseTimeout,
		MemoryBytes: s.OptimiseMemory, RecycleAfter: 500, Recipe: s.Recipe, Log: log, Started: started,
	})
}
