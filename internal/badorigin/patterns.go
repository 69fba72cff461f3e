package badorigin

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/vitrine-media/vitrine"
)

// patterns is the one table of them.
var patterns = []Pattern{
	{"/slow/{duration}", "Waits before it answers.", "/slow/1s/photo.jpg", "", "slow", 1, slow},
	{"/drip/{duration}", "Sends the photo evenly over a time.", "/drip/1s/photo.jpg", "", "drip", 1, drip},
	{"/stall", "Sends half of the photo, and then nothing more.", "/stall/photo.jpg", vitrine.SourceTimeout, "stall", 0, stall},
	{"/reset", "Resets the connection.", "/reset/photo.jpg", vitrine.SourceUnreachable, "reset", 0, reset},
	{"/truncated", "Announces the whole photo and sends half of it.", "/truncated/photo.jpg", vitrine.SourceTruncated, "truncated", 0, truncated},
	{"/cut", "Sends half of the photo as if it were all.", "/cut/photo.jpg", vitrine.Unreadable, "cut", 0, cut},
	{"/empty", "Sends no bytes.", "/empty/photo.jpg", vitrine.Unreadable, "empty", 0, empty},
	{"/endless", "Sends a photo that never ends.", "/endless/photo.jpg", vitrine.TooLarge, "endless", 0, endless},
	{"/large/{bytes}", "Announces a file of so many bytes.", "/large/600000000/photo.jpg", vitrine.TooLarge, "large", 1, large},
	{"/huge/{pixels}", "Sends a PNG whose header promises so many pixels a side.", "/huge/50000/photo.png", vitrine.TooManyPixels, "huge", 1, huge},
	{"/status/{code}", "Answers with a status.", "/status/404/photo.jpg", vitrine.SourceNotFound, "status", 1, status},
	{"/status/{code}", "The same: one who has no right to it.", "/status/403/photo.jpg", vitrine.SourceRefused, "status", 1, status},
	{"/status/{code}", "The same: the host is ill.", "/status/500/photo.jpg", vitrine.SourceError, "status", 1, status},
	{"/flaky/{times}/{code}", "Answers with a status so many times, and is well after that.", "/flaky/1/503/photo.jpg", "", "flaky", 2, flaky},
	{"/busy/{times}/{seconds}", "Answers 429 with Retry-After so many times, and is well after that.", "/busy/1/1/photo.jpg", "", "busy", 2, busy},
	{"/redirect/{times}", "Redirects so many times.", "/redirect/3/photo.jpg", "", "redirect", 1, redirect},
	{"/inside", "Redirects to an address that nobody outside may reach.", "/inside/photo.jpg", vitrine.AddressForbidden, "inside", 0, inside},
	{"/type/{type}/{subtype}", "Says that the photo is of another type.", "/type/text/html/photo.jpg", "", "type", 2, mistyped},
	{"/page", "Sends a page that asks for a login.", "/page/photo.jpg", vitrine.UnsupportedType, "page", 0, page},
	{"/expired", "Answers 403 from the second in its Expires on; the URL is signed.", "/expired/photo.jpg?Expires=1000000000&Signature=abc", vitrine.SourceURLExpired, "expired", 0, expired},
	{"/once", "Works for one request, and answers 403 after that.", "/once/photo.jpg", "", "once", 0, once},
	{"/changing", "Sends another photo each time.", "/changing/photo.jpg", "", "changing", 0, changing},
	{"/etag/right", "Sends an ETag, and 304 to whoever has it.", "/etag/right/photo.jpg", "", "etag", 1, tagged},
	{"/etag/stuck", "Sends another photo each time under one ETag, and 304 to whoever has that.", "/etag/stuck/photo.jpg", "", "etag", 1, tagged},
	{"/etag/fresh", "Sends one photo under another ETag each time.", "/etag/fresh/photo.jpg", "", "etag", 1, tagged},
}

// send answers with a photo.
func (x *exchange) send(photo []byte) {
	header := x.w.Header()
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", http.DetectContentType(photo))
	}
	header.Set("Content-Length", strconv.Itoa(len(photo)))
	_, _ = x.w.Write(photo) // whoever went away comes again
}

// number reads a part of a path that is one.
func number(text string, lowest, highest int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < lowest || n > highest {
		return 0, fmt.Errorf("%q is not a number from %d to %d", text, lowest, highest)
	}
	return n, nil
}

func duration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is not a time such as 1.5s or 2m", text)
	}
	return d, nil
}

func slow(x *exchange, args []string) (bool, error) {
	d, err := duration(args[0])
	return err == nil && !pause(x.r, d), err
}

func drip(x *exchange, args []string) (bool, error) {
	d, err := duration(args[0])
	if err == nil {
		Drip(x.w, x.r, Photo(x.name), d)
	}
	return true, err
}

func stall(x *exchange, _ []string) (bool, error) {
	Stall(x.w, x.r, Photo(x.name))
	return true, nil
}

