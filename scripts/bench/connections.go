package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// heldCount is how many connections are held open to see what they cost.
const heldCount = 1000

// heldConnections is what connections in one state cost.
type heldConnections struct {
	name      string
	path      string
	read      bool             // the answer, to its end
	kilobytes [servers]figures // of resident memory for each connection, by server
}

// connections measures what a connection costs that waits for a request, and
// one that is in the middle of an answer. Servers keep memory that they have
// had, so each round begins with servers that were just started.
func (s *shelf) connections(ctx context.Context, l *lab) ([]heldConnections, error) {
	held := []heldConnections{{name: "idle", path: s.small[0], read: true}, {name: "active", path: s.video}}
	err := l.inTurns(ctx, []string{"connections idle", "connections active"}, func(ctx context.Context, round, contender int) error {
		if round < 0 {
			return nil // nothing to get warm
		}
		if err := s.restart(ctx, l); err != nil {
			return err
		}
		h := &held[contender]
		for server := range serverNames {
			kilobytes, err := s.hold(ctx, server, h)
			if err != nil {
				return fmt.Errorf("%s: %w", serverNames[server], err)
			}
			h.kilobytes[server] = append(h.kilobytes[server], kilobytes)
		}
		return nil
	})
	return held, err
}

// restart has all servers begin anew, on what they have.
func (s *shelf) restart(ctx context.Context, l *lab) (err error) {
	if err := s.close(); err != nil {
		return err
	}
	if err := s.start(ctx, l); err != nil {
		return err
	}
	for _, base := range s.bases { // what the first request costs is not a connection's
		if _, err := etagOf(ctx, base+s.small[0]); err != nil {
			return err
		}
	}
	return nil
}

// hold opens the connections and gives by how many KB of 1,000 bytes each of
// them has the server grow: those of its processes that are there all the time,
// since a server that has just begun still ends children that looked around.
func (s *shelf) hold(ctx context.Context, server int, h *heldConnections) (kilobytes float64, err error) {
	_, before, err := tree(s.pid(server))
	if err != nil {
		return 0, err
	}
	var open []net.Conn
	defer func() {
		for _, conn := range open {
			err = errors.Join(err, conn.Close())
		}
	}()
	for range heldCount {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", strings.TrimPrefix(s.bases[server], "http://"))
		if err != nil {
			return 0, err
		}
		open = append(open, conn)
		if err := request(conn, h.path, h.read); err != nil {
			return 0, err
		}
	}
	pids, after, err := tree(s.pid(server))
	if err != nil {
		return 0, err
	}
	return float64(grown(pids, before, after)) / heldCount / 1000, nil
}

// grown is by how many bytes of resident memory those of the processes grew that
// were there before.
func grown(pids []int, before, after map[int]usage) (bytes int64) {
	for _, pid := range pids {
		if then, ok := before[pid]; ok {
			bytes += after[pid].rss - then.rss
		}
	}
	return bytes
}

// request asks for a path and reads the answer, or only how it begins.
func request(conn net.Conn, path string, whole bool) error {
	if err := conn.SetDeadline(time.Now().Add(readyPatience)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: vitrine.example\r\n\r\n", path); err != nil {
		return err
	}
	if !whole {
		_, err := io.ReadFull(conn, make([]byte, 512))
		return err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", path, response.Status)
	}
	return response.Body.Close()
}
