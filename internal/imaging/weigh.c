#include "weigh.h"

#include <string.h>

/* What compilers make vector code of, of whatever kind the processor has. */

/* BLOCK samples are added up at a time, so that the sums stay near. */
enum { BLOCK = 1024 };

/* add_rows adds VI_DOWN weighed rows to sums. Inlined it would forget that sums
 * overlap nothing, and take longer by half. */
__attribute__((noinline))
static void add_rows(int32_t *restrict sums, const uint8_t *const *rows, const int16_t *weight, int from, int n) {
	const uint8_t *a = rows[0] + from, *b = rows[1] + from, *c = rows[2] + from, *d = rows[3] + from;
	int16_t wa = weight[0], wb = weight[1], wc = weight[2], wd = weight[3];

	for (int x = 0; x < n; x++)
		sums[x] += (int16_t)a[x] * wa + (int16_t)b[x] * wb + (int16_t)c[x] * wc + (int16_t)d[x] * wd;
}

/* round_sums gives sums the ROW_BITS of a row. */
static void round_sums(int16_t *restrict row, const int32_t *sums, int n) {
	const int drop = WEIGHT_BITS - ROW_BITS;

	for (int x = 0; x < n; x++)
		row[x] = (int16_t)((sums[x] + (1 << (drop - 1))) >> drop);
}

static void down(const uint8_t *const *rows, const int16_t *weight, int taps, int n, int16_t *row) {
	int32_t sums[BLOCK];

	for (int from = 0; from < n; from += BLOCK) {
		int some = n - from < BLOCK ? n - from : BLOCK;

		memset(sums, 0, sizeof sums);
		for (int k = 0; k < taps; k += VI_DOWN)
			add_rows(sums, rows + k, weight + k, from, some);
		round_sums(row + from, sums, some);
	}
}

static void across(const int16_t *row, const ViWeights *x, int32_t add, uint8_t *out) {
	const int drop = WEIGHT_BITS + ROW_BITS;

	for (int i = 0; i < x->out; i++) {
		const int16_t *samples = row + x->first[i], *weight = x->weight + (size_t)i * x->taps;
		int32_t sum = add;

		for (int k = 0; k < x->taps; k += VI_ACROSS)
			for (int lane = 0; lane < VI_ACROSS; lane++)
				sum += samples[k + lane] * weight[k + lane];
		sum >>= drop;
		out[i] = (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
	}
}

const ViWeigher vi_weigher_plain = {down, across};

const ViWeigher *vi_weigher(void) {
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2"))
		return &vi_weigher_avx2;
#endif
	return &vi_weigher_plain;
}
