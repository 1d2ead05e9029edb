/*
 * Where the sinks for tests put what they got. It belongs to the test and outlives the graph; the
 * option `into` of collect, slow_sink and flaky_sink takes its `function`.
 *
 *     ozi_collected got;
 *     ozi_collected_init(&got, oz_alloc_default());
 *     ... a node "collect" with the setting {.name = "into", .function = &got.function} ...
 *     ozi_collected_print(&got, text, sizeof text);    "[the cat][sat]"
 *     ozi_collected_clear(&got);
 */
#ifndef OUZEL_CONNECTORS_COLLECTED_H
#define OUZEL_CONNECTORS_COLLECTED_H

#include "ouzel/op.h"

typedef struct ozi_collected {
    oz_function function;
    const oz_alloc *alloc;
    const oz_batch **batches; /* retained, in the order in which they came */
    size_t count;
    size_t capacity;
    int64_t rows;
    bool ended; /* the input has ended */
} ozi_collected;

/* `collected` must not move afterwards. */
void
ozi_collected_init(ozi_collected *collected, const oz_alloc *alloc);
/* Lets go of all batches; it may be used again. */
void
ozi_collected_clear(ozi_collected *collected);
/* All rows as text, "[...]" each, at most `capacity` bytes with a NUL; returns what was needed. */
size_t
ozi_collected_print(const ozi_collected *collected, char *buffer, size_t capacity);

/* For the sinks: what the function belongs to. INVALID when it is another function. */
oz_status
ozi_collected_of(const oz_function *function, ozi_collected **out, oz_error *error);
/* Retains rows [begin, end) of `batch`. NULL for `collected` is allowed: they are dropped. */
oz_status
ozi_collected_add(ozi_collected *collected, const oz_batch *batch, int64_t begin, int64_t end);

#endif
