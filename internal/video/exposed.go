package video

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vitrine-media/vitrine/internal/sandbox"
)

// Exposed gives those of paths that lie among the installed programs and
// libraries, all of which ffmpeg may read (see sandbox.Installed): a video that
// has taken it over could read what is kept there. A path that isn't there yet
// counts as it is spelled.
func Exposed(cfg Config, paths ...string) ([]string, error) {
	cfg = cfg.withDefaults()
	var readable []string
	for _, name := range []string{cfg.FFmpeg, cfg.FFprobe} {
		program, err := exec.LookPath(name)
		if err != nil {
			return nil, fmt.Errorf("find %s: %w", name, err)
		}
		if program, err = filepath.Abs(program); err != nil {
			return nil, err
		}
		for _, folder := range sandbox.Installed(program) {
			if folder, err = realPath(folder); err != nil {
				return nil, err
			}
			readable = append(readable, folder+"/")
		}
	}
	var exposed []string
	for _, path := range paths {
		real, err := realPath(path)
		if err != nil {
			return nil, err
		}
		below := func(folder string) bool { return strings.HasPrefix(real+"/", folder) }
		if slices.ContainsFunc(readable, below) && !slices.Contains(exposed, path) {
			exposed = append(exposed, path)
		}
	}
	return exposed, nil
}

// realPath is a path without links, absolute.
func realPath(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil
	}
	return real, err
}
