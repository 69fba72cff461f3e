/* What the files of the programs limit and libvips share. */
#include <stddef.h>
#include <stdint.h>

/* Plane is the brightness of a picture, or one of its two differences of colour. */
typedef struct {
	uint8_t *samples;
	int width, height, stride;
} Plane;

/* Range maps samples to those of another range: times factor, plus offset. */
typedef struct {
	float factor, offset;
} Range;

/* BLURHASH_LENGTH is that of a hash with 4 by 3 components. */
enum { BLURHASH_LENGTH = 28 };

/* How the variants are encoded, and how many there are of a photo. */
enum { QUALITY = 80, EFFORT = 2, SIZES = 3 };

/* sides are their longest sides, px. */
extern const int sides[SIZES];

/* prepare is called once, and optimise for each photo by any thread: the file of
 * that name holds data, and the variants go to the folder. Each program has its
 * own of both. */
void prepare(const char *program);
void optimise(const char *name, const uint8_t *data, size_t size, const char *folder, int photo);

/* write_file writes FOLDER/PHOTO.SUFFIX. */
void write_file(const char *folder, int photo, const char *suffix, const void *data, size_t size);

/* fail ends the program. */
void fail(const char *what, const char *name);

/* allocate is malloc that can't return NULL. */
void *allocate(size_t size);

/* shrink fills a plane with a larger one (Lanczos, three lobes). */
void shrink(const Plane *from, const Plane *to, Range range);

/* prepare_blurhash is called before the first blurhash. */
void prepare_blurhash(void);

/* blurhash gives the hash of a small picture in WebP's YUV, with a 0 at its end. */
void blurhash(const Plane planes[3], char hash[BLURHASH_LENGTH + 1]);
