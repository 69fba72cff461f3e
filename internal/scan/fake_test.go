package scan

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
)

// fake is a scanner whose clamd serves each connection so; it is closed after.
func fake(t *testing.T, serve func(conn net.Conn)) *Scanner {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
	})
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // closed by the clean-up
			}
			go func() {
				defer func() { _ = conn.Close() }()
				serve(conn)
			}()
		}
	}()
	return open(t, "clamav://"+listener.Addr().String())
}

// readStream reads an INSTREAM command, and gives the size of each chunk.
func readStream(conn io.Reader) (command string, sizes []uint32, content []byte, err error) {
	name := make([]byte, len("zINSTREAM\x00"))
	if _, err := io.ReadFull(conn, name); err != nil {
		return "", nil, nil, err
	}
	for {
		var size uint32
		if err := binary.Read(conn, binary.BigEndian, &size); err != nil || size == 0 {
			return string(name), sizes, content, err
		}
		chunk := make([]byte, size)
		if _, err := io.ReadFull(conn, chunk); err != nil {
			return "", nil, nil, err
		}
		sizes, content = append(sizes, size), append(content, chunk...)
	}
}

// answering is a fake that takes the whole file, says this, and hangs up.
func answering(t *testing.T, text string) *Scanner {
	t.Helper()
	return fake(t, func(conn net.Conn) {
		if _, _, _, err := readStream(conn); err == nil {
			_, _ = io.WriteString(conn, text)
		}
	})
}

func TestStream(t *testing.T) {
	t.Parallel()
	type received struct {
		command string
		sizes   []uint32
		content []byte
		err     error
	}
	got := make(chan received, 1)
	s := fake(t, func(conn net.Conn) {
		var r received
		r.command, r.sizes, r.content, r.err = readStream(conn)
		got <- r
		_, _ = io.WriteString(conn, "stream: OK\x00")
	})
	file := bytes.Repeat([]byte("kitchen"), chunkBytes/4)
	if _, err := s.Scan(t.Context(), bytes.NewReader(file)); err != nil {
		t.Fatal(err)
	}
	r := <-got
	if r.err != nil || r.command != "zINSTREAM\x00" || !bytes.Equal(r.content, file) {
		t.Errorf("clamd got %q and %d bytes, error %v, want the %d bytes of the file", r.command, len(r.content), r.err, len(file))
	}
	if len(r.sizes) != 2 || r.sizes[0] != 64<<10 {
		t.Errorf("chunks of %d bytes, want one of 64 KiB and the rest", r.sizes)
	}
}

// letters is an endless text.
type letters struct{}

func (letters) Read(p []byte) (int, error) { return copy(p, "a"), nil }

// No answer but the one that says so is clean.
func TestUnknownAnswer(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"",
		"\x00",
		"OK\x00",
		"stream: OK", // cut
		"stream: OK\n",
		"stream: OK\n\x00",
		"stream: OK \x00",
		" stream: OK\x00",
		"stream: ok\x00",
		"stream: OKAY\x00",
		"stream:OK\x00",
		"file: OK\x00",
		"stream: Eicar-Test-Signature FOUND", // cut
		"stream: Eicar-Test-Signature FOUND\n\x00",
		"stream: Eicar-Test-Signature\x00",
		"Eicar-Test-Signature FOUND\x00",
		"stream:  FOUND\x00",
		"stream: FOUND\x00",
		" FOUND\x00",
		"stream: Can't allocate memory ERROR\x00",
		"UNKNOWN COMMAND\x00",
		"PONG\x00",
	} {
		got, err := answering(t, text).Scan(t.Context(), strings.NewReader("a kitchen"))
		if !errors.Is(err, ErrUnavailable) || got != (Verdict{}) {
			t.Errorf("answer %.40q: %+v, %v, want ErrUnavailable", text, got, err)
		}
	}
}

// What never ends is no answer, and not kept in memory until it does.
func TestEndlessAnswer(t *testing.T) {
	t.Parallel()
	s := fake(t, func(conn net.Conn) {
		if _, _, _, err := readStream(conn); err == nil {
			_, _ = io.Copy(conn, letters{}) // until it is cut
		}
	})
	if _, err := s.Scan(t.Context(), strings.NewReader("a kitchen")); !errors.Is(err, ErrUnavailable) {
		t.Errorf("error %v, want ErrUnavailable", err)
	}
}

