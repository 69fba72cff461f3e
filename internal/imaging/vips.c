#include "vips.h"

#include <stdint.h>
#include <string.h>
#include <vips/vips.h>

/* keep_quiet drops what libvips has to say about files full of oddities. */
static void keep_quiet(const char *domain, GLogLevelFlags level, const char *message, void *data) {
	(void)domain, (void)level, (void)message, (void)data;
}

int vi_start(void) {
	g_log_set_handler("VIPS", G_LOG_LEVEL_WARNING, keep_quiet, NULL);
	if (vips_init("vitrine"))
		return -1;
	vips_concurrency_set(1);
	vips_cache_set_max(0);
	vips_block_untrusted_set(TRUE);
	return 0;
}

int vi_version(int part) { return vips_version(part); }

int vi_has_operation(const char *nickname) {
	return vips_type_find("VipsOperation", nickname) != 0;
}

const char *vi_loader(const void *buf, size_t len) {
	return vips_foreign_find_load_buffer(buf, len);
}

/* copy_blob copies metadata of that name, if there is any of at most max
 * bytes. */
static void copy_blob(VipsImage *im, const char *name, size_t max, void **out, size_t *out_len) {
	const void *blob;
	size_t len;

	if (vips_image_get_typeof(im, name) != VIPS_TYPE_BLOB || vips_image_get_blob(im, name, &blob, &len) || len > max)
		return;
	*out = g_memdup2(blob, len);
	*out_len = len;
}

/* copy_xmp copies the XMP packet. What libvips takes for one in HEIF begins with
 * "<x:xmpmeta". Those of iPhones begin with "<?xpacket" and are under the name of
 * a MIME item, of which photos have no others. */
static void copy_xmp(VipsImage *im, size_t max, void **out, size_t *out_len) {
	char name[32];

	copy_blob(im, VIPS_META_XMP_NAME, max, out, out_len);
	for (int item = 0; !*out && item < 8; item++) {
		g_snprintf(name, sizeof name, "heif-mime-%d", item);
		copy_blob(im, name, max, out, out_len);
	}
}

int vi_probe(const void *buf, size_t len, size_t max_xmp, ViHeader *out) {
	VipsImage *im;

	vips_error_clear();
	im = vips_image_new_from_buffer(buf, len, "", "access", VIPS_ACCESS_SEQUENTIAL, NULL);
	if (!im)
		return -1;
	memset(out, 0, sizeof *out);
	out->width = vips_image_get_width(im);
	out->height = vips_image_get_page_height(im);
	out->orientation = vips_image_get_orientation(im);
	out->bands = vips_image_get_bands(im);
	out->cmyk = vips_image_get_interpretation(im) == VIPS_INTERPRETATION_CMYK;
	copy_blob(im, VIPS_META_ICC_NAME, SIZE_MAX, &out->icc, &out->icc_len);
	copy_xmp(im, max_xmp, &out->xmp, &out->xmp_len);
	g_object_unref(im);
	return 0;
}

/* write_pixels runs the pipeline of im, whatever it is, into plain 8 bit sRGB
 * pixels. Nothing but the pixels goes on from here: this is what removes EXIF,
 * GPS, XMP and colour profiles. It takes over the reference to im. */
static int write_pixels(VipsImage *im, ViPixels *out) {
	VipsImage *scope = vips_image_new(); /* frees t, which hold on to im */
	VipsImage **t = (VipsImage **)vips_object_local_array(VIPS_OBJECT(scope), 3);
	VipsImage *x = im;
	size_t len;
	int err = -1;

	/* Each step sees what the one before it left: grey becomes RGB, then the
	 * extra samples of some TIFFs go, then what is not 8 bit is made so. */
	if (vips_colourspace(x, &t[0], VIPS_INTERPRETATION_sRGB, NULL))
		goto done;
	x = t[0];
	if (x->Bands > 4) {
		if (vips_extract_band(x, &t[1], 0, "n", 4, NULL))
			goto done;
		x = t[1];
	}
	if (vips_cast(x, &t[2], VIPS_FORMAT_UCHAR, NULL))
		goto done;
	x = t[2];
	if (x->Bands < 3) {
		vips_error("vitrine", "%d bands", x->Bands);
		goto done;
	}
	if (!(out->data = vips_image_write_to_memory(x, &len)))
		goto done;
	out->width = x->Xsize;
	out->height = x->Ysize;
	out->bands = x->Bands;
	err = 0;
done:
	g_object_unref(scope);
	g_object_unref(im);
	return err;
}

