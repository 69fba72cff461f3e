package tour

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// maxURLBytes is how long a URL may be, as it was written and as it is given out.
const maxURLBytes = 2048

func isWeb(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

// rebase gives what the URLs of a page are relative to that has the <base> href.
// One that isn't http or https counts as none, as in browsers.
func rebase(page *url.URL, href string) *url.URL {
	if u, err := url.Parse(resolve(page, href)); err == nil && isWeb(u) {
		return u
	}
	return page
}

// resolve gives the URL that ref means at base, if it may be given out; else "".
func resolve(base *url.URL, ref string) string {
	ref = strings.Trim(ref, " \t\r\n\f")
	if ref == "" || len(ref) > maxURLBytes {
		return ""
	}
	u, err := base.Parse(ref)
	if err != nil {
		return ""
	}
	return checked(u)
}

// checked gives the text of a URL that may be given out, as the package
// describes it; "" for others.
func checked(u *url.URL) string {
	if !isWeb(u) || u.User != nil {
		return ""
	}
	host := asciiHost(u.Hostname())
	if host == "" {
		return ""
	}
	if port := u.Port(); port != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return ""
		}
		host = net.JoinHostPort(strings.Trim(host, "[]"), port)
	}
	plain := *u
	plain.Host = host
	text := escape(plain.String())
	if len(text) > maxURLBytes {
		return ""
	}
	return text
}

// hosts turns international names to ASCII as browsers do: more names than
// idna.Lookup takes are in use, such as "my_shop.example" and "r3---sn.example".
var hosts = idna.New(
	idna.MapForLookup(),
	idna.BidiRule(),
	idna.Transitional(false),
	idna.StrictDomainName(false),
	idna.CheckHyphens(false),
)

// asciiHost gives a name or an address as it stands in a URL; "" for what is
// neither. url.Parse takes quotes and angle brackets for parts of names.
func asciiHost(name string) string {
	if ip, err := netip.ParseAddr(name); err == nil {
		switch {
		case ip.Zone() != "":
			return ""
		case ip.Is6():
			return "[" + ip.String() + "]"
		}
		return ip.String()
	}
	ascii, err := hosts.ToASCII(name)
	if err != nil || strings.Trim(ascii, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
		return ""
	}
	return ascii
}

// escape escapes what url.URL leaves as it was written in a query, so that a
// checked URL has nothing that could end an attribute or start a tag.
func escape(text string) string {
	const hex = "0123456789ABCDEF"
	var out strings.Builder
	for i := range len(text) {
		c := text[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"'<>\\^`{|}", c) >= 0 {
			out.Write([]byte{'%', hex[c>>4], hex[c&15]})
		} else {
			out.WriteByte(c)
		}
	}
	return out.String()
}

// secure gives a checked URL that is https; "" for others.
func secure(checked string) string {
	if strings.HasPrefix(checked, "https:") {
		return checked
	}
	return ""
}

// samePage says whether two checked URLs differ at most in their fragments,
// which no server sees.
func samePage(a, b string) bool {
	a, _, _ = strings.Cut(a, "#")
	b, _, _ = strings.Cut(b, "#")
	return a == b
}
