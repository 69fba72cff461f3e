package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"os"
	"path"
	"strconv"
	"sync/atomic"
	"time"
)

// origin is a web server like the one on which a sender keeps photos. Each of
// its addresses has bytes of its own, so that nothing that is known already
// spares the work.
type origin struct {
	*http.Server
	url    string
	photos [][]byte
	files  map[string]string // by their path: other files, as they are
	next   atomic.Int64
}

// startOrigin serves the photos of the corpus, again and again, at /NUMBER.jpg,
// and files by their names.
func (l *lab) startOrigin(files map[string]string) (*origin, error) {
	o := &origin{files: files}
	for _, name := range l.photos {
		photo, err := os.ReadFile(name)
		if err == nil && !isJPEG(photo) {
			err = fmt.Errorf("%s is no JPEG", name)
		}
		if err != nil {
			return nil, err
		}
		o.photos = append(o.photos, photo)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the origin of the photos: %w", err)
	}
	o.url = "http://" + listener.Addr().String()
	o.Server = &http.Server{Handler: http.HandlerFunc(o.serve), ReadHeaderTimeout: time.Minute}
	go func() { _ = o.Serve(listener) }() // ends with Close; if it fails, so does every download
	return o, nil
}

func (o *origin) serve(w http.ResponseWriter, r *http.Request) {
	if file, ok := o.files[r.URL.Path]; ok {
		http.ServeFile(w, r, file)
		return
	}
	name := path.Base(r.URL.Path)
	number, err := strconv.Atoi(name[:len(name)-len(path.Ext(name))])
	if err != nil {
		http.NotFound(w, r)
		return
	}
	photo, comment := o.photos[number%len(o.photos)], commentOf(number)
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Content-Length", strconv.Itoa(len(photo)+len(comment)))
	// Not put together, which would take time that a real origin takes elsewhere.
	// A reader that went away is its own affair.
	_, _ = w.Write(photo[:jpegStart])
	_, _ = w.Write(comment)
	_, _ = w.Write(photo[jpegStart:])
}

// take gives addresses of photos that nobody has had yet.
func (o *origin) take(n int) []string {
	urls := make([]string, n)
	for i := range urls {
		urls[i] = fmt.Sprintf("%s/%d.jpg", o.url, o.next.Add(1)-1)
	}
	return urls
}

// jpegStart is how many bytes the marker has with which every JPEG begins.
const jpegStart = 2

// commentOf is a comment that holds a number. Put behind a JPEG's first marker
// it makes the same picture of other bytes.
func commentOf(number int) []byte {
	return binary.BigEndian.AppendUint64([]byte{0xff, 0xfe, 0, 10}, uint64(number)) // 10 bytes, these two among them
}

// isJPEG reports whether it begins like one.
func isJPEG(photo []byte) bool { return bytes.HasPrefix(photo, []byte{0xff, 0xd8}) }
