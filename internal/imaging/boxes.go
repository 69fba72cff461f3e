package imaging

import "math"

// cursor reads a file in the ISO base media format, front to back (ISO/IEC
// 14496-12, 4.2). When there is less than was asked for, it has failed, and gives
// nothing but zeros from then on.
type cursor struct {
	file   []byte // whole
	at     int    // what is read next, and
	end    int    // where there is no more
	failed bool
}

func (c *cursor) fail() { c.failed, c.at = true, c.end }

// more reports whether there is anything left.
func (c *cursor) more() bool { return c.at < c.end }

// bytes gives the next n bytes.
func (c *cursor) bytes(n int) []byte {
	if n > c.end-c.at {
		c.fail()
		return nil
	}
	c.at += n
	return c.file[c.at-n : c.at]
}

// uint gives the number in the next n bytes, which may be none.
func (c *cursor) uint(n int) (v uint64) {
	for _, b := range c.bytes(n) {
		v = v<<8 | uint64(b)
	}
	return v
}

// word is uint of up to four bytes.
func (c *cursor) word(n int) int { return int(c.uint(n)) }

// text gives the next n bytes as a string.
func (c *cursor) text(n int) string { return string(c.bytes(n)) }

// version reads what is at the beginning of a full box.
func (c *cursor) version() (version, flags int) { return c.word(1), c.word(3) }

// box gives the next box, and goes on after it.
func (c *cursor) box() (kind string, body cursor) {
	start := c.at
	size := c.uint(4)
	kind = c.text(4)
	switch size {
	case 0: // up to the end
		size = uint64(c.end - start)
	case 1:
		size = c.uint(8)
	}
	if size > math.MaxInt32 || int(size) < c.at-start || int(size) > c.end-start {
		c.fail()
	}
	if c.failed {
		return "", cursor{}
	}
	body = cursor{file: c.file, at: c.at, end: start + int(size)}
	c.at = body.end
	return kind, body
}

// span is a part of a file.
type span struct {
	start, size int // bytes
}

// span is what a cursor has left.
func (c *cursor) span() span { return span{c.at, c.end - c.at} }
