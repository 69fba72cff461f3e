/* Makes JPEGs of the chart that have their colours stored in all ways there are.
 * Run in this folder:
 *
 *   cc samplings.c -o /tmp/samplings $(pkg-config --cflags --libs vips libjpeg) && /tmp/samplings
 */
#include <stdio.h>
#include <stdlib.h>
#include <vips/vips.h>

#include <jpeglib.h>

static const struct {
	const char *name;
	J_COLOR_SPACE space;
	int across, down; /* samples of brightness for one of colour */
	int progressive, arithmetic;
	int blue; /* how much finer than the other colour the first is */
} samplings[] = {
	{"444", JCS_YCbCr, 1, 1, 0, 0, 1},
	{"422", JCS_YCbCr, 2, 1, 0, 0, 1},
	{"440", JCS_YCbCr, 1, 2, 0, 0, 1},
	{"420", JCS_YCbCr, 2, 2, 0, 0, 1},
	{"411", JCS_YCbCr, 4, 1, 0, 0, 1},
	{"uneven", JCS_YCbCr, 2, 2, 0, 0, 2},
	{"progressive", JCS_YCbCr, 2, 2, 1, 0, 1},
	{"arithmetic", JCS_YCbCr, 2, 2, 0, 1, 1},
	{"grey", JCS_GRAYSCALE, 1, 1, 0, 0, 1},
	{"grey-2x2", JCS_GRAYSCALE, 2, 2, 0, 0, 1},
	{"rgb", JCS_RGB, 1, 1, 0, 0, 1},
};

int main(int argc, char **argv) {
	VipsImage *chart, *large;
	size_t size;

	if (VIPS_INIT(argv[0]) || !(chart = vips_image_new_from_file("chart.png", NULL)) ||
		vips_resize(chart, &large, 3, NULL))
		vips_error_exit("samplings");
	unsigned char *rgb = vips_image_write_to_memory(large, &size);
	for (size_t i = 0; i < G_N_ELEMENTS(samplings); i++) {
		struct jpeg_compress_struct jpeg;
		struct jpeg_error_mgr errors;
		char name[64];

		snprintf(name, sizeof name, "sampling-%s.jpg", samplings[i].name);
		FILE *f = fopen(name, "wb");
		jpeg.err = jpeg_std_error(&errors);
		jpeg_create_compress(&jpeg);
		jpeg_stdio_dest(&jpeg, f);
		jpeg.image_width = large->Xsize;
		jpeg.image_height = large->Ysize;
		jpeg.input_components = 3;
		jpeg.in_color_space = JCS_RGB;
		jpeg_set_defaults(&jpeg);
		jpeg_set_colorspace(&jpeg, samplings[i].space);
		jpeg_set_quality(&jpeg, 92, TRUE);
		jpeg.comp_info[0].h_samp_factor = samplings[i].across;
		jpeg.comp_info[0].v_samp_factor = samplings[i].down;
		jpeg.comp_info[1].h_samp_factor = samplings[i].blue;
		jpeg.arith_code = samplings[i].arithmetic;
		if (samplings[i].progressive)
			jpeg_simple_progression(&jpeg);
		jpeg_start_compress(&jpeg, TRUE);
		while (jpeg.next_scanline < jpeg.image_height) {
			JSAMPROW row = rgb + (size_t)jpeg.next_scanline * large->Xsize * 3;

			jpeg_write_scanlines(&jpeg, &row, 1);
		}
		jpeg_finish_compress(&jpeg);
		jpeg_destroy_compress(&jpeg);
		if (fclose(f))
			return 1;
	}
	return 0;
}
