package fetch

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// clockLeeway is how far our clock and an origin's may be apart. A signed URL
// is not asked for once it is past its expiry by more; closer to it the origin
// decides.
const clockLeeway = time.Minute

// maxEpoch bounds Unix times (year 5138) so that nonsense is not a date.
const maxEpoch = 99_999_999_999

// expiry is when a signed URL stops to work. It knows
//
//   - Amazon S3 and what imitates it: X-Amz-Date + X-Amz-Expires seconds;
//   - Google Cloud Storage: X-Goog-Date + X-Goog-Expires seconds;
//   - Azure: se, a time, beside sig;
//   - CloudFront's custom policies: DateLessThan in Policy;
//   - CloudFront, S3 and Google of old, Alibaba, nginx, Bunny and more: Expires,
//     a Unix time, beside a signature.
//
// Other URLs, and such as carry nonsense there, are not signed.
func expiry(u *url.URL) (at time.Time, signed bool) {
	query := make(map[string]string)
	for name, values := range u.Query() {
		query[strings.ToLower(name)] = values[0]
	}
	for _, vendor := range []string{"x-amz-", "x-goog-"} {
		if at, ok := datePlusSeconds(query[vendor+"date"], query[vendor+"expires"]); ok {
			return at, true
		}
	}
	if query["sig"] != "" {
		if at, ok := azureTime(query["se"]); ok {
			return at, true
		}
	}
	if at, ok := policyTime(query["policy"]); ok {
		return at, true
	}
	for _, signature := range []string{"signature", "sig", "key-pair-id", "token", "md5", "hmac", "hash"} {
		if query[signature] != "" {
			return epoch(query["expires"])
		}
	}
	return time.Time{}, false
}

func datePlusSeconds(date, seconds string) (time.Time, bool) {
	at, err := time.Parse("20060102T150405Z", date)
	if err != nil {
		return time.Time{}, false
	}
	n, err := strconv.ParseUint(seconds, 10, 32)
	if err != nil {
		return time.Time{}, false
	}
	return at.Add(time.Duration(n) * time.Second), true
}

// azureTime reads the forms of ISO 8601 that a shared access signature may use.
func azureTime(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateOnly} {
		if at, err := time.Parse(layout, s); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// policyTime reads CloudFront's base64, in which + = / are written - _ ~.
func policyTime(policy string) (time.Time, bool) {
	text, err := base64.StdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "=", "~", "/").Replace(policy))
	if err != nil {
		return time.Time{}, false
	}
	var document struct {
		Statement []struct {
			Condition struct {
				DateLessThan struct {
					Epoch json.Number `json:"AWS:EpochTime"`
				}
			}
		}
	}
	if err := json.Unmarshal(text, &document); err != nil || len(document.Statement) == 0 {
		return time.Time{}, false
	}
	return epoch(document.Statement[0].Condition.DateLessThan.Epoch.String())
}

// epoch reads Unix seconds. 0 is how some say "never".
func epoch(seconds string) (time.Time, bool) {
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || n <= 0 || n > maxEpoch {
		return time.Time{}, false
	}
	return time.Unix(n, 0), true
}
