/* The builder's struct, shared by builder.c (appending) and builder_type.c (changing type). */
#ifndef OUZEL_BATCH_BUILDER_H
#define OUZEL_BATCH_BUILDER_H

#include "batch/pins.h"
#include "ouzel/batch.h"

struct oz_builder {
    const oz_alloc *alloc;
    const oz_object_class *objects;
    oz_type declared; /* what it was made for */
    oz_type type;     /* what it holds now: ANY until a value came */
    int64_t length;
    int64_t capacity;
    int64_t wanted;    /* rows to make room for at first */
    void *values;      /* an array of oz_values_new, or NULL */
    uint8_t *validity; /* the data of an ARRAY buffer with room for `capacity` bits, or NULL */
    ozi_pins pins;
    oz_buffer *text; /* where copies of strings go; what was written stays as it is */
    size_t text_used;
};

/*
 * Makes the builder ready for one more value of `type`: room for it, and a type that can hold it.
 * That is OBJECT afterwards when the value has to be boxed. INVALID when it does not fit.
 */
oz_status
ozi_builder_prepare(oz_builder *builder, oz_type type);

/* At least `rows` rows in all; the builder has a type. */
oz_status
ozi_builder_grow(oz_builder *builder, int64_t rows);

/* The usual case of it, in line. */
static inline oz_status
ozi_builder_ready(oz_builder *builder, oz_type type)
{
    return builder->type == type && builder->length < builder->capacity
               ? OZ_OK
               : ozi_builder_prepare(builder, type);
}

/* Starts a bitmap with room for all rows and one more; the first `valid` have a value. */
oz_status
ozi_builder_open_validity(oz_builder *builder, int64_t valid);

/* Makes sure that there is a type and an array, though no value may have come. */
oz_status
ozi_builder_settle(oz_builder *builder);

/* Frees the arrays, not what is in them. */
void
ozi_builder_drop_arrays(oz_builder *builder);

#endif
