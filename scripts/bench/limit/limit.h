/* What the files of the program limit share, see limit.c. */
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
