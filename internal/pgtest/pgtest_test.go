package pgtest_test

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/vitrine-media/vitrine/internal/pgtest"
)

func TestStart(t *testing.T) {
	t.Parallel()
	one, other := connect(t, pgtest.Start(t)), connect(t, pgtest.Start(t))
	if _, err := one.Exec(t.Context(), "create table thing (id bigint)"); err != nil {
		t.Fatal(err)
	}
	var there bool
	if err := other.QueryRow(t.Context(), "select to_regclass('thing') is not null").Scan(&there); err != nil {
		t.Fatal(err)
	}
	if there {
		t.Error("the second database has the first one's table")
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return conn
}

// TestCrash is alone among these tests: they share the server.
func TestCrash(t *testing.T) {
	url := pgtest.Start(t)
	before := connect(t, url)
	for _, statement := range []string{"create table kept (id bigint)", "begin", "create table lost (id bigint)"} {
		if _, err := before.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	pgtest.Crash(t)
	if err := before.Ping(t.Context()); err == nil {
		t.Error("a connection outlived the server")
	}
	var kept, lost bool
	err := connect(t, url).QueryRow(t.Context(), "select to_regclass('kept') is not null, to_regclass('lost') is not null").Scan(&kept, &lost)
	if err != nil || !kept || lost {
		t.Errorf("what was committed is there: %t, what was not: %t, %v", kept, lost, err)
	}
}

// A server of a test's own has its settings, and is gone after it.
func TestOwn(t *testing.T) {
	t.Parallel()
	var folder string
	t.Run("test", func(t *testing.T) {
		server, err := url.Parse(pgtest.Own(t, "-c shared_buffers=48MB"))
		if err != nil {
			t.Fatal(err)
		}
		folder = server.Query().Get("host")
		var buffers string
		if err := connect(t, server.String()).QueryRow(t.Context(), "show shared_buffers").Scan(&buffers); err != nil || buffers != "48MB" {
			t.Errorf("it has %s of buffers, %v", buffers, err)
		}
	})
	if _, err := os.Stat(folder); folder == "" || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder %q is still there, %v", folder, err)
	}
}

// The server and its folder are gone after the test process was killed.
func TestServerEndsWithProcess(t *testing.T) {
	t.Parallel()
	if os.Getenv("PGTEST_VICTIM") != "" {
		var folder string
		conn := connect(t, pgtest.Start(t))
		if err := conn.QueryRow(t.Context(), "show unix_socket_directories").Scan(&folder); err != nil {
			t.Fatal(err)
		}
		_, _ = os.Stdout.WriteString("folder " + folder + "\n")
		select {}
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestServerEndsWithProcess$")
	cmd.Env = append(os.Environ(), "PGTEST_VICTIM=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 4096)
	n, err := out.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	folder, ok := strings.CutPrefix(strings.TrimSpace(string(buf[:n])), "folder ")
	if !ok {
		t.Fatalf("the victim said %q", buf[:n])
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed, as wanted
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(folder); os.IsNotExist(err) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is still there", folder)
		}
	}
}
