/* The direct way of an ordinary photo: from the planes of brightness and colour
 * that a JPEG consists of to those that a WebP consists of, never by way of RGB.
 *
 * A picture in planes is the Y of each pixel, row by row without padding, then
 * the U and then the V of each 2 x 2 of them, (width + 1) / 2 in a row; in the
 * limited range of BT.601, as WebP has it. */
#ifndef VITRINE_IMAGING_PLANES_H
#define VITRINE_IMAGING_PLANES_H

#include <stddef.h>

#include "fit.h"

/* vi_jpeg_planes decodes a JPEG, at a scale that is still enough for a longer side
 * of wanted px. It returns -1 for all that is not an ordinary photo, and at the
 * first thing about a file that is not as it should be: such a file is for
 * libvips, which has the last word on what can be read. */
int vi_jpeg_planes(const void *buf, size_t len, int wanted, ViPicture *out);

/* vi_shrink_planes makes planes smaller. */
void vi_shrink_planes(const void *planes, int width, int height, int out_width, int out_height, void *out);

/* vi_webp_planes is vi_webp for planes. */
int vi_webp_planes(const void *planes, int width, int height, int quality, int effort, void **out, size_t *out_len);

#endif
