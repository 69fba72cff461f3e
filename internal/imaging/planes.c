#include "planes.h"

#include <glib.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>

#include <jpeglib.h>

#include "fit.h"

/* Decoder is a JPEG that is being decoded. */
typedef struct {
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	jmp_buf give_up;
	ViPlane planes[3]; /* the samples of all are in one block */
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
		ViPlane *p = &d->planes[i];
		double scale = c->DCT_scaled_size / 8.0;

		p->width = c->downsampled_width;
		p->height = c->downsampled_height;
		p->stride = c->width_in_blocks * c->DCT_scaled_size;
		p->across = d->jpeg.image_width * scale * c->h_samp_factor / d->jpeg.max_h_samp_factor;
		p->down = d->jpeg.image_height * scale * c->v_samp_factor / d->jpeg.max_v_samp_factor;
		start[i] = size;
		size += (size_t)p->stride * (c->height_in_blocks + c->v_samp_factor) * c->DCT_scaled_size;
	}
	if (!(d->planes[0].samples = g_try_malloc(size)))
		return -1;
	for (int i = 1; i < d->jpeg.num_components; i++)
		d->planes[i].samples = d->planes[0].samples + start[i];
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

int vi_jpeg_planes(const void *buf, size_t len, int wanted, ViPicture *out) {
	Decoder d = {0};
	int err;

	d.jpeg.err = jpeg_std_error(&d.errors);
	d.jpeg.client_data = &d;
	d.errors.error_exit = give_up;
	d.errors.emit_message = give_up_on_warning;
	err = decode(&d, buf, len, wanted);
	out->n = d.jpeg.num_components;
	out->range = VI_FULL;
	memcpy(out->planes, d.planes, sizeof d.planes);
	if (err)
		g_free(d.planes[0].samples);
	jpeg_destroy_decompress(&d.jpeg);
	return err;
}
