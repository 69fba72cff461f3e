package scan

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine/internal/clamtest"
)

// open gives the scanner at a URL that is right.
func open(t *testing.T, url string) *Scanner {
	t.Helper()
	s, err := Open(url, Config{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// infected is what clamd says of EICAR.
var infected = Verdict{Infected: true, Signature: clamtest.Signature}

// zeros is an endless file.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// idler reads nothing at every other call, which io.Reader allows.
type idler struct {
	r    io.Reader
	idle bool
}

func (i *idler) Read(p []byte) (int, error) {
	if i.idle = !i.idle; i.idle {
		return 0, nil
	}
	return i.r.Read(p)
}

func TestScan(t *testing.T) {
	t.Parallel()
	s := open(t, clamtest.Start(t).URL)
	eicar := clamtest.EICAR()
	photo := bytes.Repeat([]byte("a photo of a kitchen\n"), 20_000)
	across := bytes.Clone(photo) // EICAR from the first chunk into the second one
	copy(across[chunkBytes-len(eicar)/2:], eicar)
	tests := []struct {
		name string
		file io.Reader
		want Verdict
	}{
		{"photo", bytes.NewReader(photo), Verdict{}},
		{"nothing", bytes.NewReader(nil), Verdict{}},
		{"one chunk", bytes.NewReader(photo[:chunkBytes]), Verdict{}},
		{"eicar", bytes.NewReader(eicar), infected},
		{"eicar at the end", io.MultiReader(bytes.NewReader(photo), bytes.NewReader(eicar)), infected},
		{"eicar across chunks", bytes.NewReader(across), infected},
		{"eicar byte by byte", iotest.OneByteReader(bytes.NewReader(eicar)), infected},
		{"eicar with the end at once", iotest.DataErrReader(bytes.NewReader(eicar)), infected},
		{"eicar after nothing", &idler{r: bytes.NewReader(eicar)}, infected},
	}
	for _, tt := range tests {
		got, err := s.Scan(t.Context(), tt.file)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: verdict (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestScanTooLarge(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	s := open(t, clamtest.Start(t, "StreamMaxLength 1M").URL)
	for _, size := range []int64{limit + 1, 2 * limit, 1 << 60} {
		if _, err := s.Scan(t.Context(), io.LimitReader(zeros{}, size)); !errors.Is(err, ErrTooLarge) || errors.Is(err, ErrUnavailable) {
			t.Errorf("%d bytes: error %v, want ErrTooLarge", size, err)
		}
	}
	if got, err := s.Scan(t.Context(), io.LimitReader(zeros{}, limit)); err != nil || got.Infected {
		t.Errorf("as large as allowed: %+v, %v, want a clean verdict", got, err)
	}
}

func TestUnixSocket(t *testing.T) {
	t.Parallel()
	s := open(t, clamtest.Start(t).SocketURL)
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	got, err := s.Scan(t.Context(), bytes.NewReader(clamtest.EICAR()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(infected, got); diff != "" {
		t.Errorf("verdict (-want +got):\n%s", diff)
	}
}

// Many at once, more than clamd has threads, each get the verdict of their own
// file.
func TestScanMany(t *testing.T) {
	t.Parallel()
	s := open(t, clamtest.Start(t).URL)
	var scans sync.WaitGroup
	for i := range 40 {
		file, want := bytes.Repeat([]byte{'k'}, i*10_000), Verdict{}
		if i%2 == 0 {
			file, want = append(file, clamtest.EICAR()...), infected
		}
		scans.Go(func() {
			got, err := s.Scan(t.Context(), bytes.NewReader(file))
			if err != nil || got != want {
				t.Errorf("scan %d: %+v, %v, want %+v", i, got, err, want)
			}
		})
	}
	scans.Wait()
}

func TestClamdDown(t *testing.T) {
	t.Parallel()
	server := clamtest.Start(t)
	s := open(t, server.URL)
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	server.Stop()
	if err := s.Ping(t.Context()); !errors.Is(err, ErrUnavailable) {
		t.Errorf("ping of a stopped clamd: error %v, want ErrUnavailable", err)
	}
	if _, err := s.Scan(t.Context(), bytes.NewReader(nil)); !errors.Is(err, ErrUnavailable) {
		t.Errorf("scan with a stopped clamd: error %v, want ErrUnavailable", err)
	}
	server.Start()
	if got, err := s.Scan(t.Context(), bytes.NewReader(clamtest.EICAR())); err != nil || got != infected {
		t.Errorf("scan with clamd back: %+v, %v, want %+v", got, err, infected)
	}
}

// clamd dies with a file half sent.
func TestClamdKilled(t *testing.T) {
	t.Parallel()
	server := clamtest.Start(t)
	s := open(t, server.URL)
	r, w := io.Pipe()
	scanned := make(chan error, 1)
	go func() {
		_, err := s.Scan(t.Context(), r)
		scanned <- err
	}()
	if _, err := w.Write(make([]byte, chunkBytes)); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-scanned; !errors.Is(err, ErrUnavailable) {
		t.Errorf("error %v, want ErrUnavailable", err)
	}
}

// A file that can't be read to its end is not scanned in part, even if the
// error looks like its end.
func TestScanReadError(t *testing.T) {
	t.Parallel()
	s := open(t, clamtest.Start(t).URL)
	for _, broken := range []error{errors.New("disk on fire"), io.ErrUnexpectedEOF, io.ErrClosedPipe} {
		file := io.MultiReader(bytes.NewReader(clamtest.EICAR()), iotest.ErrReader(broken))
		_, err := s.Scan(t.Context(), file)
		if !errors.Is(err, broken) || errors.Is(err, ErrUnavailable) {
			t.Errorf("error %v, want %v", err, broken)
		}
	}
}
