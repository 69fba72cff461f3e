#include "resample.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "weigh.h"

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

void vi_resample(const uint8_t *in, int stride, const ViWeights *x, const ViWeights *y, double offset, uint8_t *out) {
	int32_t add = (int32_t)lrint((offset + 0.5) * (1 << (WEIGHT_BITS + ROW_BITS))); /* and half a step, to round */
	int16_t *row = g_new0(int16_t, x->in + x->taps); /* what counts nothing may be past the end */
	const uint8_t **rows = g_new(const uint8_t *, y->taps);
	const ViWeigher *weigher = vi_weigher();

	for (int i = 0; i < y->out; i++) {
		for (int k = 0; k < y->taps; k++)
			rows[k] = in + (size_t)clamp(y->first[i] + k, 0, y->in - 1) * stride;
		weigher->down(rows, y->weight + (size_t)i * y->taps, y->taps, x->in, row);
		weigher->across(row, x, add, out + (size_t)i * x->out);
	}
	g_free(rows);
	g_free(row);
}
