/*
 * What limit and libvips have alike: for each line of standard input, which is the
 * name of a folder, all photos are optimised into it by as many threads as are
 * wanted, as 00.1024.webp, 00.512.webp, 00.128.webp, 01.1024.webp and so on. Then
 * a line is the answer.
 *
 *	PROGRAM THREADS PHOTO...
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "limit.h"

enum { MOST_THREADS = 64 };

const int sides[SIZES] = {1024, 512, 128};

void fail(const char *what, const char *name) {
	fprintf(stderr, "bench: %s: %s\n", name, what);
	exit(1);
}

void *allocate(size_t size) {
	void *memory = malloc(size);

	if (!memory)
		fail("out of memory", "allocate");
	return memory;
}

void write_file(const char *folder, int photo, const char *suffix, const void *data, size_t size) {
	char name[4096];

	snprintf(name, sizeof name, "%s/%02d.%s", folder, photo, suffix);
	FILE *file = fopen(name, "wb");
	if (!file || fwrite(data, 1, size, file) != size || fclose(file))
		fail("can't be written", name);
}

/* Round is what the threads of a round share. */
typedef struct {
	char **photos;
	int count;
	const char *folder;
	atomic_int next; /* the photo that nobody has begun */
} Round;

static void *work(void *argument) {
	Round *round = argument;

	for (int i; (i = atomic_fetch_add(&round->next, 1)) < round->count;) {
		const char *name = round->photos[i];
		struct stat about;
		int file = open(name, O_RDONLY);
		if (file < 0 || fstat(file, &about))
			fail("can't be read", name);
		void *data = mmap(NULL, about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
		if (data == MAP_FAILED)
			fail("can't be read", name);
		close(file);
		optimise(name, data, about.st_size, round->folder, i);
		munmap(data, about.st_size);
	}
	return NULL;
}

int main(int argc, char **argv) {
	pthread_t threads[MOST_THREADS];
	char folder[2048];
	int count = argc > 2 ? atoi(argv[1]) : 0;

	if (count < 1 || count > MOST_THREADS)
		fail("PROGRAM THREADS PHOTO...", "usage");
	prepare(argv[0]);
	while (fgets(folder, sizeof folder, stdin)) {
		folder[strcspn(folder, "\n")] = 0;
		Round round = {.photos = argv + 2, .count = argc - 2, .folder = folder};
		for (int i = 0; i < count; i++)
			if (pthread_create(&threads[i], NULL, work, &round))
				fail("can't be started", "thread");
		for (int i = 0; i < count; i++)
			pthread_join(threads[i], NULL);
		puts("done");
		fflush(stdout);
	}
	return 0;
}
