/* Makes the inputs of the tests that Go's encoders can't: a chart, and the same
 * chart as HEIC, AVIF and CMYK JPEG. Run in this folder:
 *
 *   cc generate.c -o /tmp/generate $(pkg-config --cflags --libs vips libheif) && /tmp/generate
 */
#include <libheif/heif.h>
#include <stdlib.h>
#include <vips/vips.h>

enum { W = 96, H = 64 };

static void check(int failed) {
	if (failed)
		vips_error_exit("generate");
}

static void check_heif(struct heif_error err) {
	if (err.code) {
		fprintf(stderr, "libheif: %s\n", err.message);
		exit(1);
	}
}

/* draw fills a chart that looks different from every side: a gradient, a row
 * of colours at the bottom, and an F at the top left. */
static void draw(unsigned char *rgb) {
	static const unsigned char colours[8][3] = {{200, 60, 50}, {60, 160, 70}, {50, 80, 180}, {220, 200, 60},
		{150, 60, 150}, {60, 170, 180}, {128, 128, 128}, {230, 150, 90}};

	for (int y = 0; y < H; y++)
		for (int x = 0; x < W; x++) {
			unsigned char *p = rgb + 3 * (y * W + x);
			int f = x >= 12 && y >= 6 && ((x < 18 && y < 38) || (x < 34 && y < 12) || (x < 28 && y >= 18 && y < 24));

			p[0] = 90 + x;
			p[1] = 120 + y;
			p[2] = 200 - x;
			if (y >= 48)
				for (int c = 0; c < 3; c++)
					p[c] = colours[x / 12][c];
			if (f)
				p[0] = p[1] = p[2] = 20;
		}
}

/* save_rotated writes a HEIC that is stored turned, with a box that turns it
 * upright again, as phones do. */
static void save_rotated(VipsImage *upright, const char *name) {
	VipsImage *turned;
	struct heif_context *ctx = heif_context_alloc();
	struct heif_encoder *encoder;
	struct heif_image *im;
	struct heif_encoding_options *options = heif_encoding_options_alloc();
	int stride;

	check(vips_rot(upright, &turned, VIPS_ANGLE_D270, NULL));
	check_heif(heif_image_create(turned->Xsize, turned->Ysize, heif_colorspace_RGB, heif_chroma_interleaved_RGB, &im));
	check_heif(heif_image_add_plane(im, heif_channel_interleaved, turned->Xsize, turned->Ysize, 8));
	unsigned char *plane = heif_image_get_plane(im, heif_channel_interleaved, &stride);
	unsigned char *pixels = vips_image_write_to_memory(turned, NULL);
	for (int y = 0; y < turned->Ysize; y++)
		memcpy(plane + y * stride, pixels + y * turned->Xsize * 3, turned->Xsize * 3);
	check_heif(heif_context_get_encoder_for_format(ctx, heif_compression_HEVC, &encoder));
	check_heif(heif_encoder_set_lossy_quality(encoder, 90));
	options->image_orientation = heif_orientation_rotate_90_cw;
	check_heif(heif_context_encode_image(ctx, im, encoder, options, NULL));
	check_heif(heif_context_write_to_file(ctx, name));
}

/* As a phone marks a photo in which it has painted something over; libvips
 * doesn't know a packet with this beginning. */
static const char altered[] = "<?xpacket begin=\"\xef\xbb\xbf\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?><x:xmpmeta xmlns:x=\"adobe:ns:meta/\">"
	"<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description rdf:about=\"\""
	" xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\""
	" xmlns:photoshop=\"http://ns.adobe.com/photoshop/1.0/\"><photoshop:Credit>A phone</photoshop:Credit>"
	"<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/"
	"compositeWithTrainedAlgorithmicMedia</Iptc4xmpExt:DigitalSourceType></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end=\"w\"?>";

int main(int argc, char **argv) {
	unsigned char rgb[W * H * 3];
	VipsImage *raw, *chart, *tagged, *cmyk, *bare;

	(void)argc;
	if (VIPS_INIT(argv[0]))
		vips_error_exit("start");
	draw(rgb);
	raw = vips_image_new_from_memory(rgb, sizeof rgb, W, H, 3, VIPS_FORMAT_UCHAR);
	check(vips_copy(raw, &chart, "interpretation", VIPS_INTERPRETATION_sRGB, NULL));
	check(vips_pngsave(chart, "chart.png", "strip", TRUE, NULL));

	save_rotated(chart, "turned.heic");
	/* This one says in its EXIF that it lies on its side, and doesn't: HEIF has
	 * boxes for that, and its EXIF is to be ignored. */
	check(vips_copy(chart, &tagged, NULL));
	vips_image_set_int(tagged, VIPS_META_ORIENTATION, 6);
	check(vips_heifsave(tagged, "exif-lies.heic", "Q", 90, NULL));
	check(vips_copy(chart, &tagged, NULL));
	vips_image_set_blob_copy(tagged, VIPS_META_XMP_NAME, altered, sizeof altered - 1);
	check(vips_heifsave(tagged, "altered.heic", "Q", 90, NULL));
	check(vips_heifsave(chart, "chart.avif", "Q", 90, "compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1, NULL));

	check(vips_icc_transform(chart, &cmyk, "cmyk", "input_profile", "srgb", NULL));
	/* The profile is a megabyte: the tests make a small one of their own. */
	check(vips_copy(cmyk, &bare, NULL));
	vips_image_remove(bare, VIPS_META_ICC_NAME);
	check(vips_jpegsave(bare, "cmyk.jpg", "Q", 95, NULL));
	return 0;
}
