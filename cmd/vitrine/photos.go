package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"github.com/vitrine-media/vitrine"
)

// photo is a picture, or where it says so a video, on this machine.
type photo struct {
	path        string
	name        string // the last part of path
	size        int64  // bytes
	contentType string // by content
	externalID  string // "" for none
}

// openPhoto looks at a file. One that is of none of these types is ok without a
// contentType.
func openPhoto(path string, types []string) (photo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return photo{}, &usageError{err.Error()}
	}
	if !info.Mode().IsRegular() {
		return photo{}, usage("%s is not a file", path)
	}
	p := photo{path: path, name: filepath.Base(path), size: info.Size()}
	detected, err := mimetype.DetectFile(path)
	if err != nil {
		return photo{}, &usageError{err.Error()}
	}
	if kind := detected.String(); slices.Contains(types, kind) {
		p.contentType = kind
	}
	return p, nil
}

// openFiles looks at files that have to be pictures or videos.
func openFiles(paths []string) ([]photo, error) {
	types := slices.Concat(vitrine.ImageTypes, vitrine.VideoTypes)
	photos := make([]photo, len(paths))
	for i, path := range paths {
		p, err := openPhoto(path, types)
		if err != nil {
			return nil, err
		}
		if p.contentType == "" {
			return nil, usage("%s is no picture or video that is accepted: send JPEG, PNG, WebP, HEIC, AVIF, GIF, TIFF, BMP, MP4, MOV or AVI", path)
		}
		photos[i] = p
	}
	return photos, nil
}

// folderPhotos gives the pictures of a folder in the order of their names, and
// the names of the files that are none. It looks into no folder inside, and at
// no file whose name begins with a dot.
func folderPhotos(dir string) (photos []photo, others []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, &usageError{err.Error()}
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return compareNames(a.Name(), b.Name()) })
	for _, entry := range entries {
		if entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		p, err := openPhoto(filepath.Join(dir, entry.Name()), vitrine.ImageTypes)
		if err != nil {
			return nil, nil, err
		}
		if p.contentType == "" {
			others = append(others, p.name)
			continue
		}
		photos = append(photos, p)
	}
	return photos, others, nil
}

// compareNames orders as a person does, for whom 2.jpg comes before 10.jpg:
// where both names have digits, those are compared as a number.
func compareNames(a, b string) int {
	for x, y := a, b; x != "" && y != ""; {
		m, n := digits(x), digits(y)
		if m == 0 || n == 0 {
			if x[0] != y[0] {
				return strings.Compare(x, y)
			}
			x, y = x[1:], y[1:]
			continue
		}
		p, q := strings.TrimLeft(x[:m], "0"), strings.TrimLeft(y[:n], "0")
		if len(p) != len(q) {
			return len(p) - len(q)
		}
		if p != q {
			return strings.Compare(p, q)
		}
		x, y = x[m:], y[n:]
	}
	return strings.Compare(a, b) // one is the beginning of the other, or they differ in zeros
}

// digits counts those that s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}
