package video

import (
	"fmt"
	"os"
	"os/exec"
)

// Fingerprint tells ffmpeg and ffprobe from other ones, as those of an update,
// without running them: it names their files, sizes and times.
func Fingerprint(cfg Config) (string, error) {
	cfg = cfg.withDefaults()
	var text string
	for _, name := range []string{cfg.FFmpeg, cfg.FFprobe} {
		program, err := exec.LookPath(name)
		if err != nil {
			return "", fmt.Errorf("find %s: %w", name, err)
		}
		stat, err := os.Stat(program)
		if err != nil {
			return "", err
		}
		text += fmt.Sprintln(program, stat.Size(), stat.ModTime().UnixNano())
	}
	return text, nil
}
