/* Pictures of planes fitted to a size and turned upright, on any of the direct
 * ways. */
#ifndef VITRINE_IMAGING_FIT_H
#define VITRINE_IMAGING_FIT_H

#include <stdint.h>

/* ViPlane is one plane of a decoded picture. */
typedef struct {
	uint8_t *samples;
	int width, height, stride;
	double across, down; /* samples that the picture is, see ViAxis */
} ViPlane;

/* ViRange is what the values of samples mean. */
typedef enum {
	VI_LIMITED, /* brightness from 16 to 235, colour from 16 to 240 */
	VI_FULL     /* all that a byte can be */
} ViRange;

/* ViPicture is a decoded picture as it is stored. Its samples are in one block
 * that begins with those of the first plane, to be freed with vi_free. */
typedef struct {
	ViPlane planes[3]; /* brightness, and two of colour that are alike and at most twice as coarse */
	int n;             /* of the planes, 1: grey, or 3 */
	ViRange range;
} ViPicture;

/* vi_fit makes a picture in planes (see planes.h) of width x height px, upright by
 * an EXIF orientation, and smaller or not at all. */
void vi_fit(const ViPicture *picture, int orientation, int width, int height, void *out);

/* vi_fit_fine makes three planes of full range, one after the other, each of
 * width x height samples, of a picture that isn't grey. Colour that is coarser
 * is made as fine. */
void vi_fit_fine(const ViPicture *picture, int orientation, int width, int height, void *out);

#endif
