package blob

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// PresignPut makes no request.
func (s *s3) PresignPut(ctx context.Context, key, contentType string, size int64, ttl time.Duration) (string, http.Header, error) {
	header := http.Header{"Content-Type": {contentType}}
	signed := header.Clone()
	if size > 0 {
		signed.Set("Content-Length", strconv.FormatInt(size, 10))
	}
	u, err := s.presigner.PresignHeader(ctx, http.MethodPut, s.bucket, s.prefix+key, ttl, nil, signed)
	if err != nil {
		return "", nil, s3Error(ctx, err)
	}
	return u.String(), header, nil
}
