/* What sinks for tests got: see collected.h. */
#include "connectors/collected.h"

#include "base/alloc.h"

/* Marks the function as one of these; it is not for calling. */
static oz_status
not_called(void *self, oz_call *call, oz_error *error)
{
    (void)self;
    (void)call;
    return oz_error_set(error, OZ_UNSUPPORTED, "this function only names where rows are collected");
}

static void
nothing_to_destroy(oz_function *function)
{
    (void)function;
}

void
ozi_collected_init(ozi_collected *collected, const oz_alloc *alloc)
{
    *collected = (ozi_collected){.alloc = alloc,
                                 .function = {.references = 1,
                                              .name = "collected",
                                              .call = not_called,
                                              .destroy = nothing_to_destroy,
                                              .self = collected}};
}

void
ozi_collected_clear(ozi_collected *collected)
{
    for (size_t i = 0; i < collected->count; i++) {
        oz_batch_release(&collected->batches[i]);
    }
    ozi_alloc_free(collected->alloc, collected->batches,
                   collected->capacity * sizeof *collected->batches);
    collected->batches = NULL;
    collected->count = collected->capacity = 0;
    collected->rows = 0;
    collected->ended = false;
}

oz_status
ozi_collected_of(const oz_function *function, ozi_collected **out, oz_error *error)
{
    *out = NULL;
    if (function == NULL) {
        return OZ_OK;
    }
    if (function->call != not_called) {
        return oz_error_set(error, OZ_INVALID,
                            "into: only ozi_collected_init makes such a function");
    }
    *out = function->self;
    return OZ_OK;
}

oz_status
ozi_collected_add(ozi_collected *collected, const oz_batch *batch, int64_t begin, int64_t end)
{
    if (collected == NULL || begin == end) {
        return OZ_OK;
    }
    if (collected->count == collected->capacity) {
        size_t capacity = collected->capacity == 0 ? 16 : collected->capacity * 2;
        const oz_batch **grown =
            ozi_alloc_resize(collected->alloc, (void *)collected->batches,
                             collected->capacity * sizeof *grown, capacity * sizeof *grown);
        if (grown == NULL) {
            return OZ_NO_MEMORY;
        }
        collected->batches = grown;
        collected->capacity = capacity;
    }
    const oz_batch *kept = NULL;
    OZ_TRY(oz_batch_slice(batch, begin, end, &kept));
    collected->batches[collected->count++] = kept;
    collected->rows += end - begin;
    return OZ_OK;
}

size_t
ozi_collected_print(const ozi_collected *collected, char *buffer, size_t capacity)
{
    size_t size = 0;
    for (size_t i = 0; i < collected->count; i++) {
        for (int64_t row = 0; row < collected->batches[i]->row_count; row++) {
            char text[256];
            size_t needed = oz_batch_print_row(collected->batches[i], row, text, sizeof text);
            needed = needed < sizeof text ? needed : sizeof text - 1;
            if (size + needed + 3 <= capacity) {
                buffer[size] = '[';
                memcpy(buffer + size + 1, text, needed);
                buffer[size + needed + 1] = ']';
                buffer[size + needed + 2] = '\0';
            }
            size += needed + 2;
        }
    }
    if (size == 0 && capacity > 0) {
        buffer[0] = '\0';
    }
    return size;
}
