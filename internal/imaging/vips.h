/* The few calls into libvips and libwebp that a picture needs. Each takes plain
 * bytes and gives plain bytes: no handle outlives a call, so nothing can leak
 * between pictures. A function that fails returns -1 and leaves the reason to
 * vi_error, which is one for the whole process: a child has one picture at a
 * time. */
#ifndef VITRINE_IMAGING_VIPS_H
#define VITRINE_IMAGING_VIPS_H

#include <stddef.h>

/* ViHeader is what the header of a file says, before anything is decoded. */
typedef struct {
	int width;       /* px, as stored; of the first frame or page */
	int height;      /* px, as stored */
	int orientation; /* 1 to 8, as in EXIF; from 5 the upright picture has the sides the other way round */
	int bands;       /* 1 or 2: grey; 3 or more: colour */
	int cmyk;        /* whether the bands are inks */
	void *icc;       /* the embedded colour profile or NULL; free with vi_free */
	size_t icc_len;
	void *xmp;       /* the XMP packet or NULL, also when it is over max_xmp; free with vi_free */
	size_t xmp_len;
} ViHeader;

/* ViPixels are 8 bit sRGB pixels, row by row without padding. */
typedef struct {
	void *data; /* width * height * bands bytes; free with vi_free */
	int width;
	int height;
	int bands; /* 3: RGB, 4: RGB and alpha, not premultiplied */
} ViPixels;

/* vi_start readies libvips: one thread a picture (parallelism is children), no
 * cache of operations (no picture comes twice), no unfuzzed loaders. */
int vi_start(void);

/* vi_version gives a part of the running library's version: 0 major, 1 minor. */
int vi_version(int part);

/* vi_has_operation tells whether libvips has an operation of that nickname. */
int vi_has_operation(const char *nickname);

/* vi_loader names the class of the loader that libvips would take, or gives
 * NULL when it knows none. */
const char *vi_loader(const void *buf, size_t len);

/* vi_probe reads the header, with an XMP packet of at most max_xmp bytes. */
int vi_probe(const void *buf, size_t len, size_t max_xmp, ViHeader *out);

/* ViWay is how a file is to be opened. */
typedef enum {
	VI_SHRUNK, /* most: shrunk while loading, turned by EXIF */
	VI_HEIF,   /* HEIC and AVIF: turned by their own boxes */
	VI_INKS    /* CMYK of any type */
} ViWay;

/* vi_decode decodes once: shrunk so that no side is longer than side, never
 * enlarged, upright, in sRGB, 8 bit. A truncated file is an error. When profile
 * isn't NULL the embedded colour profile is applied, and if that is damaged the
 * one built into libvips under this name ("srgb", "p3"); inks always are, by
 * "cmyk" if nothing is embedded. */
int vi_decode(const void *buf, size_t len, ViWay way, int side, const char *profile, ViPixels *out);

/* vi_shrink makes pixels (as in ViPixels) smaller so that no side is longer
 * than side. */
int vi_shrink(const void *data, int width, int height, int bands, int side, ViPixels *out);

/* vi_webp encodes pixels (as in ViPixels): quality 0 to 100, effort 0 to 6. The
 * file has pixels and nothing else. out is to be freed with vi_free. */
int vi_webp(const void *data, int width, int height, int bands, int quality, int effort,
	void **out, size_t *out_len);

/* vi_error gives the reason of the last -1, some lines; free with vi_free. */
char *vi_error(void);

/* vi_free frees what a function above allocated. */
void vi_free(void *p);

#endif