func reset(x *exchange, _ []string) (bool, error) {
	Reset(x.w)
	return true, nil
}

func truncated(x *exchange, _ []string) (bool, error) {
	Truncate(x.w, Photo(x.name))
	return true, nil
}

func cut(x *exchange, _ []string) (bool, error) {
	Cut(x.w, Photo(x.name))
	return true, nil
}

func empty(x *exchange, _ []string) (bool, error) {
	x.w.Header().Set("Content-Type", "image/jpeg")
	x.send(nil)
	return true, nil
}

func endless(x *exchange, _ []string) (bool, error) {
	Endless(x.w, x.r, Photo(x.name))
	return true, nil
}

const maxAnnounced = 1 << 40 // bytes

func large(x *exchange, args []string) (bool, error) {
	n, err := number(args[0], 1, maxAnnounced)
	if err == nil {
		photo := Photo(x.name)
		announce(x.w, photo[:min(len(photo), n)], n)
	}
	return true, err
}

func huge(x *exchange, args []string) (bool, error) {
	side, err := number(args[0], 1, 1<<20)
	if err == nil {
		x.send(hugePNG(uint32(side))) //nolint:gosec // it is in bounds
	}
	return true, err
}

// The statuses that can be asked for. Those before answer for nothing.
const lowestStatus, highestStatus = 200, 599

func status(x *exchange, args []string) (bool, error) {
	code, err := number(args[0], lowestStatus, highestStatus)
	if err == nil {
		x.w.WriteHeader(code)
	}
	return true, err
}

// maxTimes bounds how often something happens.
const maxTimes = 1000

func flaky(x *exchange, args []string) (bool, error) {
	times, err := number(args[0], 0, maxTimes)
	if err != nil || x.nth > times {
		return false, err
	}
	return status(x, args[1:])
}

func busy(x *exchange, args []string) (bool, error) {
	times, err := number(args[0], 0, maxTimes)
	if err != nil || x.nth > times {
		return false, err
	}
	seconds, err := number(args[1], 0, 24*60*60)
	if err == nil {
		x.w.Header().Set("Retry-After", strconv.Itoa(seconds))
		x.w.WriteHeader(http.StatusTooManyRequests)
	}
	return true, err
}

func redirect(x *exchange, args []string) (bool, error) {
	times, err := number(args[0], 0, maxTimes)
	if err != nil || times == 0 {
		return false, err
	}
	next := url.URL{Scheme: "http", Host: x.r.Host, Path: x.rest, RawQuery: x.r.URL.RawQuery}
	if times > 1 {
		next.Path = fmt.Sprintf("/redirect/%d%s", times-1, x.rest)
	}
	http.Redirect(x.w, x.r, next.String(), http.StatusFound)
	return true, nil
}

func inside(x *exchange, _ []string) (bool, error) {
	http.Redirect(x.w, x.r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
	return true, nil
}

func mistyped(x *exchange, args []string) (bool, error) {
	x.w.Header().Set("Content-Type", args[0]+"/"+args[1])
	return false, nil
}

func page(x *exchange, _ []string) (bool, error) {
	x.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = x.w.Write([]byte("<!doctype html><html lang=en><title>Sign in</title><p>Please sign in.</p></html>"))
	return true, nil
}

func expired(x *exchange, _ []string) (bool, error) {
	query := x.r.URL.Query()
	second, err := strconv.ParseInt(query.Get("Expires"), 10, 64)
	if err != nil || query.Get("Signature") == "" {
		return false, fmt.Errorf("a URL of this kind ends in ?Expires=UNIXTIME&Signature=abc; in an hour it is %d", x.origin.now().Add(time.Hour).Unix())
	}
	if x.origin.now().Unix() < second {
		return false, nil
	}
	http.Error(x.w, "Request has expired", http.StatusForbidden)
	return true, nil
}

func once(x *exchange, _ []string) (bool, error) {
	if x.nth == 1 {
		return false, nil
	}
	http.Error(x.w, "This URL has been used", http.StatusForbidden)
	return true, nil
}

func changing(x *exchange, _ []string) (bool, error) {
	x.name += fmt.Sprintf("?%d", x.nth)
	return false, nil
}

func tagged(x *exchange, args []string) (bool, error) {
	etag := fmt.Sprintf(`"%x"`, sha256.Sum256([]byte(x.name)))
	switch args[0] {
	case "right":
	case "stuck":
		x.name += fmt.Sprintf("?%d", x.nth)
	case "fresh":
		etag = fmt.Sprintf(`"%d"`, x.nth)
	default:
		return false, fmt.Errorf("an ETag is right, stuck or fresh, not %q", args[0])
	}
	x.w.Header().Set("ETag", etag)
	if x.r.Header.Get("If-None-Match") != etag {
		return false, nil
	}
	x.w.WriteHeader(http.StatusNotModified)
	return true, nil
}
