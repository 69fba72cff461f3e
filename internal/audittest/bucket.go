package audittest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// bucket is where the bytes lie.
type bucket interface {
	// sizes gives the bytes of each object, by key.
	sizes(ctx context.Context) (map[string]int64, error)
	open(ctx context.Context, key string) (io.ReadCloser, error)
}

func openBucket(bucketURL string, environ []string) (bucket, error) {
	u, err := url.Parse(bucketURL)
	if err != nil {
		return nil, errors.New("not a URL") // without it: it may hold what is secret
	}
	switch u.Scheme {
	case "file":
		return folder(u.Path), nil
	case "s3":
		return openS3(u, environ)
	}
	return nil, fmt.Errorf("unknown scheme %q", u.Scheme)
}

// folder is a bucket in a folder: the object a/b/c lies in a.dir/b.dir/c.blob.
type folder string

func (f folder) sizes(_ context.Context) (map[string]int64, error) {
	sizes := map[string]int64{}
	err := filepath.WalkDir(string(f), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.Name() == ".tmp" { // what a killed server was writing goes when the next one starts
			return filepath.SkipDir
		}
		name, err := filepath.Rel(string(f), path)
		if err != nil || entry.IsDir() || name == ".lock" {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		key := strings.ReplaceAll(filepath.ToSlash(name), ".dir/", "/")
		sizes[strings.TrimSuffix(key, ".blob")] = info.Size()
		return nil
	})
	return sizes, err
}

func (f folder) open(_ context.Context, key string) (io.ReadCloser, error) {
	return os.Open(filepath.Join(string(f), filepath.FromSlash(strings.ReplaceAll(key, "/", ".dir/")+".blob")))
}

// s3 is what stands below a prefix in a bucket of an S3 store.
type s3 struct {
	client       *minio.Client
	name, prefix string
}

func openS3(u *url.URL, environ []string) (bucket, error) {
	endpoint, err := url.Parse(u.Query().Get("endpoint"))
	if err != nil || endpoint.Host == "" {
		return nil, errors.New("want s3://BUCKET/PREFIX?endpoint=http://HOST")
	}
	prefix := strings.Trim(u.Path, "/")
	if prefix != "" {
		prefix += "/"
	}
	value := func(name string) string {
		for _, variable := range environ {
			if v, ok := strings.CutPrefix(variable, name+"="); ok {
				return v
			}
		}
		return ""
	}
	client, err := minio.New(endpoint.Host, &minio.Options{
		Creds:  credentials.NewStaticV4(value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"), ""),
		Secure: endpoint.Scheme == "https", Region: "us-east-1", BucketLookup: minio.BucketLookupPath,
	})
	return &s3{client: client, name: u.Host, prefix: prefix}, err
}

func (s *s3) sizes(ctx context.Context) (map[string]int64, error) {
	sizes := map[string]int64{}
	for object := range s.client.ListObjects(ctx, s.name, minio.ListObjectsOptions{Prefix: s.prefix, Recursive: true}) {
		if object.Err != nil {
			return nil, object.Err
		}
		sizes[strings.TrimPrefix(object.Key, s.prefix)] = object.Size
	}
	return sizes, nil
}

func (s *s3) open(ctx context.Context, key string) (io.ReadCloser, error) {
	return s.client.GetObject(ctx, s.name, s.prefix+key, minio.GetObjectOptions{})
}
