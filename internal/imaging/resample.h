/* Planes of samples made smaller, and colour at most twice as fine, by Lanczos with
 * three lobes: what libvips does too, for one plane at a time and with places that
 * need be no whole samples. */
#ifndef VITRINE_IMAGING_RESAMPLE_H
#define VITRINE_IMAGING_RESAMPLE_H

#include <stdint.h>

/* ViAxis is one direction of a plane that is resampled. A picture may end in
 * the middle of the last sample of a plane: one of 5 px across has 3 samples of
 * colour, 2.5 of which are the picture. */
typedef struct {
	int in;        /* samples there are */
	double extent; /* how many of them the picture is */
	int out;       /* samples wanted */
	double span;   /* how many of those the picture is */
	int mirrored;
} ViAxis;

/* ViWeights say which samples of a direction become one, and how much each
 * counts. */
typedef struct {
	int in, out;
	int taps;        /* samples that become one; some may count nothing */
	int *first;      /* the first of them, for each of out */
	int16_t *weight; /* taps of them for each of out, in 1/16384 */
} ViWeights;

/* The samples of a row are weighed so many at a time, the rows of a plane so
 * many. */
enum { VI_ACROSS = 16, VI_DOWN = 4 };

/* vi_weigh makes the weights of an axis, whose sum is gain. Their number is a
 * multiple of group. */
void vi_weigh(const ViAxis *axis, double gain, int group, ViWeights *out);

/* vi_unweigh frees them. */
void vi_unweigh(ViWeights *w);

/* vi_resample makes a plane of y->out rows of x->out samples, without padding,
 * of one whose rows are stride bytes from each other. offset is added to every
 * sample. */
void vi_resample(const uint8_t *in, int stride, const ViWeights *x, const ViWeights *y, double offset, uint8_t *out);

#endif
