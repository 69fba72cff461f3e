package badorigin

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"
)

// The answers that are not a photo, for handlers of others too. Errors of the
// connection are dropped: whoever went away doesn't need the rest of a lie.

// Truncate announces a photo and sends half of it.
func Truncate(w http.ResponseWriter, photo []byte) { announce(w, photo[:len(photo)/2], len(photo)) }

// Cut sends half of a photo as if that were all.
func Cut(w http.ResponseWriter, photo []byte) { announce(w, photo[:len(photo)/2], len(photo)/2) }

// announce sends a body and says that it is of another length. It writes to the
// connection, since net/http would notice.
func announce(w http.ResponseWriter, body []byte, length int) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }() // that is the end of the body
	_, _ = fmt.Fprintf(buffered, "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", length, body)
	_ = buffered.Flush()
}

// Stall sends half of a photo, and then nothing until the client leaves.
func Stall(w http.ResponseWriter, r *http.Request, photo []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(photo)))
	_, _ = w.Write(photo[:len(photo)/2])
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

// Reset resets the connection instead of answering.
func Reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // closing it resets it
	}
	_ = conn.Close()
}

// Endless sends a photo again and again until the client leaves.
func Endless(w http.ResponseWriter, r *http.Request, photo []byte) {
	for r.Context().Err() == nil {
		if _, err := w.Write(photo); err != nil {
			return
		}
	}
}

// drops is in how many parts Drip sends a photo.
const drops = 20

// Drip sends a photo evenly over a time.
func Drip(w http.ResponseWriter, r *http.Request, photo []byte, over time.Duration) {
	w.Header().Set("Content-Length", strconv.Itoa(len(photo)))
	for i := range drops {
		if _, err := w.Write(photo[i*len(photo)/drops : (i+1)*len(photo)/drops]); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush()
		if !pause(r, over/drops) {
			return
		}
	}
}

// pause waits and reports whether the client is still there.
func pause(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}
