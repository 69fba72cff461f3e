#include "resample.h"

#include <glib.h>
#include <math.h>
#include <string.h>

/* Samples are weighed in whole numbers, which compilers make vector code of:
 * the loops over a row below are written for them. Weights have 14 bits after
 * the point. Between the two directions samples have 6, so that they fit into
 * 16 bits with what Lanczos overshoots. */
enum { WEIGHT_BITS = 14, ROW_BITS = 6, LANES = VI_ACROSS, ROWS = VI_DOWN };

/* The same code is made for plain x86-64 and for what nearly all have; which
 * one runs is decided when the program is loaded. */
#if defined(__x86_64__) && defined(__GLIBC__)
#define VECTORISED __attribute__((target_clones("avx2", "default")))
#else
#define VECTORISED
#endif

/* lanczos is sinc(x) sinc(x / 3), by sin(3a) = sin(a) (3 - 4 sin(a)^2). */
static float lanczos(float x) {
	const float pi = (float)G_PI;
	float s;

	if (fabsf(x) < 1e-4f)
		return 1;
	if (fabsf(x) >= 3)
		return 0;
	s = sinf(x * pi / 3);
	return 3 * s * s * (3 - 4 * s * s) / (pi * pi * x * x);
}

static int clamp(int v, int low, int high) { return v < low ? low : v > high ? high : v; }

/* quantise makes whole numbers of n weights, whose sum is exactly gain: else a
 * plain area would come out lighter or darker. */
static void quantise(const float *w, int n, double gain, int16_t *out) {
	int left = (int)lrint(gain * (1 << WEIGHT_BITS));
	int heaviest = 0;
	float sum = 0;

	for (int k = 0; k < n; k++)
		sum += w[k];
	for (int k = 0; k < n; k++) {
		out[k] = (int16_t)lrint(w[k] / sum * gain * (1 << WEIGHT_BITS));
		left -= out[k];
		if (out[k] > out[heaviest])
			heaviest = k;
	}
	out[heaviest] += (int16_t)left;
}

void vi_weigh(const ViAxis *axis, double gain, int group, ViWeights *out) {
	double step = axis->extent / axis->span;
	double stretch = fmax(step, 1);
	double reach = 3 * stretch;
	int taps = ((int)ceil(2 * reach) + group) / group * group;
	float *w = g_new(float, taps);

	out->in = axis->in;
	out->out = axis->out;
	out->taps = taps;
	out->first = g_new(int, axis->out);
	out->weight = g_new(int16_t, (size_t)axis->out * taps);
	for (int i = 0; i < axis->out; i++) {
		double place = (i + 0.5) * step;
		double centre = (axis->mirrored ? axis->extent - place : place) - 0.5;
		int from = (int)ceil(centre - reach), to = (int)floor(centre + reach);
		int first = clamp(from, 0, axis->in - 1);

		/* Beyond its ends the plane goes on with the samples there. */
		memset(w, 0, sizeof *w * taps);
		for (int j = from; j <= to; j++)
			w[clamp(j, 0, axis->in - 1) - first] += lanczos((float)((j - centre) / stretch));
		out->first[i] = first;
		quantise(w, taps, gain, out->weight + (size_t)i * taps);
	}
	g_free(w);
}

void vi_unweigh(ViWeights *w) {
	g_free(w->first);
	g_free(w->weight);
}

/* add_rows adds four weighed rows to sums. */
VECTORISED
static void add_rows(int32_t *restrict sums, const uint8_t *const rows[ROWS], const int16_t *weight, int n) {
	const uint8_t *a = rows[0], *b = rows[1], *c = rows[2], *d = rows[3];
	int16_t wa = weight[0], wb = weight[1], wc = weight[2], wd = weight[3];

	for (int x = 0; x < n; x++)
		sums[x] += (int16_t)a[x] * wa + (int16_t)b[x] * wb + (int16_t)c[x] * wc + (int16_t)d[x] * wd;
}

/* round_row gives sums the ROW_BITS of a row. */
VECTORISED
static void round_row(int16_t *restrict row, const int32_t *sums, int n) {
	const int drop = WEIGHT_BITS - ROW_BITS;

	for (int x = 0; x < n; x++)
		row[x] = (int16_t)((sums[x] + (1 << (drop - 1))) >> drop);
}

/* weigh_across makes the samples of a row. */
VECTORISED
static void weigh_across(uint8_t *restrict out, const int16_t *row, const ViWeights *x, int32_t offset) {
	const int drop = WEIGHT_BITS + ROW_BITS;

	for (int i = 0; i < x->out; i++) {
		const int16_t *samples = row + x->first[i], *weight = x->weight + (size_t)i * x->taps;
		int32_t sum = offset;

		for (int k = 0; k < x->taps; k += LANES)
			for (int lane = 0; lane < LANES; lane++)
				sum += samples[k + lane] * weight[k + lane];
		out[i] = (uint8_t)clamp(sum >> drop, 0, 255);
	}
}

void vi_resample(const uint8_t *in, int stride, const ViWeights *x, const ViWeights *y, double offset, uint8_t *out) {
	const int bits = WEIGHT_BITS + ROW_BITS;
	int32_t add = (int32_t)lrint((offset + 0.5) * (1 << bits)); /* and half a step, to round */
	int32_t *sums = g_new(int32_t, x->in);
	int16_t *row = g_new0(int16_t, x->in + x->taps); /* what counts nothing may be past the end */

	for (int i = 0; i < y->out; i++) {
		const int16_t *weight = y->weight + (size_t)i * y->taps;

		memset(sums, 0, sizeof *sums * x->in);
		for (int k = 0; k < y->taps && y->first[i] + k < y->in; k += ROWS) {
			const uint8_t *rows[ROWS];

			for (int r = 0; r < ROWS; r++)
				rows[r] = in + (size_t)clamp(y->first[i] + k + r, 0, y->in - 1) * stride;
			add_rows(sums, rows, weight + k, x->in);
		}
		round_row(row, sums, x->in);
		weigh_across(out + (size_t)i * x->out, row, x, add);
	}
	g_free(sums);
	g_free(row);
}
