/*
 * libvips is what its name says, without anything around it: each photo is decoded
 * once and shrunk while that is done; the smaller variants are made of the larger
 * ones. See rounds.c for what it reads and answers.
 */
#include <stdio.h>

#include <vips/vips.h>

#include "limit.h"

void prepare(const char *program) {
	if (VIPS_INIT(program))
		fail(vips_error_buffer(), program);
	vips_concurrency_set(1); /* the threads have a photo each */
	vips_cache_set_max(0);
}

void optimise(const char *name, const uint8_t *data, size_t size, const char *folder, int photo) {
	VipsImage *picture = NULL, *smaller, *kept = NULL;
	char suffix[16];
	size_t encoded;
	void *webp;

	for (int i = 0; i < SIZES; i++) {
		int failed = picture ?
			vips_thumbnail_image(picture, &smaller, sides[i], "height", sides[i], "size", VIPS_SIZE_DOWN, NULL) :
			vips_thumbnail_buffer((void *)data, size, &smaller, sides[i], "height", sides[i], "size", VIPS_SIZE_DOWN, NULL);
		if (failed || !(kept = vips_image_copy_memory(smaller)))
			fail(vips_error_buffer(), name);
		g_object_unref(smaller);
		g_clear_object(&picture);
		picture = kept;
		if (vips_webpsave_buffer(picture, &webp, &encoded, "Q", QUALITY, "effort", EFFORT, "strip", TRUE, NULL))
			fail(vips_error_buffer(), name);
		snprintf(suffix, sizeof suffix, "%d.webp", sides[i]);
		write_file(folder, photo, suffix, webp, encoded);
		g_free(webp);
	}
	g_object_unref(picture);
}
