package scan

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
)

// parseURL gives what to dial for a URL, as Open documents it.
func parseURL(rawURL string) (network, address string, err error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		// What url.Parse wraps its reason in repeats the URL, in which
		// somebody may have written credentials.
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err
		}
		return "", "", fmt.Errorf("not a URL: %w", err)
	}
	network, address, err = dialURL(u)
	if err != nil {
		return "", "", fmt.Errorf("%q: %w", u.Redacted(), err)
	}
	return network, address, nil
}

func dialURL(u *url.URL) (network, address string, err error) {
	switch {
	case u.Scheme != "clamav":
		return "", "", fmt.Errorf("scheme %q is unknown, want clamav", u.Scheme)
	case u.User != nil:
		return "", "", errors.New("it has a user, which clamd doesn't know")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", "", errors.New("it has parameters or a fragment, want none")
	case u.Host != "" && u.Path != "":
		return "", "", errors.New("it has a host and a path, want HOST:PORT or the path of a Unix socket")
	case u.Host != "":
		return dialTCP(u.Hostname(), u.Port())
	case len(u.Path) > 1 && u.Path[0] == '/':
		return "unix", u.Path, nil
	default:
		return "", "", errors.New("want clamav://HOST:PORT or clamav:///PATH/OF/SOCKET")
	}
}

func dialTCP(host, port string) (network, address string, err error) {
	if host == "" {
		return "", "", errors.New("the host is missing")
	}
	if port == "" {
		return "", "", errors.New("the port is missing (that of clamd is 3310)")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", "", fmt.Errorf("port %s: want 1 to 65535", port)
	}
	return "tcp", net.JoinHostPort(host, port), nil
}
