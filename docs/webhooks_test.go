package docs_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine/internal/porttest"
	"github.com/vitrine-media/vitrine/internal/webhook"
)

// receivers are the programs of the page, by the language of their code. Each is
// run where what runs it is there; Go always is.
var receivers = []struct {
	language, file string
	command        []string // with FILE and ADDRESS
}{
	{"go", "receive.go", []string{"go", "run", "FILE"}},
	{"php", "receive.php", []string{"php", "-S", "ADDRESS", "FILE"}},
	{"python", "receive.py", []string{"python3", "FILE"}},
	{"js", "receive.mjs", []string{"node", "FILE"}},
}

// change is what a forger does to a delivery on its way.
type change func(r *http.Request, body []byte) []byte

func (c change) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	if c != nil {
		body = c(r, body)
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return http.DefaultTransport.RoundTrip(r)
}

// header replaces one header.
func header(name, value string) change {
	return func(r *http.Request, body []byte) []byte {
		r.Header.Set(name, value)
		return body
	}
}

// The code of the page takes what the server really sends, and nothing else, in
// each language.
func TestWebhookReceivers(t *testing.T) {
	t.Parallel()
	page := read(t, "webhooks.md")
	for _, receiver := range receivers {
		t.Run(receiver.language, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(receiver.command[0]); err != nil {
				if receiver.language == "go" {
					t.Fatal(err)
				}
				t.Skipf("%s is not on this machine: its receiver is not tested here", receiver.command[0])
			}
			secret := webhook.NewSecret()
			address := startReceiver(t, codeOf(t, page, receiver.language), receiver.file, receiver.command, secret)
			testReceiver(t, address, secret)
		})
	}
}

// The delivery that the page shows was signed with the secret that it names.
func TestShownDelivery(t *testing.T) {
	t.Parallel()
	page := read(t, "webhooks.md")
	secret := regexp.MustCompile("The secret here is `([^`]+)`").FindStringSubmatch(page)
	shown := strings.ReplaceAll(strings.TrimSuffix(codeOf(t, page, "http"), "\n"), "\n", "\r\n")
	request, err := http.ReadRequest(bufio.NewReader(strings.NewReader(shown)))
	if err != nil || secret == nil {
		t.Fatalf("the delivery: %v, its secret: %q", err, secret)
	}
	body, err := io.ReadAll(request.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := webhook.Verify(secret[1:], request.Header, body, time.Date(2026, 3, 14, 9, 27, 0, 0, time.UTC)); err != nil {
		t.Error(err)
	}
}

// codeOf is the one block of code of a language.
func codeOf(t *testing.T, page, language string) string {
	t.Helper()
	_, code, found := strings.Cut(page, "\n```"+language+"\n")
	code, rest, ends := strings.Cut(code, "\n```\n")
	if !found || !ends || strings.Contains(rest, "\n```"+language+"\n") {
		t.Fatalf("the page has not one block of %s", language)
	}
	return code + "\n"
}

// startReceiver runs a program until the test ends, and gives its address.
func startReceiver(t *testing.T, code, file string, command []string, secret string) string {
	t.Helper()
	address, err := porttest.Address()
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(address)
	path := filepath.Join(t.TempDir(), file)
	if err := os.WriteFile(path, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	if command[0] == "go" { // which would leave the program behind, were it killed
		built := strings.TrimSuffix(path, ".go")
		if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", built, path).CombinedOutput(); err != nil {
			t.Fatalf("build the receiver: %v\n%s", err, out)
		}
		command = []string{built}
	}
	var args []string
	for _, arg := range command {
		args = append(args, strings.NewReplacer("FILE", path, "ADDRESS", address).Replace(arg))
	}
	program := exec.CommandContext(t.Context(), args[0], args[1:]...)
	program.Env = append(os.Environ(), "PORT="+port, "WEBHOOK_SECRET="+secret)
	program.Stdout, program.Stderr = t.Output(), t.Output()
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = program.Process.Kill()
		_ = program.Wait() // its end is ours
	})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		connection, err := net.Dial("tcp", address)
		if err == nil {
			_ = connection.Close()
			return address
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not listen: %v", file, err)
		}
	}
}

func testReceiver(t *testing.T, address, secret string) {
	t.Helper()
	const (
		taken   = http.StatusNoContent
		refused = http.StatusBadRequest
	)
	mine, other := []string{secret}, webhook.NewSecret()
	now := fmt.Sprint(time.Now().Unix())
	for _, row := range []struct {
		name    string
		secrets []string
		ago     time.Duration
		change  change
		want    int
	}{
		{name: "as sent", secrets: mine, want: taken},
		{name: "a little late", secrets: mine, ago: 4 * time.Minute, want: taken},
		{name: "a clock that is a little ahead", secrets: mine, ago: -4 * time.Minute, want: taken},
		{name: "the secret is the new one of two", secrets: []string{secret, other}, want: taken},
		{name: "the secret is the old one of two", secrets: []string{other, secret}, want: taken},
		{name: "too old", secrets: mine, ago: 6 * time.Minute, want: refused},
		{name: "from the future", secrets: mine, ago: -6 * time.Minute, want: refused},
		{name: "too old, with a new time", secrets: mine, ago: time.Hour, change: header("Webhook-Timestamp", now), want: refused},
		{name: "another secret", secrets: []string{other}, want: refused},
		{name: "unsigned", want: refused},
		{name: "altered body", secrets: mine, change: func(_ *http.Request, body []byte) []byte {
			return bytes.Replace(body, []byte("118"), []byte("119"), 1)
		}, want: refused},
		{name: "the same JSON, written otherwise", secrets: mine, change: func(_ *http.Request, body []byte) []byte {
			return append(body, ' ')
		}, want: refused},
		{name: "no body", secrets: mine, change: func(*http.Request, []byte) []byte { return nil }, want: refused},
		{name: "another id", secrets: mine, change: header("Webhook-Id", "evt_1_119"), want: refused},
		{name: "a time that is none", secrets: mine, change: header("Webhook-Timestamp", "yesterday"), want: refused},
		{name: "no time", secrets: mine, change: header("Webhook-Timestamp", ""), want: refused},
		{name: "signature cut off", secrets: mine, change: func(r *http.Request, body []byte) []byte {
			signature := r.Header.Get("Webhook-Signature")
			r.Header.Set("Webhook-Signature", signature[:len(signature)-1])
			return body
		}, want: refused},
		{name: "another scheme beside ours", secrets: mine, change: func(r *http.Request, body []byte) []byte {
			r.Header.Set("Webhook-Signature", "v1a,AAAA "+r.Header.Get("Webhook-Signature"))
			return body
		}, want: taken},
	} {
		sender := webhook.New(webhook.Config{Transport: row.change, Now: func() time.Time { return time.Now().Add(-row.ago) }})
		out, err := sender.Send(t.Context(), webhook.Message{
			ID: "evt_1_118", URL: "http://" + address + "/vitrine", Secrets: row.secrets,
			Body: []byte(`{"id":118,"type":"listing.settled","data":{"externalId":"Straße 7"}}` + "\n"),
		})
		if err != nil || out.HTTPStatus != row.want {
			t.Errorf("%s: answered %d (%s, %v), want %d", row.name, out.HTTPStatus, out.Detail, err, row.want)
		}
	}
}
