package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/minio/minio-go/v7"
)

// Objects up to this size are put in one request, larger ones in parts of it.
// A Put holds as much in memory: only so can a request be repeated, and is its
// body known to be whole and right before the store sees the first byte.
const s3PartBytes = 8 << 20

// How long a Put that has failed may take to remove its parts.
const s3AbortTimeout = 30 * time.Second

func (s *s3) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	if size > s3PartBytes {
		return s.putParts(ctx, s.prefix+key, r, size)
	}
	data := make([]byte, size)
	if err := fillBuffer(ctx, data, r); err != nil {
		return err
	}
	// DisableContentSha256 is about a signature of each chunk; the digest given
	// here is signed, and the store holds the body against it.
	options := minio.PutObjectOptions{DisableContentSha256: true}
	digest := hexSHA256(data)
	for tries := 1; ; tries++ {
		_, err := s.store.PutObject(ctx, s.bucket, s.prefix+key, bytes.NewReader(data), size, "", digest, options)
		if tries == s3PutTries || minio.ToErrorResponse(err).Code != folderInTheWay {
			return s3Error(ctx, err)
		}
		select {
		case <-ctx.Done(): // which the next try finds
		case <-time.After(s3PutPause):
		}
	}
}

// folderInTheWay is what a store answers that keeps its objects in folders, as
// versitygw does, when it lost a race that S3 doesn't know: the folder was just
// made for this object, and went with the deletion of its neighbour. It is
// right at one of the next tries, or it is about something else that stays, such as
// a full disk.
const (
	folderInTheWay = "ExistingObjectIsDirectory"
	s3PutTries     = 5
	s3PutPause     = 5 * time.Millisecond
)

// fillBuffer fills data from r, and returns nil when ctx is still good then.
func fillBuffer(ctx context.Context, data []byte, r io.Reader) error {
	if _, err := io.ReadFull(r, data); err != nil {
		return err
	}
	return context.Cause(ctx)
}

func hexSHA256(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// putParts uploads in parts, of which nothing is seen until the last request.
func (s *s3) putParts(ctx context.Context, name string, r io.Reader, size int64) error {
	upload, err := s.store.NewMultipartUpload(ctx, s.bucket, name, minio.PutObjectOptions{})
	if err != nil {
		return s3Error(ctx, err)
	}
	parts, err := s.uploadParts(ctx, name, upload, r, size)
	if err == nil {
		_, err = s.store.CompleteMultipartUpload(ctx, s.bucket, name, upload, parts, minio.PutObjectOptions{})
		err = s3Error(ctx, err)
	}
	if err != nil {
		return errors.Join(err, s.abort(ctx, name, upload))
	}
	return nil
}

func (s *s3) uploadParts(ctx context.Context, name, upload string, r io.Reader, size int64) ([]minio.CompletePart, error) {
	var parts []minio.CompletePart
	buffer := make([]byte, s3PartBytes)
	for left := size; left > 0; left -= int64(len(buffer)) {
		buffer = buffer[:min(left, s3PartBytes)]
		if err := fillBuffer(ctx, buffer, r); err != nil {
			return nil, err
		}
		number := len(parts) + 1
		part, err := s.store.PutObjectPart(ctx, s.bucket, name, upload, number, bytes.NewReader(buffer), int64(len(buffer)),
			minio.PutObjectPartOptions{Sha256Hex: hexSHA256(buffer), DisableContentSha256: true})
		if err != nil {
			return nil, fmt.Errorf("part %d: %w", number, s3Error(ctx, err))
		}
		parts = append(parts, minio.CompletePart{PartNumber: number, ETag: part.ETag})
	}
	return parts, nil
}

// abort removes the parts of an upload. It may be that ctx has ended.
func (s *s3) abort(ctx context.Context, name, upload string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s3AbortTimeout)
	defer cancel()
	err := s.store.AbortMultipartUpload(ctx, s.bucket, name, upload)
	var answer minio.ErrorResponse
	if errors.As(err, &answer) && answer.Code == "NoSuchUpload" {
		return nil // it was completed, and only the answer got lost
	}
	if err != nil {
		return fmt.Errorf("abort the upload: %w", s3Error(ctx, err))
	}
	return nil
}
