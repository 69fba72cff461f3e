package fetch

import (
	"net/netip"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
)

func TestForesee(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	inner := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for url, want := range map[string]vitrine.FailureCode{
		"https://photos.example/1.jpg":                                          "",
		"https://93.184.215.14/1.jpg":                                           "",
		"https://[2606:4700::1111]/1.jpg":                                       "",
		"http://10.0.0.7/1.jpg":                                                 "", // allowed
		"http://192.168.1.1:8080/1.jpg":                                         vitrine.AddressForbidden,
		"http://[::ffff:127.0.0.1]/1.jpg":                                       vitrine.AddressForbidden,
		"http://169.254.169.254/latest":                                         vitrine.AddressForbidden,
		"http://2130706433/1.jpg":                                               vitrine.AddressForbidden,
		"ftp://photos.example/1.jpg":                                            vitrine.AddressForbidden,
		"https://%zz":                                                           vitrine.AddressForbidden,
		"https://photos.example/1.jpg?Expires=1795348800&Signature=a":           "", // this very second
		"https://photos.example/1.jpg?Expires=1795348000&Signature=a":           vitrine.SourceURLExpired,
		"https://s3.example/1.jpg?X-Amz-Date=20261122T100000Z&X-Amz-Expires=60": vitrine.SourceURLExpired,
	} {
		var got vitrine.FailureCode
		if failure := Foresee(url, inner, now); failure != nil {
			got = failure.Code
		}
		if got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
	if at, signed := Expiry("https://photos.example/1.jpg?Expires=1795348800&Signature=a"); !signed || !at.Equal(now) {
		t.Errorf("it ends at %v, %v", at, signed)
	}
	if _, signed := Expiry("https://photos.example/1.jpg"); signed {
		t.Error("a plain URL is signed")
	}
}
