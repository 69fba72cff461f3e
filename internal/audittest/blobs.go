package audittest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"golang.org/x/image/webp"
)

// panorama is the one variant that not every picture has.
const panorama = "pano"

func originalKey(sha256 string) string { return "original/" + sha256[:2] + "/" + sha256 }

func (c *content) variantKey(v variant) string {
	suffix := ".webp"
	if strings.HasPrefix(v.kind, "video/") {
		suffix = ".mp4"
	}
	return "variant/" + c.sha256[:2] + "/" + c.sha256 + "/" + c.recipe + "/" + v.name + suffix
}

// blobs holds the bucket against the rows, and the rows against the bucket.
func (a *audit) blobs(ctx context.Context) error {
	sizes, err := a.bucket.sizes(ctx)
	if err != nil {
		return fmt.Errorf("list the bucket: %w", err)
	}
	unknown := maps.Clone(sizes)
	names := a.variantNames()
	for _, digest := range slices.Sorted(maps.Keys(a.contents)) {
		c := a.contents[digest]
		if err := a.original(ctx, c, sizes); err != nil {
			return err
		}
		if err := a.variants(ctx, c, sizes, names[c.recipe]); err != nil {
			return err
		}
		delete(unknown, originalKey(digest))
		for _, v := range c.variants {
			delete(unknown, c.variantKey(v))
		}
		if !c.used && c.unusedAt == 0 && !a.tasks.about[digest] {
			a.find(Leaked, "content %s (%s)", digest, c.state)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(unknown)) {
		if !a.mayLie(key) {
			a.find(UnknownBlob, "%s, %d bytes", key, unknown[key])
		}
	}
	return nil
}

// variantNames gives the flat pictures that a recipe makes of everything: those
// that any content of it has.
func (a *audit) variantNames() map[string][]string {
	names := map[string][]string{}
	for _, c := range a.contents {
		for name, v := range c.variants {
			if v.kind == "image/webp" && name != panorama && !slices.Contains(names[c.recipe], name) {
				names[c.recipe] = append(names[c.recipe], name)
			}
		}
	}
	return names
}

// mayLie reports whether a blob of which no row tells is on its way in or out.
func (a *audit) mayLie(key string) bool {
	if a.uploads[key] || a.tasks.discard[key] || a.erasing[key] {
		return true
	}
	parts := strings.Split(key, "/")
	if len(parts) < 3 {
		return false
	}
	if a.erasing[parts[2]] {
		return true
	}
	if parts[0] != "variant" {
		return false
	}
	// A worker that died may have put variants. They are made anew, or go with
	// the content.
	c := a.contents[parts[2]]
	return c != nil && (!c.used || a.tasks.about[c.sha256])
}

// original checks the bytes as sent.
func (a *audit) original(ctx context.Context, c *content, sizes map[string]int64) error {
	key := originalKey(c.sha256)
	size, there := sizes[key]
	switch {
	case !there && c.used && !a.arrives(c):
		a.find(NoOriginal, "content %s (%s)", c.sha256, c.state)
		return nil
	case !there:
		return nil
	case size != c.bytes:
		a.find(WrongSize, "%s: %d bytes, %d in its row", key, size, c.bytes)
	}
	hash := sha256.New()
	if err := a.copyTo(ctx, hash, key); err != nil {
		return err
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != c.sha256 {
		a.find(WrongDigest, "%s has %s", key, got)
	}
	return nil
}

// arrives reports whether a download that brings these bytes is under way.
func (a *audit) arrives(c *content) bool {
	if c.state != "pending" {
		return false
	}
	for _, m := range a.medias {
		if m.wanted == c.sha256 && a.tasks.fetches[m.id][m.seq] {
			return true
		}
	}
	return false
}

// variants checks the renditions of a content, of which there are all that the
// recipe makes.
func (a *audit) variants(ctx context.Context, c *content, sizes map[string]int64, names []string) error {
	if c.state == "ready" {
		for _, name := range names {
			if _, there := c.variants[name]; !there {
				a.find(NoVariant, "content %s has no row of variant %s", c.sha256, name)
			}
		}
		if len(c.variants) == 0 {
			a.find(NoVariant, "content %s is ready and has none", c.sha256)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.variants)) {
		v := c.variants[name]
		key := c.variantKey(v)
		size, there := sizes[key]
		switch {
		case !there && c.state == "ready":
			a.find(NoVariant, "%s", key)
		case there && size != v.bytes:
			a.find(WrongSize, "%s: %d bytes, %d in its row", key, size, v.bytes)
		}
		if !there {
			continue
		}
		var b bytes.Buffer
		if err := a.copyTo(ctx, &b, key); err != nil {
			return err
		}
		if got := sha256.Sum256(b.Bytes()); v.digest != "" && hex.EncodeToString(got[:]) != v.digest {
			a.find(WrongDigest, "%s has %x", key, got)
		}
		if err := v.decode(b.Bytes()); err != nil {
			a.find(WrongPicture, "%s: %v", key, err)
		}
	}
	return nil
}

func (a *audit) copyTo(ctx context.Context, w io.Writer, key string) error {
	r, err := a.bucket.open(ctx, key)
	if err != nil {
		return fmt.Errorf("open %s: %w", key, err)
	}
	if _, err := io.Copy(w, r); err != nil {
		return errors.Join(fmt.Errorf("read %s: %w", key, err), r.Close())
	}
	return r.Close()
}

// decode says what is wrong with the bytes of a variant. A picture is decoded
// whole; of a video the boxes have to follow one another to the end.
func (v variant) decode(b []byte) error {
	if strings.HasPrefix(v.kind, "video/") {
		return walkBoxes(b)
	}
	img, err := webp.Decode(bytes.NewReader(b))
	if err != nil {
		return err
	}
	if size := img.Bounds().Size(); int64(size.X) != v.width || int64(size.Y) != v.height {
		return fmt.Errorf("it is %d x %d, %d x %d in its row", size.X, size.Y, v.width, v.height)
	}
	return nil
}

// walkBoxes goes from box to box of an MP4.
func walkBoxes(b []byte) error {
	seen := map[string]bool{}
	for len(b) > 0 {
		if len(b) < 16 {
			return errors.New("it ends within a box")
		}
		size, kind := uint64(binary.BigEndian.Uint32(b)), string(b[4:8])
		if size == 1 {
			size = binary.BigEndian.Uint64(b[8:])
		}
		if size < 8 || size > uint64(len(b)) {
			return fmt.Errorf("box %q of %d bytes, %d are left", kind, size, len(b))
		}
		seen[kind] = true
		b = b[size:]
	}
	for _, kind := range []string{"ftyp", "moov", "mdat"} {
		if !seen[kind] {
			return fmt.Errorf("it has no box %q", kind)
		}
	}
	return nil
}
