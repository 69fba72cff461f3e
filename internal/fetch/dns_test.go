package fetch

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// dnsAnswer gives the addresses of a name, of both families; not known is
// NXDOMAIN. It is asked for each query: mostly twice for a look-up.
type dnsAnswer func(name string, asked dnsmessage.Type) (addresses []string, known bool)

// nameServer is a resolver that asks a DNS server of this test, which knows
// these names and no others.
func nameServer(t *testing.T, names map[string][]string) *net.Resolver {
	t.Helper()
	return nameServerOf(t, func(name string, _ dnsmessage.Type) ([]string, bool) {
		addresses, known := names[name]
		return addresses, known
	})
}

// nameServerOf is a resolver that asks a DNS server of this test.
func nameServerOf(t *testing.T, answer dnsAnswer) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		query := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(query)
			if err != nil {
				return // closed
			}
			reply, err := replyTo(query[:n], answer)
			if err == nil {
				_, err = conn.WriteTo(reply, from)
			}
			if err != nil {
				t.Errorf("answer a DNS query: %v", err)
			}
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// replyTo answers a query for A or AAAA records, which live for no time at all.
func replyTo(query []byte, answer dnsAnswer) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil {
		return nil, err
	}
	question := m.Questions[0]
	addresses, known := answer(strings.ToLower(strings.TrimSuffix(question.Name.String(), ".")), question.Type)
	m.Response, m.Authoritative, m.RecursionAvailable, m.Additionals = true, true, true, nil
	if !known {
		m.RCode = dnsmessage.RCodeNameError
	}
	for _, address := range addresses {
		ip := netip.MustParseAddr(address)
		header := dnsmessage.ResourceHeader{Name: question.Name, Class: question.Class}
		switch {
		case ip.Is4() && question.Type == dnsmessage.TypeA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AResource{A: ip.As4()}})
		case ip.Is6() && question.Type == dnsmessage.TypeAAAA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AAAAResource{AAAA: ip.As16()}})
		}
	}
	return m.Pack()
}