/* Each of these takes over the reference to im and gives a new one. */

/* to_srgb applies the embedded profile, or the named one when that can't be
 * used. */
static int to_srgb(VipsImage *im, const char *profile, VipsImage **out) {
	int err = vips_icc_transform(im, out, "srgb", "embedded", TRUE, "input_profile", profile, NULL);

	/* A profile may open well and fail to give a transform. */
	if (err) {
		vips_error_clear();
		err = vips_icc_transform(im, out, "srgb", "embedded", FALSE, "input_profile", profile, NULL);
	}
	g_object_unref(im);
	return err;
}

/* to_size shrinks so that no side is longer than side. */
static int to_size(VipsImage *im, int side, int rotate, VipsImage **out) {
	int err = vips_thumbnail_image(im, out, side, "height", side, "size", VIPS_SIZE_DOWN,
		"no_rotate", !rotate, NULL);

	g_object_unref(im);
	return err;
}

/* The three ways to open a file. All want fail_on in the loader's options:
 * without it half a photo would pass as a whole. */
#define LOAD_OPTIONS "[fail_on=truncated]"

/* open_shrunk shrinks while loading, which is how to get at a large JPEG
 * quickly, and converts colours when few pixels are left. It would forget the
 * fail_on argument of its own; in the option string it gets to the loader. */
static int open_shrunk(const void *buf, size_t len, int side, const char *profile, VipsImage **out) {
	VipsImage *im;

	if (vips_thumbnail_buffer((void *)buf, len, &im, side, "height", side, "size", VIPS_SIZE_DOWN,
			"option_string", LOAD_OPTIONS, NULL))
		return -1;
	if (profile)
		return to_srgb(im, profile, out);
	*out = im;
	return 0;
}

/* open_heif is the same without shrinking while loading, which would take the
 * preview inside the file when that is large enough: previews may show
 * something else, and some come out on their side. The loader turns the
 * picture itself, by the file's boxes. */
static int open_heif(const void *buf, size_t len, int side, const char *profile, VipsImage **out) {
	VipsImage *im = vips_image_new_from_buffer(buf, len, LOAD_OPTIONS, "access", VIPS_ACCESS_SEQUENTIAL, NULL);

	if (!im || to_size(im, side, FALSE, &im))
		return -1;
	if (profile)
		return to_srgb(im, profile, out);
	*out = im;
	return 0;
}

/* open_inks converts before it shrinks, since shrinking makes sRGB of CMYK by
 * libvips' own profile, whatever the file says. */
static int open_inks(const void *buf, size_t len, int side, VipsImage **out) {
	VipsImage *im = vips_image_new_from_buffer(buf, len, LOAD_OPTIONS, "access", VIPS_ACCESS_SEQUENTIAL, NULL);

	if (!im || to_srgb(im, "cmyk", &im))
		return -1;
	return to_size(im, side, TRUE, out);
}

int vi_decode(const void *buf, size_t len, ViWay way, int side, const char *profile, ViPixels *out) {
	VipsImage *im;
	int err = -1;

	vips_error_clear(); /* what succeeded may have left warnings */
	switch (way) {
	case VI_SHRUNK:
		err = open_shrunk(buf, len, side, profile, &im);
		break;
	case VI_HEIF:
		err = open_heif(buf, len, side, profile, &im);
		break;
	case VI_INKS:
		err = open_inks(buf, len, side, &im);
		break;
	}
	return err ? err : write_pixels(im, out);
}

int vi_shrink(const void *data, int width, int height, int bands, int side, ViPixels *out) {
	VipsImage *raw, *rgb, *im;
	int err;

	vips_error_clear();
	raw = vips_image_new_from_memory(data, (size_t)width * height * bands, width, height, bands, VIPS_FORMAT_UCHAR);
	if (!raw)
		return -1;
	err = vips_copy(raw, &rgb, "interpretation", VIPS_INTERPRETATION_sRGB, NULL);
	g_object_unref(raw);
	if (err)
		return -1;
	if (to_size(rgb, side, FALSE, &im))
		return -1;
	return write_pixels(im, out);
}

char *vi_error(void) { return vips_error_buffer_copy(); }

void vi_free(void *p) { g_free(p); }
