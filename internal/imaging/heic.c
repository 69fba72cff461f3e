#include "heic.h"

#include <glib.h>
#include <libavcodec/avcodec.h>
#include <string.h>

/* Decoder is the one of all tiles of a picture. */
typedef struct {
	AVCodecContext *hevc;
	AVPacket *packet;
	AVFrame *frame;
} Decoder;

static void close_decoder(Decoder *d) {
	avcodec_free_context(&d->hevc);
	av_packet_free(&d->packet);
	av_frame_free(&d->frame);
}

/* get_bounded_buffer refuses a picture of more than max_pixels as it is coded: the
 * decoder itself looks at what is left of it when it has been cropped. */
static int get_bounded_buffer(AVCodecContext *hevc, AVFrame *frame, int flags) {
	if ((int64_t)frame->width * frame->height > hevc->max_pixels)
		return AVERROR_INVALIDDATA;
	return avcodec_default_get_buffer2(hevc, frame, flags);
}

/* open_decoder readies the decoder for tiles of their size and no larger, to give
 * up at the least damage. What it has to say about it is of no interest. */
static int open_decoder(Decoder *d, const uint8_t *config, const ViTiles *picture) {
	int width = picture->tile_width, height = picture->tile_height;
	size_t len = picture->config.len;
	const AVCodec *codec = avcodec_find_decoder_by_name("hevc");

	av_log_set_level(AV_LOG_QUIET);
	d->packet = av_packet_alloc();
	d->frame = av_frame_alloc();
	d->hevc = codec ? avcodec_alloc_context3(codec) : NULL;
	if (!d->packet || !d->frame || !d->hevc)
		return -1;
	if (!(d->hevc->extradata = av_mallocz(len + AV_INPUT_BUFFER_PADDING_SIZE)))
		return -1;
	memcpy(d->hevc->extradata, config, len);
	d->hevc->extradata_size = (int)len;
	d->hevc->thread_count = 1;
	d->hevc->max_pixels = (int64_t)(width + 64) * (height + 64); /* it counts whole blocks */
	d->hevc->skip_loop_filter = picture->rough ? AVDISCARD_ALL : AVDISCARD_DEFAULT;
	d->hevc->get_buffer2 = get_bounded_buffer;
	d->hevc->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER | AV_EF_EXPLODE;
	d->hevc->flags = AV_CODEC_FLAG_UNALIGNED; /* or it may crop less than asked to */
	return avcodec_open2(d->hevc, codec, NULL);
}

/* decode_tile leaves the one picture of a tile in frame. */
static int decode_tile(Decoder *d, const uint8_t *data, size_t len) {
	AVFrame *frame = d->frame;
	int err = av_new_packet(d->packet, (int)len);

	if (err)
		return err;
	memcpy(d->packet->data, data, len);
	err = avcodec_send_packet(d->hevc, d->packet);
	av_packet_unref(d->packet);
	if (err || avcodec_send_packet(d->hevc, NULL) || avcodec_receive_frame(d->hevc, frame))
		return -1;
	return frame->decode_error_flags || frame->flags & AV_FRAME_FLAG_CORRUPT ? -1 : 0;
}

/* is_ordinary tells whether a tile is as phones make it, and as the others. A
 * matrix that isn't told is BT.601, to libheif, too. */
static int is_ordinary(const AVFrame *tile, const ViTiles *picture) {
	if (tile->width != picture->tile_width || tile->height != picture->tile_height)
		return 0;
	if (tile->format != AV_PIX_FMT_YUV420P && tile->format != AV_PIX_FMT_YUVJ420P)
		return 0;
	return picture->range >= 0 || tile->colorspace == AVCOL_SPC_UNSPECIFIED ||
		tile->colorspace == AVCOL_SPC_BT470BG || tile->colorspace == AVCOL_SPC_SMPTE170M;
}

/* lay_planes allocates the planes of the whole. */
static int lay_planes(const ViTiles *picture, ViPlane planes[3]) {
	int half_width = (picture->width + 1) / 2, half_height = (picture->height + 1) / 2;
	size_t light = (size_t)picture->width * picture->height, colour = (size_t)half_width * half_height;
	uint8_t *samples = g_try_malloc(light + 2 * colour);

	if (!samples)
		return -1;
	planes[0] = (ViPlane){samples, picture->width, picture->height, picture->width, picture->width, picture->height};
	for (int i = 1; i < 3; i++)
		planes[i] = (ViPlane){samples + light + (i - 1) * colour, half_width, half_height, half_width,
			picture->width / 2.0, picture->height / 2.0};
	return 0;
}

/* paste copies a plane of a tile to its place, as much as there is room for. */
static void paste(const uint8_t *tile, int stride, int width, int height, const ViPlane *to, int left, int top) {
	int columns = MIN(width, to->width - left), rows = MIN(height, to->height - top);

	for (int y = 0; y < rows; y++)
		memcpy(to->samples + (size_t)(top + y) * to->stride + left, tile + (ptrdiff_t)y * stride, columns);
}

/* paste_tile copies the tile in frame to its column and row. The sides of tiles
 * are even where there is more than one. */
static void paste_tile(const AVFrame *tile, const ViPlane planes[3], int column, int row) {
	for (int i = 0; i < 3; i++) {
		int coarse = i > 0, width = (tile->width + coarse) >> coarse, height = (tile->height + coarse) >> coarse;

		paste(tile->data[i], tile->linesize[i], width, height, &planes[i], column * width, row * height);
	}
}

static ViRange range_of(const AVFrame *tile) { return tile->color_range == AVCOL_RANGE_JPEG ? VI_FULL : VI_LIMITED; }

/* decode_tiles fills the planes. */
static int decode_tiles(Decoder *d, const uint8_t *buf, const ViTiles *picture, const ViSpan *tiles,
	ViPicture *out) {
	for (int i = 0; i < picture->columns * picture->rows; i++) {
		if (decode_tile(d, buf + tiles[i].start, tiles[i].len) || !is_ordinary(d->frame, picture))
			return -1;
		if (i == 0)
			out->range = picture->range < 0 ? range_of(d->frame) : (ViRange)picture->range;
		else if (picture->range < 0 && range_of(d->frame) != out->range)
			return -1;
		paste_tile(d->frame, out->planes, i % picture->columns, i / picture->columns);
		if (avcodec_receive_frame(d->hevc, d->frame) != AVERROR_EOF) /* a tile is one picture */
			return -1;
		avcodec_flush_buffers(d->hevc);
	}
	return 0;
}

int vi_heic_planes(const void *buf, const ViTiles *picture, const ViSpan *tiles, ViPicture *out) {
	Decoder d = {0};
	const uint8_t *config = (const uint8_t *)buf + picture->config.start;
	int err = open_decoder(&d, config, picture);

	if (!err)
		err = lay_planes(picture, out->planes);
	out->n = 3;
	if (!err && (err = decode_tiles(&d, buf, picture, tiles, out)))
		g_free(out->planes[0].samples);
	close_decoder(&d);
	return err ? -1 : 0;
}
