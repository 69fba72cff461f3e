package scan

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

const (
	chunkBytes     = 64 << 10
	lengthBytes    = 4       // before each chunk, big-endian
	maxAnswerBytes = 4 << 10 // far more than the longest name of a signature
)

// answer is what clamd says to a command.
type answer struct {
	text  string
	early bool // it came before clamd had been sent everything
}

// ask sends one command, with the bytes of body unless that is nil, on a
// connection of its own.
func (s *Scanner) ask(ctx context.Context, command string, body io.Reader) (answer, error) {
	dialer := net.Dialer{Timeout: s.cfg.ConnectTimeout}
	conn, err := dialer.DialContext(ctx, s.network, s.address)
	if err == nil {
		return s.converse(ctx, conn, command, body)
	}
	if ctx.Err() != nil {
		return answer{}, context.Cause(ctx)
	}
	return answer{}, s.unavailable(err)
}

// converse is ask on that connection, which it closes.
func (s *Scanner) converse(ctx context.Context, conn net.Conn, command string, body io.Reader) (answer, error) {
	// Closing ends the read and the write that are under way, and each later
	// one, which a deadline would not: deadlines are renewed.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()

	e := &exchange{conn: conn, idle: s.cfg.IdleTimeout, received: make(chan struct{})}
	go e.receive()
	defer func() {
		_ = conn.Close() // the answer is all that matters
		<-e.received
	}()

	whole, err := e.send(ctx, command, body)
	if err == nil {
		_ = conn.SetReadDeadline(time.Now().Add(e.idle)) // if it can't be set, the read has ended
		<-e.received
		if e.err != nil {
			err = s.unavailable(e.err)
		}
	}
	if ctx.Err() != nil {
		return answer{}, context.Cause(ctx)
	}
	if err != nil {
		return answer{}, err
	}
	return answer{text: e.text, early: !whole}, nil
}

func (s *Scanner) unavailable(err error) error {
	return fmt.Errorf("ask clamd at %s: %w: %w", s.address, ErrUnavailable, err)
}

// exchange is one command and its answer. The two overlap: when a file is too
// large, clamd says so before it has all of it, and reads no further.
type exchange struct {
	conn net.Conn
	idle time.Duration

	received chan struct{} // closed when the following are set
	text     string
	err      error
}

// receive waits for the answer, and then stops send.
func (e *exchange) receive() {
	text, err := bufio.NewReader(io.LimitReader(e.conn, maxAnswerBytes)).ReadString(0)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF // an answer without its end may be a part of another one
	}
	e.text, e.err = strings.TrimSuffix(text, "\x00"), err
	// In this order: write first sets its deadline, then looks here.
	close(e.received)
	_ = e.conn.SetWriteDeadline(time.Unix(1, 0))
}

// send sends the command and the body, and reports whether all of it went out.
// The error is of reading the body; why clamd takes no more is for receive to
// find out.
func (e *exchange) send(ctx context.Context, command string, body io.Reader) (whole bool, err error) {
	if !e.write([]byte("z" + command + "\x00")) {
		return false, nil
	}
	if body == nil {
		return true, nil
	}
	chunk := make([]byte, lengthBytes+chunkBytes)
	for ctx.Err() == nil {
		n, err := body.Read(chunk[lengthBytes:])
		if n > 0 { // an empty chunk would be the end
			binary.BigEndian.PutUint32(chunk, uint32(n))
			if !e.write(chunk[:lengthBytes+n]) {
				return false, nil
			}
		}
		if err == io.EOF {
			return e.write(make([]byte, lengthBytes)), nil
		}
		if err != nil {
			return false, fmt.Errorf("read the file to scan: %w", err)
		}
	}
	return false, nil
}

// write reports whether all of b went out, and no answer was there before.
func (e *exchange) write(b []byte) bool {
	_ = e.conn.SetWriteDeadline(time.Now().Add(e.idle)) // if it can't be set, Write fails
	select {
	case <-e.received:
		return false
	default:
	}
	_, err := e.conn.Write(b)
	return err == nil
}
