package blob

import (
	"context"
	"net"
	"net/http"
	"time"
)

const (
	s3DialTimeout  = 10 * time.Second
	s3StallTimeout = time.Minute      // without a byte in either direction while one is waited for
	s3IdleTimeout  = 30 * time.Second // of a connection between two requests
)

// s3Transport ends what makes no progress. There is no limit to a request as a
// whole, since there is none to the size of an object.
func s3Transport() *http.Transport {
	dialer := &net.Dialer{Timeout: s3DialTimeout}
	return &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return stallConn{Conn: conn, limit: s3StallTimeout}, nil
		},
		TLSHandshakeTimeout: s3DialTimeout,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     s3IdleTimeout,
		DisableCompression:  true, // an object comes as it was put
	}
}

// stallConn is a connection that fails once it has made no progress for the
// limit.
type stallConn struct {
	net.Conn
	limit time.Duration
}

func (c stallConn) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.limit)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// Write also gives a Read that waits for the answer its time anew: it is the
// request that the other side was waiting for.
func (c stallConn) Write(p []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(c.limit)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}
