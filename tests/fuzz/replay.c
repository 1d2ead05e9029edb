/*
 * Reads the files of a corpus once more: the main of a fuzz target where there is no libFuzzer.
 *
 *     replay-fuzz_lines tests/fuzz/corpus/fuzz_lines
 */
#include <stdio.h>
#include <stdlib.h>

#include "ouzel/io.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1 << 20 };

/* Each input lies in memory of its own size, so that a sanitizer sees the first byte beyond. */
static oz_status
replay(void *context, const char *path)
{
    static uint8_t bytes[INPUT_MAX];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return OZ_IO;
    }
    size_t size = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    uint8_t *copy = malloc(size == 0 ? 1 : size);
    if (copy == NULL) {
        return OZ_NO_MEMORY;
    }
    for (size_t i = 0; i < size; i++) {
        copy[i] = bytes[i];
    }
    (void)LLVMFuzzerTestOneInput(copy, size);
    free(copy);
    ++*(int *)context;
    return OZ_OK;
}

int
main(int argc, char **argv)
{
    const oz_io *io = oz_io_system();
    int count = 0;
    for (int i = 1; i < argc; i++) {
        char pattern[1024];
        (void)snprintf(pattern, sizeof pattern, "%s/*", argv[i]);
        if (io->glob(io->self, pattern, replay, &count) < 0) {
            (void)fprintf(stderr, "replay: cannot read %s\n", argv[i]);
            return 1;
        }
    }
    (void)printf("%d inputs\n", count);
    return count > 0 ? 0 : 1;
}
