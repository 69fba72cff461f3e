/* Has each weigher of weigh.h that this processor can run weigh the same samples as
 * is done here one by one, and says where they differ. The buffers end where the
 * samples do, for whoever watches the memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../weigh.h"

static unsigned seed = 1;

static int pick(int n) { return (int)((seed = seed * 1664525 + 1013904223) >> 8) % n; }

/* weights make samples of which few are clamped. */
static int16_t *weights(int n) {
	int16_t *w = malloc(n * sizeof *w);

	for (int i = 0; i < n; i++)
		w[i] = (int16_t)(pick(6000) - 2950);
	return w;
}

static int16_t sample_down(const uint8_t *const *rows, const int16_t *weight, int taps, int x) {
	const int drop = WEIGHT_BITS - ROW_BITS;
	int32_t sum = 1 << (drop - 1);

	for (int k = 0; k < taps; k++)
		sum += rows[k][x] * weight[k];
	return (int16_t)(sum >> drop);
}

static uint8_t sample_across(const int16_t *row, const ViWeights *x, int32_t add, int i) {
	int32_t sum = add;

	for (int k = 0; k < x->taps; k++)
		sum += row[x->first[i] + k] * x->weight[i * x->taps + k];
	sum >>= WEIGHT_BITS + ROW_BITS;
	return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

static int check_down(const ViWeigher *weigher, int n, int taps) {
	const uint8_t **rows = malloc(taps * sizeof *rows);
	int16_t *weight = weights(taps), *want = malloc(n * sizeof *want), *got = malloc(n * sizeof *got);

	for (int k = 0; k < taps; k++) {
		uint8_t *row = malloc(n);

		for (int x = 0; x < n; x++)
			row[x] = (uint8_t)pick(256);
		rows[k] = row;
	}
	for (int x = 0; x < n; x++)
		want[x] = sample_down(rows, weight, taps, x);
	weigher->down(rows, weight, taps, n, got);
	int differs = memcmp(want, got, n * sizeof *want) != 0;
	if (differs)
		printf("down: %d samples of %d rows differ\n", n, taps);
	for (int k = 0; k < taps; k++)
		free((void *)rows[k]);
	free(rows);
	free(weight);
	free(want);
	free(got);
	return differs;
}

static int check_across(const ViWeigher *weigher, int out, int taps) {
	int in = 3 * out;
	ViWeights x = {in, out, taps, malloc(out * sizeof(int)), weights(out * taps)};
	int16_t *row = calloc(in + taps, sizeof *row);
	uint8_t *want = malloc(out), *got = malloc(out);

	for (int i = 0; i < in; i++)
		row[i] = (int16_t)(pick(26000) - 4000);
	for (int i = 0; i < out; i++)
		x.first[i] = i == out - 1 ? in - 1 : pick(in);
	const int32_t add = 100 << (WEIGHT_BITS + ROW_BITS);
	for (int i = 0; i < out; i++)
		want[i] = sample_across(row, &x, add, i);
	weigher->across(row, &x, add, got);
	int differs = memcmp(want, got, out) != 0;
	if (differs)
		printf("across: %d samples of %d differ\n", out, taps);
	free(x.first);
	free(x.weight);
	free(row);
	free(want);
	free(got);
	return differs;
}

int main(void) {
	const ViWeigher *weighers[] = {&vi_weigher_plain, vi_weigher()};
	int differ = 0;

	for (int i = 0; i < 2; i++) {
		for (int n = 1; n < 150; n++)
			for (int taps = 1; taps < 5; taps++)
				differ += check_down(weighers[i], n, taps * VI_DOWN) + check_across(weighers[i], n, taps * VI_ACROSS);
		differ += check_down(weighers[i], 4999, 16);
	}
	return differ != 0;
}
