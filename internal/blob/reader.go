package blob

import (
	"context"
	"fmt"
	"iter"
	"os"
)

// Reader is the part of a Bucket that changes nothing.
type Reader interface {
	Open(ctx context.Context, key string) (*Object, error)
	List(ctx context.Context, prefix string) iter.Seq2[Info, error]
	Close() error
}

// OpenReader opens a bucket beside the server that uses it. Unlike Open it
// makes, clears and holds nothing: a folder has to be there.
func OpenReader(ctx context.Context, bucketURL string, environ ...string) (Reader, error) {
	return openAs(ctx, bucketURL, environ, false)
}

// unheld is a folder that another server may hold.
type unheld struct{ *folder }

func lookAtFolder(root string) (Bucket, error) {
	stat, err := os.Stat(root)
	if err == nil && !stat.IsDir() {
		err = fmt.Errorf("%s is not a folder", root)
	}
	if err != nil {
		return nil, err
	}
	return unheld{&folder{root: root}}, nil
}

func (unheld) Close() error { return nil }
