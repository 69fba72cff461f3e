package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// shelf is a gallery that vitrine serves, and nginx and a bare server with the same
// files at the same paths.
type shelf struct {
	dir          string
	vitrined     *running
	nginx        *nginx
	nginxVersion string
	bare         *bare
	bases        [servers]string // by server

	small, large []string // paths of variants
	video        string   // path
	videoBytes   int64
}

// newShelf has vitrine publish photos and a video, and gives nginx what came
// of them.
func (l *lab) newShelf(ctx context.Context) (s *shelf, err error) {
	s = &shelf{}
	if s.dir, err = l.folder("serving"); err != nil {
		return nil, err
	}
	version, err := exec.CommandContext(ctx, "nginx", "-v").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("nginx -v (make bench installs it): %w", err)
	}
	_, s.nginxVersion, _ = strings.Cut(strings.TrimSpace(string(version)), "/")
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if err := s.start(ctx, l); err != nil {
		return s, err
	}
	if err := s.publish(ctx, l); err != nil {
		return s, err
	}
	return s, s.copy(ctx)
}

// start starts all servers.
func (s *shelf) start(ctx context.Context, l *lab) (err error) {
	s.vitrined, s.nginx, s.bare = nil, nil, nil
	if s.vitrined, err = l.startVitrined(ctx, s.file("data")); err != nil {
		return err
	}
	if s.nginx, err = l.startNginx(ctx, s.dir); err != nil {
		return err
	}
	if s.bare, err = l.startBare(ctx, s.nginx.files); err != nil {
		return err
	}
	s.bases = [servers]string{s.vitrined.base, s.nginx.base, s.bare.base}
	return nil
}

func (s *shelf) file(name string) string { return filepath.Join(s.dir, name) }

func (s *shelf) pid(server int) int {
	switch server {
	case ours:
		return s.vitrined.command.Process.Pid
	case bares:
		return s.bare.command.Process.Pid
	}
	return s.nginx.command.Process.Pid
}

func (s *shelf) close() (err error) {
	if s.bare != nil {
		err = s.bare.kill()
	}
	if s.nginx != nil {
		err = errors.Join(err, s.nginx.stop())
	}
	if s.vitrined != nil {
		err = errors.Join(err, s.vitrined.kill())
	}
	return err
}

// publish sends a listing of 20 photos and a video, and notes at which paths
// its variants are.
func (s *shelf) publish(ctx context.Context, l *lab) (err error) {
	film := s.file("film.mp4")
	if err := l.film(ctx, film); err != nil {
		return err
	}
	o, err := l.startOrigin(map[string]string{"/film.mp4": film})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	c, err := s.vitrined.client(ctx, "shelf")
	if err != nil {
		return err
	}
	listing := newListing("shelf", append(o.take(listingPhotos), o.url+"/film.mp4"))
	put, err := c.PutListing(ctx, listing)
	if err != nil {
		return err
	}
	l.progress("publish what is to be served")
	job, err := c.WaitJob(ctx, put.JobID, nil)
	if err != nil || job.Status != vitrine.JobCompleted {
		return fmt.Errorf("publish what is to be served: %+v, %w", job, err)
	}
	view, err := c.Listing(ctx, put.ID)
	if err != nil {
		return err
	}
	for _, file := range view.Files {
		if err := s.note(ctx, c, file.ID); err != nil {
			return err
		}
	}
	if len(s.small) != listingPhotos || len(s.large) != listingPhotos || s.videoBytes < 2*servingRange {
		return fmt.Errorf("there are %d small variants, %d large ones and a video of %d bytes to serve", len(s.small), len(s.large), s.videoBytes)
	}
	return nil
}

// note notes the variants of a media.
func (s *shelf) note(ctx context.Context, c *client.Client, id int64) error {
	media, err := c.Media(ctx, id)
	if err != nil {
		return err
	}
	isVideo := vitrine.IsVideo(media.ContentType)
	for _, v := range media.Variants {
		at, err := url.Parse(v.URL)
		switch {
		case err != nil:
			return err
		case v.Video():
			s.video, s.videoBytes = at.Path, v.Size
		case isVideo: // its poster
		case v.VariantSize == "128":
			s.small = append(s.small, at.Path)
		case v.VariantSize == "1024":
			s.large = append(s.large, at.Path)
		}
	}
	return nil
}

// film makes 20 seconds of H.264 that vitrine serves without encoding them again.
func (l *lab) film(ctx context.Context, name string) error {
	return l.command(ctx, "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=30:duration=20", "-vf", "noise=alls=30:allf=t",
		"-c:v", "libx264", "-preset", "ultrafast", "-b:v", "12M", "-pix_fmt", "yuv420p", "-movflags", "+faststart", name)
}

// copy gives nginx the bytes that vitrine serves.
func (s *shelf) copy(ctx context.Context) error {
	for _, path := range append(append([]string{s.video}, s.small...), s.large...) {
		if err := download(ctx, s.vitrined.base+path, filepath.Join(s.nginx.files, filepath.FromSlash(path))); err != nil {
			return err
		}
	}
	return nil
}

func download(ctx context.Context, url, name string) (err error) {
	response, err := get(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }() // read to its end, or the error says more
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	_, err = io.Copy(file, response.Body)
	return err
}

// etagOf is the tag that a server has given what is at a URL.
func etagOf(ctx context.Context, url string) (string, error) {
	response, err := get(ctx, url)
	if err != nil {
		return "", err
	}
	tag := response.Header.Get("ETag")
	if err := response.Body.Close(); err != nil || tag == "" {
		return "", fmt.Errorf("%s has the tag %q, %w", url, tag, err)
	}
	return tag, nil
}

// get asks for what has to be there.
func get(ctx context.Context, url string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, errors.Join(fmt.Errorf("%s answers %s", url, response.Status), response.Body.Close())
	}
	return response, nil
}
