#include "weigh.h"

#if defined(__x86_64__)
#include <immintrin.h>

/* What compilers don't find: pmaddwd multiplies pairs of 16 bits and adds the two
 * products, so two rows are weighed at once where their samples alternate; and the
 * sums of eight samples are added up together, not each for itself. */
#define AVX2 __attribute__((target("avx2")))

enum { WIDE_DOWN = 32, WIDE_ACROSS = 8 }; /* samples made at once */

_Static_assert(VI_ACROSS == 16 && VI_DOWN % 2 == 0, "samples are weighed by vectors of 16, and rows by twos");

AVX2 static __m256i load(const void *from) { return _mm256_loadu_si256(from); }

AVX2 static void store(void *to, __m256i v) { _mm256_storeu_si256(to, v); }

/* pair is two weights, for the samples of two rows that alternate. */
AVX2 static __m256i pair(const int16_t *weight) {
	return _mm256_set1_epi32((int32_t)((uint16_t)weight[0] | (uint32_t)(uint16_t)weight[1] << 16));
}

/* add_pairs adds to the sums what pairs of samples weigh. */
AVX2 static void add_pairs(__m256i *low, __m256i *high, __m256i pairs, __m256i weights) {
	const __m256i zero = _mm256_setzero_si256();

	*low = _mm256_add_epi32(*low, _mm256_madd_epi16(_mm256_unpacklo_epi8(pairs, zero), weights));
	*high = _mm256_add_epi32(*high, _mm256_madd_epi16(_mm256_unpackhi_epi8(pairs, zero), weights));
}

/* down_at makes WIDE_DOWN samples of a row, from x on. Vectors are unpacked, and
 * packed again, by halves, which are put in order at the end. */
AVX2 static void down_at(const uint8_t *const *rows, const int16_t *weight, int taps, int x, int16_t *row) {
	const int drop = WEIGHT_BITS - ROW_BITS;
	__m256i s0 = _mm256_set1_epi32(1 << (drop - 1)), s1 = s0, s2 = s0, s3 = s0; /* half a step, to round */

	for (int k = 0; k < taps; k += 2) {
		__m256i a = load(rows[k] + x), b = load(rows[k + 1] + x), weights = pair(weight + k);

		add_pairs(&s0, &s1, _mm256_unpacklo_epi8(a, b), weights);
		add_pairs(&s2, &s3, _mm256_unpackhi_epi8(a, b), weights);
	}
	__m256i low = _mm256_packs_epi32(_mm256_srai_epi32(s0, drop), _mm256_srai_epi32(s1, drop));
	__m256i high = _mm256_packs_epi32(_mm256_srai_epi32(s2, drop), _mm256_srai_epi32(s3, drop));
	store(row + x, _mm256_permute2x128_si256(low, high, 0x20));
	store(row + x + WIDE_DOWN / 2, _mm256_permute2x128_si256(low, high, 0x31));
}

AVX2 static void down(const uint8_t *const *rows, const int16_t *weight, int taps, int n, int16_t *row) {
	if (n < WIDE_DOWN) {
		vi_weigher_plain.down(rows, weight, taps, n, row);
		return;
	}
	for (int x = 0; x + WIDE_DOWN <= n; x += WIDE_DOWN)
		down_at(rows, weight, taps, x, row);
	if (n % WIDE_DOWN)
		down_at(rows, weight, taps, n - WIDE_DOWN, row); /* some of them once more */
}

/* weigh is eight sums whose sum is the sample i. */
AVX2 static __m256i weigh(const int16_t *row, const ViWeights *x, int i) {
	const int16_t *samples = row + x->first[i], *weight = x->weight + (size_t)i * x->taps;
	__m256i sums = _mm256_setzero_si256();

	for (int k = 0; k < x->taps; k += VI_ACROSS)
		sums = _mm256_add_epi32(sums, _mm256_madd_epi16(load(samples + k), load(weight + k)));
	return sums;
}

/* weigh_four is the samples from i on, each as two sums, in the halves. */
AVX2 static __m256i weigh_four(const int16_t *row, const ViWeights *x, int i) {
	return _mm256_hadd_epi32(
		_mm256_hadd_epi32(weigh(row, x, i), weigh(row, x, i + 1)), _mm256_hadd_epi32(weigh(row, x, i + 2), weigh(row, x, i + 3)));
}

/* across_at makes WIDE_ACROSS samples, from i on. */
AVX2 static void across_at(const int16_t *row, const ViWeights *x, __m256i add, int i, uint8_t *out) {
	__m256i four = weigh_four(row, x, i), next = weigh_four(row, x, i + 4);
	__m256i sums = _mm256_add_epi32(_mm256_permute2x128_si256(four, next, 0x20), _mm256_permute2x128_si256(four, next, 0x31));

	sums = _mm256_srai_epi32(_mm256_add_epi32(sums, add), WEIGHT_BITS + ROW_BITS);
	__m128i samples = _mm_packs_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
	_mm_storel_epi64((__m128i *)(out + i), _mm_packus_epi16(samples, samples)); /* which clamps */
}

AVX2 static void across(const int16_t *row, const ViWeights *x, int32_t add, uint8_t *out) {
	if (x->out < WIDE_ACROSS) {
		vi_weigher_plain.across(row, x, add, out);
		return;
	}
	for (int i = 0; i + WIDE_ACROSS <= x->out; i += WIDE_ACROSS)
		across_at(row, x, _mm256_set1_epi32(add), i, out);
	if (x->out % WIDE_ACROSS)
		across_at(row, x, _mm256_set1_epi32(add), x->out - WIDE_ACROSS, out);
}

const ViWeigher vi_weigher_avx2 = {down, across};
#endif
