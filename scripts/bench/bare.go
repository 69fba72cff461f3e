package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/vitrine-media/vitrine/internal/porttest"
)

// bareCommand is the first argument that makes this program the server of
// startBare.
const bareCommand = "serve-bare"

// bareInMemory is how large a file may be that serveBare doesn't open again.
const bareInMemory = 1 << 20

// bare is a server of net/http with a handler that asks nobody anything: what Go's
// HTTP itself takes, of which no server with it is less.
type bare struct {
	base    string // http://HOST:PORT
	command *exec.Cmd
}

// startBare starts one on a folder that nginx serves too.
func (l *lab) startBare(ctx context.Context, files string) (*bare, error) {
	address, err := porttest.Address()
	if err != nil {
		return nil, err
	}
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	b := &bare{base: "http://" + address, command: exec.CommandContext(ctx, exe, bareCommand, address, files)}
	b.command.Stderr = os.Stderr
	if err := b.command.Start(); err != nil {
		return nil, fmt.Errorf("start a bare server: %w", err)
	}
	if err := awaitOK(ctx, b.base+"/ready", 10*time.Millisecond); err != nil {
		return nil, errors.Join(fmt.Errorf("wait for a bare server: %w", err), b.kill())
	}
	return b, nil
}

func (b *bare) kill() error {
	if err := b.command.Process.Kill(); err != nil {
		return err
	}
	_ = b.command.Wait() // it was killed
	return nil
}

// serveBare serves files of a folder at an address.
func serveBare(address, folder string) error {
	server := &http.Server{Addr: address, Handler: bareHandler(folder), ReadHeaderTimeout: time.Minute}
	return server.ListenAndServe()
}

// bareHandler gives files of a folder with the headers that vitrine sends: small
// ones from memory, as vitrine does.
func bareHandler(folder string) http.Handler {
	var small sync.Map // bodies by path
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		tag := `"` + r.URL.Path + `"`
		h := w.Header()
		for name, values := range bareHeaders {
			h[name] = values
		}
		h["Etag"] = []string{tag}
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		if body, ok := small.Load(r.URL.Path); ok {
			h["Content-Type"] = bareType
			h["Content-Length"] = []string{strconv.Itoa(len(body.([]byte)))}
			_, _ = w.Write(body.([]byte)) // who went away is not our error
			return
		}
		name := filepath.Join(folder, filepath.FromSlash(path.Clean(r.URL.Path)))
		if info, err := os.Stat(name); err == nil && info.Size() <= bareInMemory {
			if body, err := os.ReadFile(name); err == nil {
				small.Store(r.URL.Path, body)
			}
		}
		http.ServeFile(w, r, name)
	})
	return mux
}

var (
	bareHeaders = map[string][]string{
		"Access-Control-Allow-Origin": {"*"}, "Cache-Control": {"public, max-age=31536000, immutable"},
		"Cross-Origin-Resource-Policy": {"cross-origin"}, "Referrer-Policy": {"no-referrer"}, "X-Content-Type-Options": {"nosniff"},
	}
	bareType = []string{"image/webp"}
)
