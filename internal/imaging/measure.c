#include "measure.h"

#include <string.h>

/* fine_row adds the steps of a row of a tile, which has a pixel behind it and a
 * row below. */
static void fine_row(const uint8_t *row, const uint8_t *below, int flat, int hard, int32_t sums[2], int counts[2]) {
	int32_t across = 0, down = 0;
	int n_flat = 0, n_hard = 0;

	for (int x = 0; x < VI_TILE; x++) {
		int16_t a = (int16_t)(row[x + 1] - row[x]), d = (int16_t)(below[x] - row[x]);
		int16_t aa = a < 0 ? -a : a, dd = d < 0 ? -d : d, step = aa > dd ? aa : dd;

		across += a * a;
		down += d * d;
		n_flat += step <= flat;
		n_hard += step >= hard;
	}
	sums[0] += across;
	sums[1] += down;
	counts[0] += n_flat;
	counts[1] += n_hard;
}

/* look_at fills a tile. */
static void look_at(const uint8_t *pix, int stride, int left, int top, int flat, int hard, ViTile *tile, int counts[2]) {
	enum { N = VI_TILE / 4 };
	int columns[VI_TILE], fields[N][N];

	memset(tile, 0, sizeof *tile);
	for (int band = 0; band < N; band++) {
		memset(columns, 0, sizeof columns);
		for (int y = 4 * band; y < 4 * band + 4; y++) {
			const uint8_t *row = pix + (int64_t)(top + y) * stride + left;

			fine_row(row, row + stride, flat, hard, tile->fine, counts);
			for (int x = 0; x < VI_TILE; x++)
				columns[x] += row[x];
		}
		for (int i = 0; i < N; i++)
			fields[band][i] = columns[4 * i] + columns[4 * i + 1] + columns[4 * i + 2] + columns[4 * i + 3];
	}
	for (int y = 0; y < N; y++)
		for (int x = 0; x < N; x++) {
			int64_t across = x + 1 < N ? fields[y][x + 1] - fields[y][x] : 0;
			int64_t down = y + 1 < N ? fields[y + 1][x] - fields[y][x] : 0;

			tile->coarse[0] += across * across;
			tile->coarse[1] += down * down;
		}
}

void vi_steps(const uint8_t *pix, int stride, int width, int height, int flat, int hard,
	ViTile *tiles, int64_t *n_flat, int64_t *n_hard) {
	*n_flat = *n_hard = 0;
	for (int top = 0; top + VI_TILE < height; top += VI_TILE)
		for (int left = 0; left + VI_TILE < width; left += VI_TILE) {
			int counts[2] = {0, 0};

			look_at(pix, stride, left, top, flat, hard, tiles++, counts);
			*n_flat += counts[0];
			*n_hard += counts[1];
		}
}

void vi_histogram(const uint8_t *pix, int stride, int width, int height, int64_t counts[256]) {
	memset(counts, 0, 256 * sizeof *counts);
	for (int y = 0; y < height; y += 2) {
		const uint8_t *row = pix + (int64_t)y * stride;

		for (int x = 0; x < width; x += 2)
			counts[row[x]]++;
	}
}

/* sum_of adds up n values. */
static uint32_t sum_of(const uint8_t *v, int n) {
	uint32_t sum = 0;

	for (int i = 0; i < n; i++)
		sum += v[i];
	return sum;
}

void vi_fields(const uint8_t *pix, int stride, int width, int height, double *fields) {
	for (int i = 0; i < VI_FIELDS; i++) {
		int top = (int64_t)i * height / VI_FIELDS, bottom = (int64_t)(i + 1) * height / VI_FIELDS;
		uint32_t sums[VI_FIELDS] = {0};

		if (bottom == top)
			bottom++;
		for (int j = 0; j < VI_FIELDS; j++) {
			int left = (int64_t)j * width / VI_FIELDS, right = (int64_t)(j + 1) * width / VI_FIELDS;

			if (right == left)
				right++;
			for (int y = top; y < bottom; y++)
				sums[j] += sum_of(pix + (int64_t)y * stride + left, right - left);
			fields[VI_FIELDS * i + j] = (double)sums[j] / ((double)(right - left) * (bottom - top));
		}
	}
}
