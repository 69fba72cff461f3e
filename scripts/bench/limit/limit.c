/*
 * limit is what vitrine is measured against: three WebPs and a blurhash of each
 * photo, with all that a service needs left out. There is no server, no database
 * and no child; a file is trusted, lies as it lies, and is a YCbCr JPEG or an
 * error. What remains is libjpeg, a resampler and libwebp, on all cores.
 *
 *	limit THREADS PHOTO...
 *
 * See rounds.c for what it reads and answers.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>
#include <webp/encode.h>

#include "limit.h"

enum { COLOURS = 3 };

/* eighths is the scale that libjpeg decodes at: the smallest power of two that
 * leaves half as much again as the largest variant needs. */
static int eighths(int width, int height) {
	int longest = width > height ? width : height;
	int scale = 1;

	while (scale < 8 && longest * scale / 8.0 < 1.5 * sides[0])
		scale *= 2;
	return scale;
}

/* decode gives the planes of a JPEG as they are stored, without upsampling and
 * without conversion to RGB, and the size of the whole picture. The planes share
 * one allocation, which begins with the first. */
static void decode(const char *name, const uint8_t *data, size_t size, Plane planes[COLOURS], int *width, int *height) {
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors; /* ends the program, having said why */
	JSAMPROW rows[COLOURS][MAX_SAMP_FACTOR * DCTSIZE];
	JSAMPARRAY arrays[COLOURS] = {rows[0], rows[1], rows[2]};
	size_t total = 0;
	int done[COLOURS] = {0};

	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&jpeg);
	jpeg_mem_src(&jpeg, data, size);
	jpeg_read_header(&jpeg, TRUE);
	if (jpeg.jpeg_color_space != JCS_YCbCr)
		fail("not a YCbCr JPEG", name);
	*width = jpeg.image_width;
	*height = jpeg.image_height;
	jpeg.raw_data_out = TRUE;
	jpeg.out_color_space = JCS_YCbCr;
	jpeg.scale_num = eighths(*width, *height);
	jpeg.scale_denom = 8;
	jpeg_start_decompress(&jpeg);

	for (int i = 0; i < COLOURS; i++) {
		jpeg_component_info *c = &jpeg.comp_info[i];
		int stride = c->width_in_blocks * c->DCT_scaled_size;

		planes[i] = (Plane){.width = c->downsampled_width, .height = c->downsampled_height, .stride = stride};
		/* libjpeg writes whole blocks, below the last row as well. */
		total += (size_t)stride * (c->height_in_blocks + c->v_samp_factor) * c->DCT_scaled_size;
	}
	uint8_t *next = allocate(total);
	for (int i = 0; i < COLOURS; i++) {
		jpeg_component_info *c = &jpeg.comp_info[i];

		planes[i].samples = next;
		next += (size_t)planes[i].stride * (c->height_in_blocks + c->v_samp_factor) * c->DCT_scaled_size;
	}
	while (jpeg.output_scanline < jpeg.output_height) {
		for (int i = 0; i < COLOURS; i++) {
			jpeg_component_info *c = &jpeg.comp_info[i];

			for (int r = 0; r < c->v_samp_factor * c->DCT_scaled_size; r++)
				rows[i][r] = planes[i].samples + (size_t)done[i]++ * planes[i].stride;
		}
		jpeg_read_raw_data(&jpeg, arrays, jpeg.max_v_samp_factor * jpeg.min_DCT_scaled_size);
	}
	jpeg_finish_decompress(&jpeg);
	jpeg_destroy_decompress(&jpeg);
}

/* lay_out makes room for a variant of a picture; none is larger than that. */
static void lay_out(WebPPicture *variant, int width, int height, int side) {
	int longest = width > height ? width : height;
	double scale = longest > side ? (double)side / longest : 1;

	if (!WebPPictureInit(variant))
		fail("another version than it was built for", "libwebp");
	variant->width = width * scale + 0.5 < 1 ? 1 : (int)(width * scale + 0.5);
	variant->height = height * scale + 0.5 < 1 ? 1 : (int)(height * scale + 0.5);
	variant->colorspace = WEBP_YUV420;
	if (!WebPPictureAlloc(variant))
		fail("out of memory", "libwebp");
}

/* planes_of gives the planes of a variant. */
static void planes_of(const WebPPicture *variant, Plane planes[COLOURS]) {
	int width = (variant->width + 1) / 2, height = (variant->height + 1) / 2;

	planes[0] = (Plane){variant->y, variant->width, variant->height, variant->y_stride};
	planes[1] = (Plane){variant->u, width, height, variant->uv_stride};
	planes[2] = (Plane){variant->v, width, height, variant->uv_stride};
}

/* encode writes a variant as WebP. */
static void encode(WebPPicture *variant, const char *folder, int photo, int side) {
	WebPConfig config;
	WebPMemoryWriter writer;
	char suffix[16];

	if (!WebPConfigInit(&config))
		fail("another version than it was built for", "libwebp");
	config.quality = QUALITY;
	config.method = EFFORT;
	WebPMemoryWriterInit(&writer);
	variant->writer = WebPMemoryWrite;
	variant->custom_ptr = &writer;
	if (!WebPEncode(&config, variant))
		fail("can't be encoded", folder);
	snprintf(suffix, sizeof suffix, "%d.webp", side);
	write_file(folder, photo, suffix, writer.mem, writer.size);
	WebPMemoryWriterClear(&writer);
}

void optimise(const char *name, const uint8_t *data, size_t size, const char *folder, int photo) {
	/* JPEG uses all of a byte, WebP 16 to 235 for brightness and 240 for colour. */
	static const Range narrow[COLOURS] = {
		{219.0f / 255, 16}, {224.0f / 255, 128 - 128 * 224.0f / 255}, {224.0f / 255, 128 - 128 * 224.0f / 255}};
	static const Range same = {1, 0};
	Plane from[COLOURS], to[COLOURS];
	WebPPicture variants[SIZES];
	char hash[BLURHASH_LENGTH + 1];
	int width, height;

	decode(name, data, size, from, &width, &height);
	uint8_t *decoded = from[0].samples;
	for (int i = 0; i < SIZES; i++) {
		lay_out(&variants[i], width, height, sides[i]);
		planes_of(&variants[i], to);
		for (int j = 0; j < COLOURS; j++) {
			shrink(&from[j], &to[j], i == 0 ? narrow[j] : same);
			from[j] = to[j]; /* the next is made of this one */
		}
	}
	free(decoded);
	for (int i = 0; i < SIZES; i++)
		encode(&variants[i], folder, photo, sides[i]);
	blurhash(to, hash);
	write_file(folder, photo, "blurhash", hash, BLURHASH_LENGTH);
	for (int i = 0; i < SIZES; i++)
		WebPPictureFree(&variants[i]);
}

void prepare(const char *program) {
	(void)program;
	prepare_blurhash();
}
