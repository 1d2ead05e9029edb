/* Files of a test: made in the folder that TMPDIR names, under a name of their own, and removed. */
#ifndef OUZEL_TESTS_SCRATCH_H
#define OUZEL_TESTS_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ouzel/io.h"

typedef struct scratch {
    char prefix[200]; /* all files of the test begin so */
} scratch;

enum { SCRATCH_PATHS = 8 };
static char scratch_paths[SCRATCH_PATHS][256];
static unsigned scratch_next;

static inline void
scratch_init(scratch *files)
{
    const char *folder = getenv("TMPDIR");
    const oz_io *io = oz_io_system();
    memset(files, 0, sizeof *files);
    (void)snprintf(files->prefix, sizeof files->prefix, "%s/ouzel-%016llx-",
                   folder == NULL ? "/tmp" : folder, (unsigned long long)io->random(io->self));
}

/* The path of a file of the test; valid until seven more were asked for. */
static inline const char *
scratch_path(scratch *files, const char *name)
{
    char *path = scratch_paths[scratch_next++ % SCRATCH_PATHS];
    (void)snprintf(path, sizeof scratch_paths[0], "%.190s%.60s", files->prefix, name);
    return path;
}

static inline const char *
scratch_write(scratch *files, const char *name, const char *data, size_t size)
{
    const char *path = scratch_path(files, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* What is in the file, ended by a NUL; to be freed. */
static inline char *
scratch_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *data = calloc(1, 1 << 20);
    assert_non_null(data);
    size_t size = fread(data, 1, (1 << 20) - 1, file);
    assert_true(size < (1 << 20) - 1);
    assert_int_equal(fclose(file), 0);
    return data;
}

static inline oz_status
scratch_remove(void *context, const char *path)
{
    (void)context;
    (void)remove(path);
    return OZ_OK;
}

static inline void
scratch_clear(scratch *files)
{
    char pattern[208];
    const oz_io *io = oz_io_system();
    (void)snprintf(pattern, sizeof pattern, "%s*", files->prefix);
    (void)io->glob(io->self, pattern, scratch_remove, NULL);
}

#endif
