/* The direct way of a phone's photo: the planes of the HEVC pictures that a HEIC
 * consists of, decoded by libavcodec. */
#ifndef VITRINE_IMAGING_HEIC_H
#define VITRINE_IMAGING_HEIC_H

#include <stddef.h>

#include "fit.h"

/* ViSpan is a part of a file. */
typedef struct {
	size_t start, len; /* bytes */
} ViSpan;

/* ViTiles is a picture cut into HEVC pictures of one size, row by row; those at
 * the right and at the bottom may reach beyond it. */
typedef struct {
	int width, height; /* px, of the whole */
	int columns, rows;
	int tile_width, tile_height; /* px */
	ViSpan config;               /* what all have in common (hvcC) */
	int range;                   /* a ViRange, or -1: what the HEVC pictures say */
	int rough;                   /* whether the edges of blocks need no smoothing */
} ViTiles;

/* vi_heic_planes decodes tiles, which are parts of buf. It returns -1 at the first
 * thing about them that is damaged, or isn't as a phone makes it: 8 bits, 4:2:0,
 * BT.601. */
int vi_heic_planes(const void *buf, const ViTiles *picture, const ViSpan *tiles, ViPicture *out);

#endif
