#include "planes.h"

#include <glib.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>

#include <jpeglib.h>

#include "resample.h"

/* Plane is one plane of a JPEG. */
typedef struct {
	uint8_t *samples;
	int width, height, stride;
	double across, down; /* samples that the picture is, see ViAxis */
} Plane;

/* Decoder is a JPEG that is being decoded. */
typedef struct {
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	jmp_buf give_up;
	uint8_t *samples; /* of all planes */
	Plane planes[3];
} Decoder;

/* give_up is where every error of libjpeg ends. */
static void give_up(j_common_ptr jpeg) { longjmp(((Decoder *)jpeg->client_data)->give_up, 1); }

/* give_up_on_warning is told with a level below 0 what libjpeg could repair, the
 * lack of the file's end among it. */
static void give_up_on_warning(j_common_ptr jpeg, int level) {
	if (level < 0)
		give_up(jpeg);
}

/* is_ordinary tells whether the picture is grey, or has a plane of brightness
 * and two of colour that are at most twice as coarse: so no plane ever has to be
 * made larger. */
static int is_ordinary(const struct jpeg_decompress_struct *jpeg) {
	const jpeg_component_info *c = jpeg->comp_info;

	if (jpeg->num_components == 1)
		return jpeg->jpeg_color_space == JCS_GRAYSCALE && c[0].v_samp_factor <= 2;
	return jpeg->num_components == 3 && jpeg->jpeg_color_space == JCS_YCbCr &&
		c[0].h_samp_factor <= 2 && c[0].v_samp_factor <= 2 &&
		c[1].h_samp_factor == 1 && c[1].v_samp_factor == 1 &&
		c[2].h_samp_factor == 1 && c[2].v_samp_factor == 1;
}

/* eighths is the scale to decode at: the smallest for which libjpeg has vector
 * code and that leaves half as much again as is wanted. Less would blur. */
static int eighths(int side, int wanted) {
	int scale = 1;

	while (scale < 8 && side * (int64_t)scale / 8.0 < 1.5 * wanted)
		scale *= 2;
	return scale;
}

/* lay_planes allocates the planes, each with room for the padding of its last
 * blocks. */
static int lay_planes(Decoder *d) {
	size_t size = 0, start[3];

	for (int i = 0; i < d->jpeg.num_components; i++) {
		const jpeg_component_info *c = &d->jpeg.comp_info[i];
		Plane *p = &d->planes[i];
		double scale = c->DCT_scaled_size / 8.0;

		p->width = c->downsampled_width;
		p->height = c->downsampled_height;
		p->stride = c->width_in_blocks * c->DCT_scaled_size;
		p->across = d->jpeg.image_width * scale * c->h_samp_factor / d->jpeg.max_h_samp_factor;
		p->down = d->jpeg.image_height * scale * c->v_samp_factor / d->jpeg.max_v_samp_factor;
		start[i] = size;
		size += (size_t)p->stride * (c->height_in_blocks + c->v_samp_factor) * c->DCT_scaled_size;
	}
	if (!(d->samples = g_try_malloc(size)))
		return -1;
	for (int i = 0; i < d->jpeg.num_components; i++)
		d->planes[i].samples = d->samples + start[i];
	return 0;
}

/* read_planes decodes into the planes, a row of blocks at a time. */
static void read_planes(Decoder *d) {
	JSAMPROW rows[3][2 * DCTSIZE];
	JSAMPARRAY planes[3] = {rows[0], rows[1], rows[2]};
	int done[3] = {0, 0, 0};

	while (d->jpeg.output_scanline < d->jpeg.output_height) {
		for (int i = 0; i < d->jpeg.num_components; i++) {
			const jpeg_component_info *c = &d->jpeg.comp_info[i];

			for (int r = 0; r < c->v_samp_factor * c->DCT_scaled_size; r++)
				rows[i][r] = d->planes[i].samples + (size_t)done[i]++ * d->planes[i].stride;
		}
		jpeg_read_raw_data(&d->jpeg, planes, d->jpeg.max_v_samp_factor * d->jpeg.min_DCT_scaled_size);
	}
}

/* decode fills the planes, for a picture whose longer side is to be that of
 * wanted. */
static int decode(Decoder *d, const void *buf, size_t len, int wanted) {
	struct jpeg_decompress_struct *jpeg = &d->jpeg;

	if (setjmp(d->give_up))
		return -1;
	jpeg_create_decompress(jpeg);
	jpeg_mem_src(jpeg, buf, len);
	jpeg_read_header(jpeg, TRUE);
	if (!is_ordinary(jpeg))
		return -1;
	jpeg->raw_data_out = TRUE;
	jpeg->out_color_space = jpeg->jpeg_color_space;
	jpeg->scale_num = eighths(MAX(jpeg->image_width, jpeg->image_height), wanted);
	jpeg->scale_denom = 8;
	jpeg_start_decompress(jpeg);
	if (lay_planes(d))
		return -1;
	read_planes(d);
	jpeg_finish_decompress(jpeg);
	return 0;
}

