/* Figures of the brightness of a picture. Each function goes over it once, in
 * loops of which the compiler makes vector code: it is done to every photo. */
#ifndef VITRINE_IMAGING_MEASURE_H
#define VITRINE_IMAGING_MEASURE_H

#include <stdint.h>

/* A picture is a plane of brightness, with stride bytes from row to row. */

/* VI_TILE is the side of the squares that vi_steps looks at, VI_FIELDS the
 * number of fields across and down of vi_fields. */
enum { VI_TILE = 32, VI_FIELDS = 32 };

/* ViTile is how the brightness of a tile changes: the sums of the squares of the
 * steps from pixel to pixel, and of those between fields of 4 x 4 pixels, each
 * the sum of 16 of them; across and down. */
typedef struct {
	int32_t fine[2];
	int64_t coarse[2];
} ViTile;

/* vi_steps looks at all whole tiles, row by row. It counts the pixels of which
 * no step is larger than flat, and those with one of at least hard. */
void vi_steps(const uint8_t *pix, int stride, int width, int height, int flat, int hard,
	ViTile *tiles, int64_t *n_flat, int64_t *n_hard);

/* vi_histogram counts the values of every other pixel of every other row. */
void vi_histogram(const uint8_t *pix, int stride, int width, int height, int64_t counts[256]);

/* vi_fields gives the mean brightness of fields, row by row. A picture with
 * fewer pixels has some in several fields. */
void vi_fields(const uint8_t *pix, int stride, int width, int height, double *fields);

#endif
