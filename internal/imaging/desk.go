package imaging

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// files are what a task works on, open: a child opens nothing itself.
type files struct {
	source   *os.File   // for reading
	variants []*os.File // for writing, empty: of the Recipe, then vitrine.PanoVariant
}

// openFiles opens the files of a task and makes those of its variants, which
// must not be there yet. On failure those that were made remain.
func (t *Task) openFiles() (*files, error) {
	source, err := os.Open(t.Source)
	if err != nil {
		return nil, err
	}
	f := &files{source: source}
	for _, rendition := range append(t.Recipe.renditions(), panoRendition) {
		variant, err := os.OpenFile(rendition.file(t.OutDir), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, errors.Join(err, f.close())
		}
		f.variants = append(f.variants, variant)
	}
	return f, nil
}

func (f *files) all() []*os.File { return append([]*os.File{f.source}, f.variants...) }

func (f *files) close() error {
	var errs []error
	for _, file := range f.all() {
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}

// hand sends a line to a child, and the files with it.
func hand(to *net.UnixConn, line []byte, f *files) error {
	var descriptors []int
	for _, file := range f.all() {
		descriptors = append(descriptors, int(file.Fd()))
	}
	n, _, err := to.WriteMsgUnix(line, unix.UnixRights(descriptors...), nil)
	if err == nil && n < len(line) {
		_, err = to.Write(line[n:])
	}
	return err
}

// maxHanded is how many descriptors the kernel lets go at once.
const maxHanded = 253

// desk is the child's end of the socket: a reader of lines, on which the files
// lie that came with them.
type desk struct {
	conn   *net.UnixConn
	handed []*os.File
}

func openDesk(in *os.File) (*desk, error) {
	conn, err := net.FileConn(in)
	if err != nil {
		return nil, fmt.Errorf("read tasks: %w", err)
	}
	socket, ok := conn.(*net.UnixConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("read tasks: %s is no Unix socket", in.Name()), conn.Close())
	}
	return &desk{conn: socket}, nil
}

func (d *desk) Close() error { return d.conn.Close() }

func (d *desk) Read(p []byte) (int, error) {
	control := make([]byte, unix.CmsgSpace(maxHanded*4))
	n, controls, _, _, err := d.conn.ReadMsgUnix(p, control)
	if err != nil {
		return n, err
	}
	messages, err := unix.ParseSocketControlMessage(control[:controls])
	if err != nil {
		return n, fmt.Errorf("read handed files: %w", err)
	}
	for _, message := range messages {
		descriptors, err := unix.ParseUnixRights(&message)
		if err != nil {
			return n, fmt.Errorf("read handed files: %w", err)
		}
		for _, descriptor := range descriptors {
			d.handed = append(d.handed, os.NewFile(uintptr(descriptor), "handed file"))
		}
	}
	return n, nil
}

// take gives the files that came with a task.
func (d *desk) take(task *Task) (*files, error) {
	handed := d.handed
	d.handed = nil
	if want := 1 + len(task.Recipe.Sizes) + 1; len(handed) != want {
		return nil, fmt.Errorf("a task with %d files, want %d", len(handed), want)
	}
	return &files{source: handed[0], variants: handed[1:]}, nil
}
