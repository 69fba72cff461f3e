package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"

	"github.com/vitrine-media/vitrine"
)

// explainStatus is the Detail of an answer.
func explainStatus(status int) string {
	if status >= 300 && status <= 399 {
		return fmt.Sprintf("HTTP %d, redirects are not followed", status)
	}
	return fmt.Sprintf("HTTP %d", status)
}

// explain is the Detail of an attempt that got no answer. It is in our words:
// those of the network name resolved addresses.
func (s *Sender) explain(attempt context.Context, err error) string {
	if failure, ok := errors.AsType[*vitrine.Failure](err); ok {
		if failure.Code == vitrine.AddressForbidden {
			return "address is not allowed"
		}
		return failure.Message()
	}
	if errors.Is(context.Cause(attempt), errTimedOut) {
		return fmt.Sprintf("timed out after %v", s.timeout)
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "the name does not resolve"
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return "timed out" // a limit of the transport's own
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection closed without an answer"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return explainCertificate(err)
	}
	return "no valid answer"
}

func explainCertificate(err error) string {
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "the certificate is for another name"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "the certificate is signed by an unknown authority"
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return "the certificate has expired or is not valid yet"
	}
	return "the certificate is not valid"
}
