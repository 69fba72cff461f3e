/* Colours of profiles that consist of three primaries and three curves, made
 * sRGB on the direct ways. */
#ifndef VITRINE_IMAGING_COLOURS_H
#define VITRINE_IMAGING_COLOURS_H

#include <stdint.h>

/* VI_LIGHTS is how many steps of light have an sRGB value in ViColours: so many
 * that no two neighbours differ by more than one. */
enum { VI_LIGHTS = 1 << 12 };

/* ViColours lead from the RGB of a profile to sRGB. */
typedef struct {
	float light[3][256];   /* of each value of red, green and blue: 0 to VI_LIGHTS */
	float matrix[3][3];    /* red, green and blue of sRGB, each of all three */
	uint8_t value[VI_LIGHTS + 1]; /* in sRGB, of each light */
} ViColours;

/* vi_srgb makes a picture in planes (see planes.h), in sRGB, of three fine planes
 * (see vi_fit_fine) in other colours. */
void vi_srgb(const void *fine, int width, int height, const ViColours *colours, void *out);

#endif
