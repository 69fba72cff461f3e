package scan

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// testIdle is the IdleTimeout of these tests, in the time of their bubble.
const testIdle = time.Minute

// scanOver scans the file with a clamd at the other end of a pipe, and gives
// how long that took.
func scanOver(t *testing.T, file io.Reader, serve func(conn net.Conn)) (answer, time.Duration, error) {
	t.Helper()
	ours, theirs := net.Pipe()
	served := make(chan struct{})
	go func() {
		defer close(served)
		serve(theirs)
	}()
	s := &Scanner{cfg: Config{IdleTimeout: testIdle}}
	start := time.Now()
	got, err := s.converse(t.Context(), ours, "INSTREAM", file)
	took := time.Since(start)
	<-served // ours is closed, which ends what serve does
	return got, took, err
}

// slowly is a reader that takes its time for each byte.
type slowly struct {
	r     io.Reader
	pause time.Duration
}

func (s slowly) Read(p []byte) (int, error) {
	time.Sleep(s.pause)
	return s.r.Read(p[:1])
}

// Neither a slow file nor a slow clamd that still gets on is timed out.
func TestSlowIsNoTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		file := slowly{strings.NewReader("a kitchen"), 3 * testIdle} // the file's time is not clamd's
		got, took, err := scanOver(t, file, func(conn net.Conn) {
			if _, _, content, err := readStream(slowly{conn, testIdle / 20}); err != nil || string(content) != "a kitchen" {
				t.Errorf("clamd got %q, error %v", content, err)
			}
			time.Sleep(testIdle - time.Second)
			_, _ = io.WriteString(conn, "stream: OK\x00")
		})
		if err != nil || got != (answer{text: "stream: OK"}) {
			t.Errorf("%+v, %v", got, err)
		}
		if took < 30*testIdle {
			t.Errorf("all over after %v, which tests nothing", took)
		}
	})
}

func TestHang(t *testing.T) {
	t.Parallel()
	hangs := map[string]func(conn net.Conn){
		"from the start": func(net.Conn) {},
		"in the file":    func(conn net.Conn) { _, _ = io.ReadFull(conn, make([]byte, chunkBytes)) },
		"at the answer":  func(conn net.Conn) { _, _, _, _ = readStream(conn) },
		"in the answer": func(conn net.Conn) {
			_, _, _, _ = readStream(conn)
			_, _ = io.WriteString(conn, "stream: OK")
		},
	}
	for name, serve := range hangs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				file := io.LimitReader(zeros{}, 2*chunkBytes)
				_, took, err := scanOver(t, file, serve)
				if !errors.Is(err, ErrUnavailable) || !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("error %v, want ErrUnavailable for a time-out", err)
				}
				if took > 2*testIdle {
					t.Errorf("it took %v to give up", took)
				}
			})
		})
	}
}

// An answer ends the write that is under way, instead of its time-out.
func TestEarlyAnswerEndsWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		got, took, err := scanOver(t, zeros{}, func(conn net.Conn) {
			_, _ = io.ReadFull(conn, make([]byte, chunkBytes))
			synctest.Wait() // until the rest of the chunk waits to be read
			_, _ = io.WriteString(conn, "INSTREAM size limit exceeded. ERROR\x00")
		})
		if want := (answer{text: "INSTREAM size limit exceeded. ERROR", early: true}); err != nil || got != want {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
		if took != 0 {
			t.Errorf("it took %v of the bubble's time", took)
		}
	})
}

func TestConnectTimeout(t *testing.T) {
	t.Parallel()
	s := answering(t, "stream: OK\x00")
	s.cfg.ConnectTimeout = time.Nanosecond
	_, err := s.Scan(t.Context(), strings.NewReader("a kitchen"))
	if timeout, ok := errors.AsType[net.Error](err); !errors.Is(err, ErrUnavailable) || !ok || !timeout.Timeout() {
		t.Errorf("error %v, want ErrUnavailable for a time-out", err)
	}
}