func TestPingUnknownAnswer(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "PONG", "PONG\n\x00", "UNKNOWN COMMAND\x00"} {
		s := fake(t, func(conn net.Conn) {
			if _, err := io.ReadFull(conn, make([]byte, len("zPING\x00"))); err == nil {
				_, _ = io.WriteString(conn, text)
			}
		})
		if err := s.Ping(t.Context()); !errors.Is(err, ErrUnavailable) {
			t.Errorf("answer %q: error %v, want ErrUnavailable", text, err)
		}
	}
}

// A clamd that answers before the file's end: the file of these tests has
// none, so that Scan only ever ends when it sees the answer.
func TestEarlyAnswer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       Verdict
		err        error
	}{
		{"too large", "INSTREAM size limit exceeded. ERROR\x00", Verdict{}, ErrTooLarge},
		{"good", "stream: OK\x00", Verdict{}, ErrUnavailable},
		{"infected", "stream: Bad FOUND\x00", Verdict{Infected: true, Signature: "Bad"}, nil},
		{"hung up", "", Verdict{}, ErrUnavailable},
	}
	// What clamd does with the rest of the file, after its answer.
	rests := map[string]func(net.Conn){
		"hang up":    func(net.Conn) {},
		"read on":    func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) },
		"no reading": func(net.Conn) { <-t.Context().Done() },
	}
	for rest, serve := range rests {
		for _, tt := range tests {
			if tt.text == "" && rest != "hang up" {
				continue
			}
			t.Run(tt.name+"/"+rest, func(t *testing.T) {
				t.Parallel()
				s := fake(t, func(conn net.Conn) {
					_, _ = io.ReadFull(conn, make([]byte, chunkBytes))
					_, _ = io.WriteString(conn, tt.text)
					serve(conn)
				})
				got, err := s.Scan(t.Context(), zeros{})
				if !errors.Is(err, tt.err) || got != tt.want {
					t.Errorf("%+v, %v, want %+v, %v", got, err, tt.want, tt.err)
				}
			})
		}
	}
}

// Cancelling ends a Scan at each of its stages, with the cause.
func TestCancel(t *testing.T) {
	t.Parallel()
	stopping := errors.New("stopping")
	tests := []struct {
		name  string
		file  io.Reader
		serve func(conn net.Conn, cancel func())
	}{
		{"clamd reads no file", zeros{}, func(_ net.Conn, cancel func()) { cancel() }},
		{"clamd reads for ever", zeros{}, func(conn net.Conn, cancel func()) {
			_, _ = io.ReadFull(conn, make([]byte, chunkBytes))
			cancel()
			_, _ = io.Copy(io.Discard, conn)
		}},
		{"clamd never answers", strings.NewReader("a kitchen"), func(conn net.Conn, cancel func()) {
			_, _ = io.ReadFull(conn, make([]byte, lengthBytes+len("a kitchen")+lengthBytes))
			cancel()
		}},
		{"the file gives nothing", iotest.ErrReader(nil), func(_ net.Conn, cancel func()) { cancel() }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancelCause(t.Context())
			s := fake(t, func(conn net.Conn) {
				// Before the command comes, clamd is still being dialled.
				_, _ = io.ReadFull(conn, make([]byte, len("zINSTREAM\x00")))
				tt.serve(conn, func() { cancel(stopping) })
				<-t.Context().Done()
			})
			if _, err := s.Scan(ctx, tt.file); !errors.Is(err, stopping) || errors.Is(err, ErrUnavailable) {
				t.Errorf("error %v, want the cause", err)
			}
		})
	}
}

func TestCancelledBefore(t *testing.T) {
	t.Parallel()
	stopping := errors.New("stopping")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stopping)
	s := answering(t, "stream: OK\x00")
	if _, err := s.Scan(ctx, strings.NewReader("a kitchen")); !errors.Is(err, stopping) {
		t.Errorf("scan: error %v, want the cause", err)
	}
	if err := s.Ping(ctx); !errors.Is(err, stopping) {
		t.Errorf("ping: error %v, want the cause", err)
	}
}
