package main

import (
	"encoding/binary"
	"errors"
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
	photo, err := withNumber(o.photos[number%len(o.photos)], number)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	_, _ = w.Write(photo) // a reader that went away is its own affair
}

// take gives addresses of photos that nobody has had yet.
func (o *origin) take(n int) []string {
	urls := make([]string, n)
	for i := range urls {
		urls[i] = fmt.Sprintf("%s/%d.jpg", o.url, o.next.Add(1)-1)
	}
	return urls
}

// withNumber gives a JPEG with a comment that holds a number: the same picture,
// in other bytes.
func withNumber(photo []byte, number int) ([]byte, error) {
	const start = 2 // of the marker with which every JPEG begins
	if len(photo) < start || photo[0] != 0xff || photo[1] != 0xd8 {
		return nil, errors.New("not a JPEG")
	}
	numbered := make([]byte, 0, len(photo)+12)
	numbered = append(numbered, photo[:start]...)
	numbered = append(numbered, 0xff, 0xfe, 0, 10) // a comment of 10 bytes, its length among them
	numbered = binary.BigEndian.AppendUint64(numbered, uint64(number))
	return append(numbered, photo[start:]...), nil
}
