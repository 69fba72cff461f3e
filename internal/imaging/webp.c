#include <stdint.h>
#include <vips/vips.h>
#include <webp/encode.h>

#include "planes.h"
#include "vips.h"

/* start_webp readies both for a picture of that size. */
static int start_webp(WebPConfig *config, WebPPicture *picture, int width, int height, int quality, int effort) {
	vips_error_clear();
	if (!WebPConfigPreset(config, WEBP_PRESET_DEFAULT, (float)quality) || !WebPPictureInit(picture)) {
		vips_error("webp", "libwebp doesn't match its headers");
		return -1;
	}
	config->method = effort;
	picture->width = width;
	picture->height = height;
	return 0;
}

/* finish_webp encodes, if the picture was filled, and frees it. */
static int finish_webp(const WebPConfig *config, WebPPicture *picture, int filled, void **out, size_t *out_len) {
	WebPMemoryWriter writer;
	int ok;

	picture->writer = WebPMemoryWrite;
	picture->custom_ptr = &writer;
	WebPMemoryWriterInit(&writer);
	ok = filled && WebPEncode(config, picture);
	if (!ok)
		vips_error("webp", picture->error_code == VP8_ENC_ERROR_OUT_OF_MEMORY ? "out of memory" : "encoder error %d",
			picture->error_code);
	else
		*out = g_memdup2(writer.mem, writer.size);
	*out_len = writer.size;
	WebPPictureFree(picture);
	WebPMemoryWriterClear(&writer);
	return ok ? 0 : -1;
}

int vi_webp(const void *data, int width, int height, int bands, int quality, int effort,
	void **out, size_t *out_len) {
	WebPConfig config;
	WebPPicture picture;
	int stride = width * bands;
	int filled;

	if (start_webp(&config, &picture, width, height, quality, effort))
		return -1;
	filled = bands == 4 ? WebPPictureImportRGBA(&picture, data, stride)
	                    : WebPPictureImportRGB(&picture, data, stride);
	return finish_webp(&config, &picture, filled, out, out_len);
}

int vi_webp_planes(const void *planes, int width, int height, int quality, int effort, void **out, size_t *out_len) {
	WebPConfig config;
	WebPPicture picture;

	if (start_webp(&config, &picture, width, height, quality, effort))
		return -1;
	/* It only looks at them, and doesn't free what it hasn't allocated. */
	picture.colorspace = WEBP_YUV420;
	picture.y_stride = width;
	picture.uv_stride = (width + 1) / 2;
	picture.y = (uint8_t *)planes;
	picture.u = picture.y + (size_t)width * height;
	picture.v = picture.u + (size_t)picture.uv_stride * ((height + 1) / 2);
	return finish_webp(&config, &picture, 1, out, out_len);
}
