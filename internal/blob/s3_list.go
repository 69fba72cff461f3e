package blob

import (
	"context"
	"iter"
	"strings"

	"github.com/minio/minio-go/v7"
)

// List takes the objects page by page, in the order in which the store gives
// them: that of the UTF-8 bytes.
func (s *s3) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		listed := s.store.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{
			Prefix:     s.prefix + prefix,
			Recursive:  true,
			FetchOwner: new(bool),
		})
		for object := range listed {
			if object.Err != nil {
				yield(Info{}, s3Error(ctx, object.Err))
				return
			}
			key := strings.TrimPrefix(object.Key, s.prefix)
			if checkKey(key) != nil {
				continue // no object of ours, such as the "folder/" that consoles make
			}
			if !yield(Info{Key: key, Size: object.Size, ModTime: object.LastModified.UTC()}, nil) {
				return
			}
		}
		// The store's listing ends without a word when ctx does.
		if err := context.Cause(ctx); err != nil {
			yield(Info{}, err)
		}
	}
}
