/* The hash of https://github.com/woltapp/blurhash, with 4 by 3 components. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "limit.h"

enum { ACROSS = 4, DOWN = 3 };

static float linear[256]; /* light of an sRGB sample, 0 to 1 */

void prepare_blurhash(void) {
	for (int i = 0; i < 256; i++) {
		float v = i / 255.0f;

		linear[i] = v <= 0.04045f ? v / 12.92f : powf((v + 0.055f) / 1.055f, 2.4f);
	}
}

static float light(float sample) { return linear[sample < 0 ? 0 : sample > 255 ? 255 : (int)(sample + 0.5f)]; }

/* add_row adds a row of a picture to the sums of its components. */
static void add_row(const Plane planes[3], int y, const float *waves, float sums[DOWN][ACROSS][3]) {
	const uint8_t *brightness = planes[0].samples + y * planes[0].stride;
	const uint8_t *blue = planes[1].samples + y / 2 * planes[1].stride, *red = planes[2].samples + y / 2 * planes[2].stride;
	float row[ACROSS][3] = {{0}};

	for (int x = 0; x < planes[0].width; x++) {
		float grey = 1.164f * (brightness[x] - 16), u = blue[x / 2] - 128, v = red[x / 2] - 128;
		float rgb[3] = {light(grey + 1.596f * v), light(grey - 0.392f * u - 0.813f * v), light(grey + 2.017f * u)};

		for (int i = 0; i < ACROSS; i++)
			for (int c = 0; c < 3; c++)
				row[i][c] += waves[x * ACROSS + i] * rgb[c];
	}
	for (int j = 0; j < DOWN; j++)
		for (int i = 0; i < ACROSS; i++)
			for (int c = 0; c < 3; c++)
				sums[j][i][c] += cosf(M_PI * j * y / planes[0].height) * row[i][c];
}

/* put writes a number in digits of base 83 and gives the place after them. */
static char *put(char *at, int value, int digits) {
	static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";

	for (int i = digits - 1; i >= 0; i--, value /= 83)
		at[i] = alphabet[value % 83];
	return at + digits;
}

static int srgb(float light) {
	float v = light <= 0.0031308f ? light * 12.92f : 1.055f * powf(light, 1 / 2.4f) - 0.055f;

	return v <= 0 ? 0 : v >= 1 ? 255 : (int)(v * 255 + 0.5f);
}

/* step gives which of 19 steps a component has, beside the greatest of all. */
static int step(float value, float greatest) {
	float share = value / greatest;
	int at = (int)floorf(copysignf(sqrtf(fabsf(share)), share) * 9 + 9.5f);

	return at < 0 ? 0 : at > 18 ? 18 : at;
}

void blurhash(const Plane planes[3], char hash[BLURHASH_LENGTH + 1]) {
	int width = planes[0].width, height = planes[0].height;
	float *waves = allocate(width * ACROSS * sizeof(float));
	float sums[DOWN][ACROSS][3] = {{{0}}}, *all = &sums[0][0][0], greatest = 0;

	for (int x = 0; x < width; x++)
		for (int i = 0; i < ACROSS; i++)
			waves[x * ACROSS + i] = cosf(M_PI * i * x / width);
	for (int y = 0; y < height; y++)
		add_row(planes, y, waves, sums);
	free(waves);

	for (int i = 0; i < ACROSS * DOWN * 3; i++) {
		all[i] *= (i < 3 ? 1.0f : 2.0f) / (width * height);
		if (i >= 3)
			greatest = fmaxf(greatest, fabsf(all[i]));
	}
	int scale = (int)fmaxf(0, fminf(82, floorf(greatest * 166 - 0.5f)));
	greatest = (scale + 1) / 166.0f;
	char *at = put(hash, ACROSS - 1 + (DOWN - 1) * 9, 1);
	at = put(at, scale, 1);
	at = put(at, srgb(all[0]) << 16 | srgb(all[1]) << 8 | srgb(all[2]), 4);
	for (int i = 3; i < ACROSS * DOWN * 3; i += 3)
		at = put(at, (step(all[i], greatest) * 19 + step(all[i + 1], greatest)) * 19 + step(all[i + 2], greatest), 2);
	*at = 0;
}
