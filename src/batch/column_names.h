/* The names of columns and fields, copied into the block of the batch or column that has them. */
#ifndef OUZEL_BATCH_COLUMN_NAMES_H
#define OUZEL_BATCH_COLUMN_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes that the text of `count` names takes. */
static inline size_t
ozi_column_names_bytes(const char *const *names, uint32_t count)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        bytes += strlen(names[i]) + 1;
    }
    return bytes;
}

/* Copies `count` names: their text to `text`, pointers to it into `list`. */
static inline void
ozi_column_names_copy(char **list, char *text, const char *const *names, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        size_t size = strlen(names[i]) + 1;
        list[i] = memcpy(text, names[i], size);
        text += size;
    }
}

/* Are both lists NULL, or both the same names? */
static inline bool
ozi_column_names_equal(const char *const *left, const char *const *right, uint32_t count)
{
    if (left == NULL || right == NULL) {
        return left == right;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(left[i], right[i]) != 0) {
            return false;
        }
    }
    return true;
}

#endif
