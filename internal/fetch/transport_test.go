package fetch

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"testing"
)

func TestNewTransport(t *testing.T) {
	t.Parallel()
	server := newOrigin(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) })
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for _, row := range []struct {
		host       string
		allow      []netip.Prefix
		allowHosts []string
		ok         bool
	}{
		{"127.0.0.1", nil, nil, false},
		{"127.0.0.1", loopback, nil, true},
		{"127.0.0.1", nil, []string{"127.0.0.1"}, true},
		{"[::ffff:127.0.0.1]", nil, nil, false},
		{"169.254.169.254", loopback, nil, false},
	} {
		t.Run(fmt.Sprintf("%s %v %v", row.host, row.allow, row.allowHosts), func(t *testing.T) {
			t.Parallel()
			transport := NewTransport(row.allow, row.allowHosts, testLimits())
			t.Cleanup(transport.CloseIdleConnections)
			status, err := post(t, transport, "http://"+row.host+":"+port)
			if row.ok && (err != nil || status != http.StatusCreated) {
				t.Errorf("HTTP %d, %v; want 201", status, err)
			}
			if !row.ok && !errors.Is(err, ErrForbidden) {
				t.Errorf("HTTP %d, %v; want %v", status, err, ErrForbidden)
			}
		})
	}
}

// A redirect is dialled by the same rules.
func TestTransportRedirected(t *testing.T) {
	t.Parallel()
	server := newOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://10.0.0.1/", http.StatusTemporaryRedirect)
	})
	transport := NewTransport(nil, []string{"127.0.0.1"}, testLimits())
	t.Cleanup(transport.CloseIdleConnections)
	if status, err := post(t, transport, server.URL); !errors.Is(err, ErrForbidden) {
		t.Errorf("HTTP %d, %v; want %v", status, err, ErrForbidden)
	}
}

// A proxy would dial in our stead.
func TestTransportHasNoProxy(t *testing.T) {
	t.Parallel()
	if NewTransport(nil, nil, testLimits()).Proxy != nil {
		t.Error("there is a proxy")
	}
}

// post sends nothing through the transport and gives the status of the answer.
func post(t *testing.T, transport *http.Transport, url string) (status int, err error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: transport}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}
