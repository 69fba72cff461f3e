package classifiedsapi

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"
)

// trace says which work of several parties belongs together (W3C Trace Context,
// version 00).
type trace struct {
	id, parent, flags string // lower-case hex of 16, 8 and 1 bytes
}

// traceOf continues the trace of a request with a step of our own. Where the
// request has none, or one that the standard calls invalid, a new one begins.
func traceOf(h http.Header) trace {
	t := trace{id: randomHex(16), parent: randomHex(8), flags: "00"}
	if sent := h.Values("Traceparent"); len(sent) == 1 {
		if got, ok := parseTrace(sent[0]); ok {
			t.id, t.flags = got.id, got.flags
		}
	}
	return t
}

func parseTrace(value string) (trace, bool) {
	parts := strings.Split(value, "-")
	if len(parts) != 4 || parts[0] != "00" {
		return trace{}, false
	}
	t := trace{id: parts[1], parent: parts[2], flags: parts[3]}
	return t, isTraceHex(t.id, 16) && isTraceHex(t.parent, 8) && len(t.flags) == 2 && isLowerHex(t.flags)
}

// isTraceHex reports whether value is that many bytes, not all of them zero.
func isTraceHex(value string, bytes int) bool {
	return len(value) == 2*bytes && isLowerHex(value) && strings.Trim(value, "0") != ""
}

func isLowerHex(value string) bool { return strings.Trim(value, "0123456789abcdef") == "" }

// String is the value of a traceparent header.
func (t trace) String() string { return "00-" + t.id + "-" + t.parent + "-" + t.flags }

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
