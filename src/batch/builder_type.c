/*
 * How a builder gets its type. One that was made for ANY takes that of its first value; NULLs that
 * came before are only counted. A value that does not fit turns what is there into objects.
 */
#include "base/alloc.h"
#include "batch/bits.h"
#include "batch/buffer.h"
#include "batch/builder.h"
#include "batch/column.h"

enum { ROWS_MIN = 16 };

static oz_status
grow_validity(oz_builder *builder, int64_t capacity)
{
    oz_buffer *buffer = ozi_buffer_of(builder->validity);
    size_t old = buffer->size;
    size_t bytes = ozi_bits_bytes(capacity);
    if (bytes <= old) {
        return OZ_OK;
    }
    OZ_TRY(ozi_buffer_resize(&buffer, bytes));
    builder->validity = (uint8_t *)buffer->data;
    memset(builder->validity + old, 0, bytes - old);
    return OZ_OK;
}

/* The first room for values. */
static int64_t
first_capacity(const oz_builder *builder, int64_t rows)
{
    int64_t capacity = rows < ROWS_MIN ? ROWS_MIN : rows;
    return capacity < builder->wanted ? builder->wanted : capacity;
}

/* Rows that are there already are NULLs: their values are zero. */
static oz_status
open_values(oz_builder *builder, int64_t rows)
{
    int64_t capacity = first_capacity(builder, rows);
    builder->values = oz_values_new(builder->alloc, builder->type, capacity);
    if (builder->values == NULL) {
        return OZ_NO_MEMORY;
    }
    builder->capacity = capacity;
    memset(builder->values, 0, (size_t)builder->length * ozi_type_width(builder->type));
    return OZ_OK;
}

oz_status
ozi_builder_grow(oz_builder *builder, int64_t rows)
{
    if (builder->values == NULL) {
        OZ_TRY(open_values(builder, rows));
    }
    int64_t capacity = builder->capacity;
    OZ_TRY(ozi_values_grow(&builder->values, builder->type, &capacity, rows));
    if (builder->validity != NULL) {
        OZ_TRY(grow_validity(builder, capacity));
    }
    builder->capacity = capacity;
    return OZ_OK;
}

oz_status
ozi_builder_open_validity(oz_builder *builder, int64_t valid)
{
    oz_buffer *buffer =
        ozi_buffer_array(builder->alloc, (int64_t)ozi_bits_bytes(builder->capacity), 1);
    if (buffer == NULL) {
        return OZ_NO_MEMORY;
    }
    builder->validity = (uint8_t *)buffer->data;
    memset(builder->validity, 0, buffer->size);
    ozi_bits_append(builder->validity, 0, NULL, valid);
    return OZ_OK;
}

void
ozi_builder_drop_arrays(oz_builder *builder)
{
    void *validity = builder->validity;
    oz_values_free(&builder->values);
    oz_values_free(&validity);
    builder->validity = NULL;
    builder->capacity = 0;
}

static oz_status
box_row(oz_builder *builder, int64_t row, oz_object *out)
{
    oz_scalar scalar = {.kind = OZ_SCALAR_NULL};
    if (builder->type != OZ_ANY &&
        (builder->validity == NULL || ozi_bits_get(builder->validity, row))) {
        oz_column column = {.type = builder->type, .values = builder->values};
        ozi_column_value(&column, row, &scalar);
    }
    return builder->objects->box(&scalar, out);
}

/* Boxes all that is there. What it was before stays when a box fails. */
static oz_status
become_objects(oz_builder *builder)
{
    int64_t capacity = first_capacity(builder, builder->length + 1);
    oz_object *boxed = oz_objects_new(builder->alloc, capacity);
    if (boxed == NULL) {
        return OZ_NO_MEMORY;
    }
    for (int64_t row = 0; row < builder->length; row++) {
        oz_status status = box_row(builder, row, &boxed[row]);
        if (status != OZ_OK) {
            if (row > 0) {
                builder->objects->release_many(boxed, row);
            }
            oz_objects_free(builder->alloc, &boxed, capacity);
            return status;
        }
    }
    ozi_builder_drop_arrays(builder);
    ozi_pins_clear(&builder->pins); /* the strings were copied into the objects */
    builder->values = boxed;
    builder->capacity = capacity;
    builder->type = OZ_OBJECT;
    return OZ_OK;
}

/* Gives a builder of ANY the type of its first value, or of none. */
static oz_status
choose_type(oz_builder *builder, oz_type type)
{
    if (type == OZ_OBJECT) {
        return become_objects(builder);
    }
    builder->type = type;
    oz_status status = open_values(builder, builder->length + 1);
    if (status == OZ_OK && builder->length > 0) {
        status = ozi_builder_open_validity(builder, 0);
    }
    if (status != OZ_OK) {
        ozi_builder_drop_arrays(builder);
        builder->type = OZ_ANY;
    }
    return status;
}

/* Lists and structs are not built value by value. */
static bool
is_flat(oz_type type)
{
    return type != OZ_LIST && type != OZ_STRUCT;
}

oz_status
ozi_builder_prepare(oz_builder *builder, oz_type type)
{
    if (!is_flat(type) || (type == OZ_OBJECT && builder->objects == NULL)) {
        return OZ_INVALID;
    }
    if (builder->type == OZ_ANY) {
        OZ_TRY(choose_type(builder, type));
    } else if (builder->type != type && builder->type != OZ_OBJECT) {
        if (builder->declared != OZ_ANY || builder->objects == NULL) {
            return OZ_INVALID;
        }
        OZ_TRY(become_objects(builder));
    }
    return builder->length < builder->capacity ? OZ_OK
                                               : ozi_builder_grow(builder, builder->length + 1);
}

oz_status
ozi_builder_settle(oz_builder *builder)
{
    if (!is_flat(builder->type)) {
        return OZ_INVALID;
    }
    if (builder->type == OZ_ANY) {
        return choose_type(builder, builder->objects != NULL ? OZ_OBJECT : OZ_INT64);
    }
    return builder->values != NULL ? OZ_OK : open_values(builder, 0);
}
