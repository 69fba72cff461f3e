#include "colours.h"

#include <stddef.h>

static float clamp(float v, float low, float high) { return v < low ? low : v > high ? high : v; }

static uint8_t to_byte(float v) { return (uint8_t)(clamp(v, 0, 255) + 0.5f); }

/* to_srgb converts one pixel of full range BT.601, by way of light. */
static void to_srgb(float y, float u, float v, const ViColours *colours, float out[3]) {
	float r = colours->light[0][to_byte(y + 1.402f * v)];
	float g = colours->light[1][to_byte(y - 0.344136f * u - 0.714136f * v)];
	float b = colours->light[2][to_byte(y + 1.772f * u)];

	for (int c = 0; c < 3; c++) {
		const float *m = colours->matrix[c];

		out[c] = colours->value[(int)(clamp(m[0] * r + m[1] * g + m[2] * b, 0, VI_LIGHTS) + 0.5f)];
	}
}

void vi_srgb(const void *fine, int width, int height, const ViColours *colours, void *out) {
	size_t size = (size_t)width * height;
	const uint8_t *in = fine;
	uint8_t *grey = out, *blue = grey + size, *red = blue + (size_t)((width + 1) / 2) * ((height + 1) / 2);

	for (int top = 0; top < height; top += 2)
		for (int left = 0; left < width; left += 2) {
			float sum[3] = {0, 0, 0}, n = 0, light;

			for (int y = top; y < top + 2 && y < height; y++)
				for (int x = left; x < left + 2 && x < width; x++) {
					size_t at = (size_t)y * width + x;
					float rgb[3];

					to_srgb(in[at], in[size + at] - 128.f, in[2 * size + at] - 128.f, colours, rgb);
					grey[at] = to_byte(16 + 219 / 255.f * (0.299f * rgb[0] + 0.587f * rgb[1] + 0.114f * rgb[2]));
					for (int c = 0; c < 3; c++)
						sum[c] += rgb[c];
					n++;
				}
			for (int c = 0; c < 3; c++)
				sum[c] /= n;
			light = 0.299f * sum[0] + 0.587f * sum[1] + 0.114f * sum[2];
			*blue++ = to_byte(128 + 224 / 255.f / 1.772f * (sum[2] - light));
			*red++ = to_byte(128 + 224 / 255.f / 1.402f * (sum[0] - light));
		}
}
