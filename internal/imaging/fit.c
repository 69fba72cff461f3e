#include "fit.h"

#include <glib.h>
#include <string.h>

#include "planes.h"
#include "resample.h"

/* transpose makes columns of rows, a block at a time, since it is slow to go
 * down the columns of a large plane. */
static void transpose(const uint8_t *in, int width, int height, uint8_t *out) {
	enum { BLOCK = 32 };

	for (int top = 0; top < height; top += BLOCK)
		for (int left = 0; left < width; left += BLOCK)
			for (int x = left; x < MIN(left + BLOCK, width); x++)
				for (int y = top; y < MIN(top + BLOCK, height); y++)
					out[(size_t)x * height + y] = in[(size_t)y * width + x];
}

/* Turn is what makes a picture upright (TIFF 6.0, page 36): mirrored first, then
 * rows and columns exchanged. */
typedef struct {
	int across, down, transposed;
} Turn;

static Turn turn_of(int orientation) {
	static const Turn turns[9] = {{0, 0, 0}, /* none said */
		{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0}, {0, 0, 1}, {0, 1, 1}, {1, 1, 1}, {1, 0, 1}};

	return turns[orientation >= 1 && orientation <= 8 ? orientation : 0];
}

/* fit_planes makes planes of n that are alike smaller and turns them: into out
 * and what follows it. width and height are those of the upright picture, in
 * samples of out, and may have a half. */
static void fit_planes(const ViPlane *planes, int n, Turn turn, double width, double height,
	double gain, double offset, uint8_t *out) {
	double span_x = turn.transposed ? height : width, span_y = turn.transposed ? width : height;
	ViAxis across = {planes->width, planes->across, (int)(span_x + 0.5), span_x, turn.across};
	ViAxis down = {planes->height, planes->down, (int)(span_y + 0.5), span_y, turn.down};
	size_t size = (size_t)across.out * down.out;
	uint8_t *unturned = turn.transposed ? g_malloc(size) : NULL;
	ViWeights x, y;

	vi_weigh(&across, gain, VI_ACROSS, &x);
	vi_weigh(&down, 1, VI_DOWN, &y);
	for (int i = 0; i < n; i++) {
		uint8_t *to = out + i * size;

		vi_resample(planes[i].samples, planes[i].stride, &x, &y, offset, unturned ? unturned : to);
		if (unturned)
			transpose(unturned, across.out, down.out, to);
	}
	vi_unweigh(&x);
	vi_unweigh(&y);
	g_free(unturned);
}

void vi_fit(const ViPicture *picture, int orientation, int width, int height, void *out) {
	Turn turn = turn_of(orientation);
	uint8_t *colour = (uint8_t *)out + (size_t)width * height;
	int full = picture->range == VI_FULL;
	double light_gain = full ? 219 / 255.0 : 1, colour_gain = full ? 224 / 255.0 : 1;

	fit_planes(picture->planes, 1, turn, width, height, light_gain, full ? 16 : 0, out);
	if (picture->n == 3)
		fit_planes(picture->planes + 1, 2, turn, width / 2.0, height / 2.0, colour_gain, 128 - 128 * colour_gain, colour);
	else
		memset(colour, 128, 2 * (size_t)((width + 1) / 2) * ((height + 1) / 2));
}

void vi_fit_fine(const ViPicture *picture, int orientation, int width, int height, void *out) {
	Turn turn = turn_of(orientation);
	uint8_t *colour = (uint8_t *)out + (size_t)width * height;
	int full = picture->range == VI_FULL;
	double light_gain = full ? 1 : 255 / 219.0, colour_gain = full ? 1 : 255 / 224.0;

	fit_planes(picture->planes, 1, turn, width, height, light_gain, full ? 0 : -16 * light_gain, out);
	fit_planes(picture->planes + 1, 2, turn, width, height, colour_gain, 128 - 128 * colour_gain, colour);
}

void vi_shrink_planes(const void *planes, int width, int height, int out_width, int out_height, void *out) {
	const Turn none = {0, 0, 0};
	int half_width = (width + 1) / 2, half_height = (height + 1) / 2;
	uint8_t *y = (uint8_t *)planes, *u = y + (size_t)width * height, *v = u + (size_t)half_width * half_height;
	ViPlane light = {y, width, height, width, width, height};
	ViPlane colour[2] = {
		{u, half_width, half_height, half_width, width / 2.0, height / 2.0},
		{v, half_width, half_height, half_width, width / 2.0, height / 2.0},
	};

	fit_planes(&light, 1, none, out_width, out_height, 1, 0, out);
	fit_planes(colour, 2, none, out_width / 2.0, out_height / 2.0, 1, 0, (uint8_t *)out + (size_t)out_width * out_height);
}
