/* Has each weigher of weigh.h weigh the same samples, and says where they differ.
 * The buffers end where the samples do, for whoever watches the memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../weigh.h"

enum { DIFFER = 1, NONE = 77 }; /* exit codes; NONE where this processor has one weigher only */

static unsigned seed = 1;

static int pick(int n) { return (int)((seed = seed * 1664525 + 1013904223) >> 8) % n; }

/* weights make samples of which few are clamped. */
static int16_t *weights(int n) {
	int16_t *w = malloc(n * sizeof *w);

	for (int i = 0; i < n; i++)
		w[i] = (int16_t)(pick(6000) - 2950);
	return w;
}

static int check_down(const ViWeigher *other, int n, int taps) {
	const uint8_t **rows = malloc(taps * sizeof *rows);
	int16_t *weight = weights(taps), *want = malloc(n * sizeof *want), *got = malloc(n * sizeof *got);

	for (int k = 0; k < taps; k++) {
		uint8_t *row = malloc(n);

		for (int x = 0; x < n; x++)
			row[x] = (uint8_t)pick(256);
		rows[k] = row;
	}
	vi_weigher_plain.down(rows, weight, taps, n, want);
	other->down(rows, weight, taps, n, got);
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

static int check_across(const ViWeigher *other, int out, int taps) {
	int in = 3 * out;
	ViWeights x = {in, out, taps, malloc(out * sizeof(int)), weights(out * taps)};
	int16_t *row = calloc(in + taps, sizeof *row);
	uint8_t *want = malloc(out), *got = malloc(out);

	for (int i = 0; i < in; i++)
		row[i] = (int16_t)(pick(26000) - 4000);
	for (int i = 0; i < out; i++)
		x.first[i] = i == out - 1 ? in - 1 : pick(in);
	vi_weigher_plain.across(row, &x, 100 << (WEIGHT_BITS + ROW_BITS), want);
	other->across(row, &x, 100 << (WEIGHT_BITS + ROW_BITS), got);
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
	const ViWeigher *other = vi_weigher();
	int differ = 0;

	if (other == &vi_weigher_plain)
		return NONE;

	for (int n = 1; n < 150; n++)
		for (int taps = 1; taps < 5; taps++)
			differ += check_down(other, n, taps * VI_DOWN) + check_across(other, n, taps * VI_ACROSS);
	differ += check_down(other, 4999, 16);
	return differ ? DIFFER : 0;
}
