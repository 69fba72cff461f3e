package blob

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// Requests are tried this often, with a pause of up to a second in between.
// All that are made may be repeated: the same bytes under the same key, the
// same deletion.
const s3Tries = 6

// An upload in parts that is not completed after this long was left behind by
// a server that was killed.
const s3Abandoned = 24 * time.Hour

// s3 keeps each object under the prefix and its key.
type s3 struct {
	store     minio.Core
	presigner *minio.Client // knows the store by its public endpoint
	transport *http.Transport
	bucket    string
	prefix    string // empty, or ending with a slash
}

// openS3 finds out, too, whether the store can be reached, has the bucket and
// takes the credentials.
func openS3(ctx context.Context, config s3Config, environ []string) (*s3, error) {
	s, err := newS3(config, environ)
	if err != nil {
		return nil, err
	}
	if err := s.abortUploads(ctx, time.Now().Add(-s3Abandoned)); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// newS3 makes no request.
func newS3(config s3Config, environ []string) (*s3, error) {
	key, secret := lookup(environ, "AWS_ACCESS_KEY_ID"), lookup(environ, "AWS_SECRET_ACCESS_KEY")
	if key == "" || secret == "" {
		return nil, errors.New("want AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment")
	}
	transport := s3Transport()
	options := minio.Options{
		Creds:        credentials.NewStaticV4(key, secret, lookup(environ, "AWS_SESSION_TOKEN")),
		Transport:    transport,
		Region:       config.region,
		BucketLookup: minio.BucketLookupDNS,
		MaxRetries:   s3Tries,
	}
	if config.pathStyle {
		options.BucketLookup = minio.BucketLookupPath
	}
	store, err := newS3Client(config.endpoint, options)
	if err != nil {
		return nil, err
	}
	presigner, err := newS3Client(config.public, options)
	if err != nil {
		return nil, err
	}
	return &s3{
		store:     minio.Core{Client: store},
		presigner: presigner,
		transport: transport,
		bucket:    config.bucket,
		prefix:    config.prefix,
	}, nil
}

// lookup is the value of a variable, empty when it is not there. Of several the
// last one counts, as it does for the programs that are given environ.
func lookup(environ []string, name string) string {
	for _, pair := range slices.Backward(environ) {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value
		}
	}
	return ""
}

func newS3Client(endpoint s3Endpoint, options minio.Options) (*minio.Client, error) {
	options.Secure = endpoint.secure
	return minio.New(endpoint.host, &options)
}

// abortUploads frees what was uploaded in parts begun before that time and
// neither completed nor aborted.
func (s *s3) abortUploads(ctx context.Context, before time.Time) error {
	var key, id string // of the last upload that was listed
	for {
		page, err := s.store.ListMultipartUploads(ctx, s.bucket, s.prefix, key, id, "", 1000)
		if err != nil {
			return fmt.Errorf("list unfinished uploads: %w", s3Error(ctx, err))
		}
		for _, upload := range page.Uploads {
			if !upload.Initiated.Before(before) {
				continue
			}
			if err := s.store.AbortMultipartUpload(ctx, s.bucket, upload.Key, upload.UploadID); err != nil {
				return fmt.Errorf("abort the upload of %q: %w", upload.Key, s3Error(ctx, err))
			}
		}
		if !page.IsTruncated {
			return nil
		}
		key, id = page.NextKeyMarker, page.NextUploadIDMarker
	}
}

func (s *s3) Delete(ctx context.Context, key string) error {
	err := s.store.RemoveObject(ctx, s.bucket, s.prefix+key, minio.RemoveObjectOptions{})
	if err = s3Error(ctx, err); errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

func (s *s3) Close() error {
	s.transport.CloseIdleConnections()
	return nil
}
