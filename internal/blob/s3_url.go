package blob

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// s3Config is what the URL of an S3 bucket says.
type s3Config struct {
	bucket    string
	prefix    string // of all keys: empty, or ending with a slash
	endpoint  s3Endpoint
	public    s3Endpoint // as clients reach the store, for presigned URLs
	region    string
	pathStyle bool // http://host/bucket/key, else http://bucket.host/key
}

// s3Endpoint is where a store listens.
type s3Endpoint struct {
	host   string // with the port, if any
	secure bool   // by TLS
}

// awsEndpoint stands for the endpoint of the region: the client knows them.
var awsEndpoint = s3Endpoint{host: "s3.amazonaws.com", secure: true}

// The S3 key has room for this prefix and a key.
const maxPrefixBytes = 1024 - maxKeyBytes - len("/")

// parseS3URL reads the URL of an S3 bucket, as Open documents it. No error
// repeats the value of a parameter, lest somebody's secret ends in a log.
func parseS3URL(u *url.URL) (s3Config, error) {
	if u.User != nil {
		return s3Config{}, errors.New("credentials come from the environment, not from the URL")
	}
	if u.Host == "" || u.Opaque != "" || u.Fragment != "" {
		return s3Config{}, errors.New("want s3://BUCKET or s3://BUCKET/PREFIX, and parameters behind a question mark")
	}
	config := s3Config{bucket: u.Host, endpoint: awsEndpoint, region: "us-east-1"}
	var err error
	if config.prefix, err = s3Prefix(u.Path); err != nil {
		return s3Config{}, err
	}
	parameters, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return s3Config{}, errors.New("the parameters are not encoded as a URL needs it")
	}
	for name, values := range parameters {
		if len(values) != 1 || values[0] == "" {
			return s3Config{}, fmt.Errorf("parameter %q: want it once, and not empty", name)
		}
		if !slices.Contains([]string{"endpoint", "public", "region", "pathstyle"}, name) {
			return s3Config{}, fmt.Errorf("parameter %q is unknown, want endpoint, public, region or pathstyle", name)
		}
	}
	if parameters.Has("region") {
		config.region = parameters.Get("region")
	}
	if parameters.Has("endpoint") {
		config.pathStyle = true
		if config.endpoint, err = parseS3Endpoint(parameters.Get("endpoint")); err != nil {
			return s3Config{}, fmt.Errorf("parameter endpoint: %w", err)
		}
	}
	config.public = config.endpoint
	if parameters.Has("public") {
		if config.public, err = parseS3Endpoint(parameters.Get("public")); err != nil {
			return s3Config{}, fmt.Errorf("parameter public: %w", err)
		}
	}
	if parameters.Has("pathstyle") {
		switch parameters.Get("pathstyle") {
		case "true":
			config.pathStyle = true
		case "false":
			config.pathStyle = false
		default:
			return s3Config{}, errors.New("parameter pathstyle: want true or false")
		}
	}
	return config, nil
}

// s3Prefix is the prefix of all keys for the path of a URL.
func s3Prefix(path string) (string, error) {
	prefix := strings.Trim(path, "/")
	if prefix == "" {
		return "", nil
	}
	if err := checkKey(prefix); err != nil {
		return "", fmt.Errorf("prefix: %w", err)
	}
	if len(prefix) > maxPrefixBytes {
		return "", fmt.Errorf("prefix: %w: %d bytes, %d allowed", ErrKey, len(prefix), maxPrefixBytes)
	}
	return prefix + "/", nil
}

func parseS3Endpoint(endpoint string) (s3Endpoint, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" ||
		u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return s3Endpoint{}, errors.New("want http:// or https://, a host, and a port if it is not the usual one")
	}
	return s3Endpoint{host: u.Host, secure: u.Scheme == "https"}, nil
}
