/* Makes tile-0.heic to tile-5.heic, the pictures of 64 x 64 px that the tests make
 * a tiled HEIC of, as phones write it: 4:2:0, 8 bits, each of another colour and
 * with an edge of its own. Run in this folder:
 *
 *   cc tiles.c -o /tmp/tiles $(pkg-config --cflags --libs libheif) && /tmp/tiles
 */
#include <libheif/heif.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 64 };

static void check(struct heif_error err) {
	if (err.code) {
		fprintf(stderr, "libheif: %s\n", err.message);
		exit(1);
	}
}

static void draw(struct heif_image *im, int tile) {
	int stride;
	unsigned char *row = heif_image_get_plane(im, heif_channel_interleaved, &stride);

	for (int y = 0; y < SIDE; y++, row += stride)
		for (int x = 0; x < SIDE; x++) {
			int edge = x > 5 + 7 * tile && y > 40 - 5 * tile;

			row[3 * x] = 40 + 30 * tile + x;
			row[3 * x + 1] = edge ? 20 : 120 + y;
			row[3 * x + 2] = 220 - 30 * tile - y;
		}
}

static void save(int tile, const char *name) {
	struct heif_context *ctx = heif_context_alloc();
	struct heif_encoder *encoder;
	struct heif_image *im;

	check(heif_image_create(SIDE, SIDE, heif_colorspace_RGB, heif_chroma_interleaved_RGB, &im));
	check(heif_image_add_plane(im, heif_channel_interleaved, SIDE, SIDE, 8));
	draw(im, tile);
	check(heif_context_get_encoder_for_format(ctx, heif_compression_HEVC, &encoder));
	check(heif_encoder_set_lossy_quality(encoder, 90));
	check(heif_encoder_set_parameter_string(encoder, "chroma", "420"));
	check(heif_context_encode_image(ctx, im, encoder, NULL, NULL));
	check(heif_context_write_to_file(ctx, name));
}

int main(void) {
	char name[32];

	for (int tile = 0; tile < 6; tile++) {
		snprintf(name, sizeof name, "tile-%d.heic", tile);
		save(tile, name);
	}
	return 0;
}
