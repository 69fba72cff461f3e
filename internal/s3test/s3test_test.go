package s3test

import (
	"bytes"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestStart(t *testing.T) {
	t.Parallel()
	one, environ := Start(t)
	other, _ := Start(t)
	if one == other {
		t.Errorf("both buckets are at %s", one)
	}
	for i, name := range []string{"AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY="} {
		if len(environ) != 2 || !strings.HasPrefix(environ[i], name) {
			t.Errorf("the environment is %q, want the credentials", environ)
		}
	}
	u, err := url.Parse(one)
	if err != nil {
		t.Fatal(err)
	}
	if u.Scheme != "s3" || u.Query().Get("endpoint") != "http://"+shared.server.address {
		t.Errorf("the bucket is at %s, the server at %s", one, shared.server.address)
	}
}

// TestVersion: the program that is built is the one that is looked for.
func TestVersion(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"../../Makefile":               "\nVERSITYGW_VERSION     := " + version + "\n",
		"../../tools/versitygw/go.mod": "github.com/versity/versitygw " + version,
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("%s lacks %q", file, strings.TrimSpace(want))
		}
	}
}

// The server and its folder are gone after the test process was killed.
func TestServerEndsWithProcess(t *testing.T) {
	t.Parallel()
	if os.Getenv("S3TEST_VICTIM") != "" {
		Start(t)
		fmt.Println("folder", shared.server.folder, shared.server.address)
		select {}
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestServerEndsWithProcess$")
	cmd.Env = append(os.Environ(), "S3TEST_VICTIM=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var folder, address string
	if _, err := fmt.Fscanf(out, "folder %s %s\n", &folder, &address); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed, as wanted
	victim := &server{folder: folder, address: address}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(victim.folder); os.IsNotExist(err) && victim.silent() {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s or the server at %s is still there", folder, address)
		}
	}
}

// silent reports whether nobody listens at the server's address.
func (s *server) silent() bool {
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		return true
	}
	_ = conn.Close()
	return false
}