/* transpose makes columns of rows, a block at a time, since it is slow to go
 * down the columns of a large plane. */
static void transpose(const uint8_t *in, int width, int height, uint8_t *out) {
	enum { BLOCK = 32 };

	for (int top = 0; top < height; top += BLOCK)
		for (int left = 0; left < width; left += BLOCK)
			for (int x = left; x < MIN(left + BLOCK, width); x++)
				for (int y = top; y < MIN(top + BLOCK, height); y++)
					out[(size_t)x * height + y] = in[(size_t)y * width + x];
}

/* Turn is what makes a picture upright (TIFF 6.0, page 36): mirrored first, then
 * rows and columns exchanged. */
typedef struct {
	int across, down, transposed;
} Turn;

static Turn turn_of(int orientation) {
	static const Turn turns[9] = {{0, 0, 0}, /* none said */
		{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0}, {0, 0, 1}, {0, 1, 1}, {1, 1, 1}, {1, 0, 1}};

	return turns[orientation >= 1 && orientation <= 8 ? orientation : 0];
}

/* fit_planes makes planes of n that are alike smaller and turns them: into out
 * and what follows it. width and height are those of the upright picture, in
 * samples of out, and may have a half. */
static void fit_planes(const Plane *planes, int n, Turn turn, double width, double height,
	double gain, double offset, uint8_t *out) {
	double span_x = turn.transposed ? height : width, span_y = turn.transposed ? width : height;
	ViAxis across = {planes->width, planes->across, (int)(span_x + 0.5), span_x, turn.across};
	ViAxis down = {planes->height, planes->down, (int)(span_y + 0.5), span_y, turn.down};
	size_t size = (size_t)across.out * down.out;
	uint8_t *unturned = turn.transposed ? g_malloc(size) : NULL;
	ViWeights x, y;

	vi_weigh(&across, gain, VI_ACROSS, &x);
	vi_weigh(&down, 1, VI_DOWN, &y);
	for (int i = 0; i < n; i++) {
		uint8_t *to = out + i * size;

		vi_resample(planes[i].samples, planes[i].stride, &x, &y, offset, unturned ? unturned : to);
		if (unturned)
			transpose(unturned, across.out, down.out, to);
	}
	vi_unweigh(&x);
	vi_unweigh(&y);
	g_free(unturned);
}

int vi_jpeg_planes(const void *buf, size_t len, int orientation, int width, int height, void *out) {
	Decoder d = {0};
	Turn turn = turn_of(orientation);
	size_t size = (size_t)width * height, colour = (size_t)((width + 1) / 2) * ((height + 1) / 2);
	int err;

	d.jpeg.err = jpeg_std_error(&d.errors);
	d.jpeg.client_data = &d;
	d.errors.error_exit = give_up;
	d.errors.emit_message = give_up_on_warning;
	err = decode(&d, buf, len, MAX(width, height));
	if (!err) {
		/* JPEG has the full range of a byte. */
		fit_planes(d.planes, 1, turn, width, height, 219 / 255.0, 16, out);
		if (d.jpeg.num_components == 3)
			fit_planes(d.planes + 1, 2, turn, width / 2.0, height / 2.0, 224 / 255.0, 128 - 128 * 224 / 255.0,
				(uint8_t *)out + size);
		else
			memset((uint8_t *)out + size, 128, 2 * colour);
	}
	jpeg_destroy_decompress(&d.jpeg);
	g_free(d.samples);
	return err;
}

void vi_shrink_planes(const void *planes, int width, int height, int out_width, int out_height, void *out) {
	const Turn none = {0, 0, 0};
	int half_width = (width + 1) / 2, half_height = (height + 1) / 2;
	uint8_t *y = (uint8_t *)planes, *u = y + (size_t)width * height, *v = u + (size_t)half_width * half_height;
	Plane light = {y, width, height, width, width, height};
	Plane colour[2] = {
		{u, half_width, half_height, half_width, width / 2.0, height / 2.0},
		{v, half_width, half_height, half_width, width / 2.0, height / 2.0},
	};

	fit_planes(&light, 1, none, out_width, out_height, 1, 0, out);
	fit_planes(colour, 2, none, out_width / 2.0, out_height / 2.0, 1, 0, (uint8_t *)out + (size_t)out_width * out_height);
}
