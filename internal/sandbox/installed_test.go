package sandbox

import (
	"slices"
	"testing"
)

// Of /opt a program may read its own folder, and others nothing.
func TestInstalled(t *testing.T) {
	t.Parallel()
	for program, want := range map[string]string{
		"/usr/bin/ffmpeg":             "",
		"/opt/ffmpeg/bin/ffmpeg":      "/opt/ffmpeg",
		"/opt/ffmpeg/../other/ffmpeg": "/opt/other",
		"/opt/ffmpeg":                 "",
		"/optional/ffmpeg/ffmpeg":     "",
	} {
		folders := Installed(program)
		if !slices.Contains(folders, "/usr") || slices.Contains(folders, "/opt") {
			t.Errorf("%s may read %q", program, folders)
		}
		if own := folders[len(folders)-1]; want != "" && own != want || want == "" && own != "/gnu/store" {
			t.Errorf("%s may read %q, want %q", program, own, want)
		}
	}
}
