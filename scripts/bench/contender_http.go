package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/vitrine-media/vitrine/internal/porttest"
)

// Names of the peers that answer requests, among the contenders.
const (
	imgproxyName     = "imgproxy, effort 4 (its default)"
	imgproxyFastName = "imgproxy, effort 2"
	imagorName       = "imagor"
)

// asked is a server that makes a variant for each request.
type asked struct {
	command *exec.Cmd
	log     bytes.Buffer
	url     func(photo string, side int) string // of a variant
	photos  []string
	atOnce  int
}

// startAsked starts such a server and waits until it answers.
func startAsked(ctx context.Context, l *lab, name, address, ready string, atOnce int, command *exec.Cmd, url func(string, int) string) (*contender, error) {
	a := &asked{command: command, photos: l.photos, atOnce: atOnce, url: func(photo string, side int) string {
		return "http://" + address + url(filepath.Base(photo), side)
	}}
	command.Stdout, command.Stderr = &a.log, &a.log
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	if err := awaitOK(ctx, "http://"+address+ready, 100*time.Millisecond); err != nil {
		return nil, errors.Join(fmt.Errorf("wait for %s: %w", name, err), a.stop(), errors.New(a.log.String()))
	}
	return &contender{name: name, pid: command.Process.Pid, optimise: a.optimise, stop: a.stop}, nil
}

// optimise asks for every variant.
func (a *asked) optimise(ctx context.Context, to string) error {
	type wanted struct{ photo, side int }
	todo := make(chan wanted)
	errs := make([]error, a.atOnce)
	var group sync.WaitGroup
	for i := range a.atOnce {
		group.Go(func() {
			for w := range todo {
				err := download(ctx, a.url(a.photos[w.photo], w.side), filepath.Join(to, variantName(w.photo, w.side)))
				errs[i] = errors.Join(errs[i], err)
			}
		})
	}
	for i := range a.photos {
		for _, side := range variantSides {
			todo <- wanted{i, side}
		}
	}
	close(todo)
	group.Wait()
	return errors.Join(errs...)
}

func (a *asked) stop() error {
	if err := a.command.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	_ = a.command.Wait() // how a peer ends is its own affair
	return nil
}

// startImgproxy gives what starts imgproxy on the photos' folder, with further
// settings.
func startImgproxy(name string, atOnce int, settings ...string) starter {
	return func(ctx context.Context, l *lab) (*contender, error) {
		address, err := porttest.Address()
		if err != nil {
			return nil, err
		}
		command := exec.CommandContext(ctx, l.imgproxy)
		command.Env = append(os.Environ(), append(settings, "IMGPROXY_BIND="+address, "IMGPROXY_LOCAL_FILESYSTEM_ROOT="+filepath.Dir(l.photos[0]),
			"IMGPROXY_FORMAT_QUALITY=webp=80", "IMGPROXY_MAX_SRC_RESOLUTION=100", "IMGPROXY_LOG_LEVEL=error")...)
		return startAsked(ctx, l, name, address, "/health", atOnce, command, func(photo string, side int) string {
			return fmt.Sprintf("/insecure/rs:fit:%d:%d/plain/local:///%s@webp", side, side, photo)
		})
	}
}

// startImagor gives what starts imagor on the photos' folder.
func startImagor(atOnce int) starter {
	return func(ctx context.Context, l *lab) (*contender, error) {
		address, err := porttest.Address()
		if err != nil {
			return nil, err
		}
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		command := exec.CommandContext(ctx, l.imagor, "-imagor-unsafe", "-server-address", "127.0.0.1", "-port", port,
			"-file-loader-base-dir", filepath.Dir(l.photos[0]), "-imagor-auto-webp=false")
		return startAsked(ctx, l, imagorName, address, "/", atOnce, command, func(photo string, side int) string {
			return fmt.Sprintf("/unsafe/fit-in/%dx%d/filters:format(webp):quality(80):no_upscale()/%s", side, side, photo)
		})
	}
}
