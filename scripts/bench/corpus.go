package main

import (
	"context"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // to read what kind of JPEG a photo is
	"os"
	"path/filepath"
)

// corpus gives a lab with as many photos as are wanted, numbered copies in a
// folder of their own: again and again those of the whole lab.
func (l *lab) corpus(name string, count int) (*lab, error) {
	folder, err := l.folder(name)
	if err != nil {
		return nil, err
	}
	usual, err := l.usual()
	if err != nil {
		return nil, err
	}
	part := *l
	part.photos = make([]string, count)
	for i := range count {
		data, err := os.ReadFile(usual[i%len(usual)])
		if err != nil {
			return nil, err
		}
		part.photos[i] = filepath.Join(folder, fmt.Sprintf("%02d.jpg", i))
		if err := os.WriteFile(part.photos[i], data, 0o600); err != nil {
			return nil, err
		}
	}
	return &part, nil
}

// usual are the photos that the limit can do as well: no inks, no grey.
func (l *lab) usual() (names []string, err error) {
	for _, name := range l.photos {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		config, _, err := image.DecodeConfig(file)
		_ = file.Close() // read only
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		if config.ColorModel == color.YCbCrModel {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("none of %d photos is a YCbCr JPEG", len(l.photos))
	}
	return names, nil
}

// enlarged gives a lab with photos of sizes, megapixels, made of the lab's.
func (l *lab) enlarged(ctx context.Context, megapixels []int) (*lab, error) {
	folder, err := l.folder("enlarged")
	if err != nil {
		return nil, err
	}
	usual, err := l.usual()
	if err != nil {
		return nil, err
	}
	part := *l
	part.photos = nil
	for i, size := range megapixels {
		l.progress("make a photo of %d MP", size)
		name := filepath.Join(folder, fmt.Sprintf("%02d.jpg", i))
		side := largeSide(size)
		if err := l.command(ctx, "vips", "thumbnail", usual[i%len(usual)], name+"[Q=92]", fmt.Sprint(side), "--height", fmt.Sprint(side*3/4), "--size", "force"); err != nil {
			return nil, err
		}
		part.photos = append(part.photos, name)
	}
	return &part, nil
}

// largeSide is the longer side of a photo of 4:3 with so many megapixels, px,
// of whole blocks.
func largeSide(megapixels int) int {
	side := 16
	for side*side*3/4 < megapixels*1_000_000 {
		side += 16
	}
	return side
}
