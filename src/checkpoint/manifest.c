#include "checkpoint/manifest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/crc.h"
#include "base/text.h"

enum { LINE_MAX_BYTES = OZI_STATE_NAME_MAX + 64, CRC_LINE_BYTES = 16 }; /* "crc32c 01234567\n" */

/* ---- printing -------------------------------------------------------------------------------- */

static void
print_chain(ozi_text *text, uint32_t worker, const ozi_chain *chain)
{
    for (uint32_t i = 0; i < chain->count; i++) {
        const ozi_state_file *file = &chain->files[i];
        ozi_text_format(text, "state %" PRIu32 " %s %" PRIu64 " %08" PRIx32 "\n", worker,
                        file->name, file->size, file->crc);
    }
}

size_t
ozi_manifest_print(const ozi_manifest *manifest, char *buffer, size_t room)
{
    ozi_text text;
    ozi_text_init(&text, buffer, room);
    ozi_text_format(&text, "ouzel manifest 2\njob %016" PRIx64 "\ngeneration %" PRIu64 "\n",
                    manifest->job, manifest->generation);
    ozi_text_format(&text, "epoch %" PRIu64 "\nseed %016" PRIx64 "\nended %d\n", manifest->epoch,
                    manifest->seed, manifest->ended);
    for (uint32_t i = 0; i < manifest->workers; i++) {
        print_chain(&text, i, &manifest->chains[i]);
    }
    ozi_text_format(&text, "crc32c %08" PRIx32 "\n", ozi_crc(0, buffer, text.size));
    return text.size;
}

/* ---- parsing --------------------------------------------------------------------------------- */

static oz_status
check_whole(const char *text, size_t size, oz_error *error)
{
    char last[CRC_LINE_BYTES + 1];
    if (size < CRC_LINE_BYTES || text[size - 1] != '\n') {
        return oz_error_set(error, OZ_CORRUPT, "it is cut off");
    }
    (void)snprintf(last, sizeof last, "crc32c %08" PRIx32 "\n",
                   ozi_crc(0, text, size - CRC_LINE_BYTES));
    if (memcmp(text + size - CRC_LINE_BYTES, last, CRC_LINE_BYTES) != 0) {
        return oz_error_set(error, OZ_CORRUPT, "its checksum is wrong: it was damaged or edited");
    }
    return OZ_OK;
}

/* The text from `*at` to the end of its line goes to `line`, which has LINE_MAX_BYTES. */
static bool
next_line(const char **at, const char *end, char *line)
{
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));
    size_t size = stop == NULL ? LINE_MAX_BYTES : (size_t)(stop - *at);
    if (size >= LINE_MAX_BYTES) {
        return false;
    }
    memcpy(line, *at, size);
    line[size] = '\0';
    *at = stop + 1;
    return true;
}

static bool
parse_file(const char *line, ozi_manifest *out)
{
    uint32_t worker;
    ozi_state_file file;
    _Static_assert(OZI_STATE_NAME_MAX == 64, "the width in the format below");
    bool is_good = sscanf(line, "state %" SCNu32 " %63s %" SCNu64 " %8" SCNx32, &worker, file.name,
                          &file.size, &file.crc) == 4 &&
                   strchr(file.name, '/') == NULL;
    if (!is_good || worker > out->workers || worker + 1 < out->workers ||
        worker >= OZI_WORKERS_MAX) {
        return false;
    }
    ozi_chain *chain = &out->chains[worker];
    if (chain->count == OZI_CHAIN_MAX) {
        return false;
    }
    chain->files[chain->count++] = file;
    out->workers = worker + 1;
    return true;
}

static bool
parse_lines(const char *text, const char *end, ozi_manifest *out)
{
    char line[LINE_MAX_BYTES];
    unsigned ended = 2;
    const char *const formats[] = {"job %16" SCNx64, "generation %" SCNu64, "epoch %" SCNu64,
                                   "seed %16" SCNx64};
    uint64_t *const numbers[] = {&out->job, &out->generation, &out->epoch, &out->seed};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (!next_line(&text, end, line) || sscanf(line, formats[i], numbers[i]) != 1) {
            return false;
        }
    }
    if (!next_line(&text, end, line) || sscanf(line, "ended %1u", &ended) != 1 || ended > 1) {
        return false;
    }
    out->ended = ended == 1;
    while (text < end) {
        if (!next_line(&text, end, line) || !parse_file(line, out)) {
            return false;
        }
    }
    return (out->epoch == 0) == (out->workers == 0);
}

oz_status
ozi_manifest_parse(const char *text, size_t size, ozi_manifest *out, oz_error *error)
{
    static const char first[] = "ouzel manifest 2\n";
    static const char any[] = "ouzel manifest ";
    memset(out, 0, sizeof *out);
    if (size < sizeof any - 1 || memcmp(text, any, sizeof any - 1) != 0) {
        return oz_error_set(error, OZ_CORRUPT, "it is no manifest of Ouzel");
    }
    if (size < sizeof first - 1 || memcmp(text, first, sizeof first - 1) != 0) {
        return oz_error_set(error, OZ_CORRUPT,
                            "it is of another version; this build reads version 2");
    }
    OZ_TRY(check_whole(text, size, error));
    if (!parse_lines(text + sizeof first - 1, text + size - CRC_LINE_BYTES, out)) {
        return oz_error_set(error, OZ_CORRUPT, "a line is not as this version writes it");
    }
    return OZ_OK;
}
