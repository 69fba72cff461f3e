/* The two inner loops of the resampler: rows become one row, and its samples
 * those of a row of the plane that is made. */
#ifndef VITRINE_IMAGING_WEIGH_H
#define VITRINE_IMAGING_WEIGH_H

#include "resample.h"

/* Samples are weighed in whole numbers. Weights have WEIGHT_BITS after the point.
 * Between the two directions samples have ROW_BITS, so that they fit into 16 bits
 * with what Lanczos overshoots. */
enum { WEIGHT_BITS = 14, ROW_BITS = 6 };

/* ViWeigher does both. All that there are give the same, bit by bit. */
typedef struct {
	/* down makes n samples of the rows, which are taps, a multiple of VI_DOWN. */
	void (*down)(const uint8_t *const *rows, const int16_t *weight, int taps, int n, int16_t *row);
	/* across makes x->out samples of a row that down has made, each of x->taps, a
	 * multiple of VI_ACROSS. What follows the row, x->taps samples, may be read and
	 * counts nothing. add is what each sum begins with. */
	void (*across)(const int16_t *row, const ViWeights *x, int32_t add, uint8_t *out);
} ViWeigher;

/* vi_weigher is the one for this processor. */
const ViWeigher *vi_weigher(void);

extern const ViWeigher vi_weigher_plain;

#if defined(__x86_64__)
extern const ViWeigher vi_weigher_avx2; /* for processors that have AVX2: nearly all */
#endif

#endif
