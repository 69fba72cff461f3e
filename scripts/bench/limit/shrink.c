/* The resampler: all rows that make a new row into one of floats, and that into
 * the new row. Loops are plain, so that the compiler makes vector code of them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "limit.h"

enum { LOBES = 3 };

/* Axis tells what the samples along one axis are made of: sample i of taps old
 * ones, from first[i], times weights[i * taps] and so on. */
typedef struct {
	int taps;
	int *first;
	float *weights;
} Axis;

static double sinc(double x) { return x == 0 ? 1 : sin(M_PI * x) / (M_PI * x); }

static double lanczos(double x) { return fabs(x) < LOBES ? sinc(x) * sinc(x / LOBES) : 0; }

/* axis_of makes the axis from a length to another. */
static Axis axis_of(int from, int to) {
	double step = (double)from / to, stretch = step > 1 ? step : 1;
	int taps = (int)ceil(2 * LOBES * stretch);

	if (taps > from)
		taps = from;
	Axis axis = {taps, allocate(to * sizeof(int)), allocate((size_t)to * taps * sizeof(float))};
	for (int i = 0; i < to; i++) {
		double centre = (i + 0.5) * step - 0.5, sum = 0;
		int first = (int)ceil(centre - LOBES * stretch);
		float *weights = axis.weights + (size_t)i * taps;

		if (first < 0)
			first = 0;
		if (first > from - taps)
			first = from - taps;
		axis.first[i] = first;
		for (int t = 0; t < taps; t++)
			sum += weights[t] = lanczos((first + t - centre) / stretch);
		for (int t = 0; t < taps; t++)
			weights[t] /= sum;
	}
	return axis;
}

static void free_axis(Axis axis) {
	free(axis.first);
	free(axis.weights);
}

/* gather adds rows, each times its weight, four at a time: the sums then needn't
 * be fetched and put back for each. */
static void gather(const uint8_t *restrict rows, int stride, int width, const float *weights, int taps, float *restrict sums) {
	int t = 0;

	memset(sums, 0, width * sizeof(float));
	for (; t + 4 <= taps; t += 4) {
		const uint8_t *restrict a = rows + (size_t)t * stride, *restrict b = a + stride, *restrict c = b + stride, *restrict d = c + stride;
		float wa = weights[t], wb = weights[t + 1], wc = weights[t + 2], wd = weights[t + 3];

		for (int x = 0; x < width; x++)
			sums[x] += wa * a[x] + wb * b[x] + wc * c[x] + wd * d[x];
	}
	for (; t < taps; t++) {
		const uint8_t *restrict a = rows + (size_t)t * stride;

		for (int x = 0; x < width; x++)
			sums[x] += weights[t] * a[x];
	}
}

static uint8_t rounded(float value) { return value < 0 ? 0 : value > 254.5f ? 255 : (uint8_t)(value + 0.5f); }

void shrink(const Plane *from, const Plane *to, Range range) {
	Axis across = axis_of(from->width, to->width), down = axis_of(from->height, to->height);
	float *sums = allocate(from->width * sizeof(float));

	for (int y = 0; y < to->height; y++) {
		uint8_t *out = to->samples + (size_t)y * to->stride;

		gather(from->samples + (size_t)down.first[y] * from->stride, from->stride, from->width,
			down.weights + (size_t)y * down.taps, down.taps, sums);
		for (int x = 0; x < to->width; x++) {
			const float *weights = across.weights + (size_t)x * across.taps, *in = sums + across.first[x];
			float sum = 0;

			for (int t = 0; t < across.taps; t++)
				sum += weights[t] * in[t];
			out[x] = rounded(sum * range.factor + range.offset);
		}
	}
	free(sums);
	free_axis(across);
	free_axis(down);
}
