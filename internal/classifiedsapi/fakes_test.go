package classifiedsapi_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
)

// clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// logBuffer keeps what was logged.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// lines are the logged records of that message.
func (b *logBuffer) lines(t *testing.T, message string) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for line := range strings.Lines(b.String()) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("read log line %q: %v", line, err)
		}
		if record["msg"] == message {
			lines = append(lines, record)
		}
	}
	return lines
}

func (u *urls) Gallery(id string) string { return "https://pictures.example/g/" + id }
func (u *urls) Page(id string) string    { return "https://pictures.example/l/" + id }

// urls are addresses that name what they lead to.
type urls struct{ broken bool }

func (u *urls) Variant(c *vitrine.Content, v vitrine.Variant) string {
	if u.broken {
		panic("the wire to the pictures is cut")
	}
	return "https://pictures.example/v/" + c.SHA256 + "/" + c.Recipe + "/" + v.File()
}

func (u *urls) Labelled(c *vitrine.Content, v vitrine.Variant) string {
	return "https://pictures.example/v/" + c.SHA256 + "/" + c.Recipe + "/altered/" + v.File()
}
