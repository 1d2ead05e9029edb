/* Keys given back as a column: native when all are of one kind, else objects. */
#include "base/alloc.h"
#include "batch/bits.h"
#include "batch/builder.h"
#include "batch/column.h"
#include "batch/key.h"
#include "batch/rows.h"

/* The type that gives a key back exactly; ANY for NULL, OBJECT when there is none. */
static oz_type
type_of_key(const oz_key *key)
{
    oz_scalar scalar;
    return ozi_key_scalar(key, &scalar) ? ozi_type_of_scalar(scalar.kind) : OZ_OBJECT;
}

/* The type of all keys; ANY when all are NULL, OBJECT when they differ. */
static oz_type
common_type(const oz_key *keys, int64_t count, bool *nulls)
{
    oz_type common = OZ_ANY;
    *nulls = false;
    for (int64_t i = 0; i < count && common != OZ_OBJECT; i++) {
        oz_type type = type_of_key(&keys[i]);
        if (type == OZ_ANY) {
            *nulls = true;
        } else if (common == OZ_ANY) {
            common = type;
        } else if (type != common) {
            common = OZ_OBJECT;
        }
    }
    return common;
}

static void
store_all(ozi_column_draft *draft, const oz_key *keys)
{
    uint8_t *bits = ozi_column_draft_bits(draft);
    for (int64_t i = 0; i < draft->column.length; i++) {
        oz_scalar scalar = {.kind = OZ_SCALAR_NULL};
        (void)ozi_key_scalar(&keys[i], &scalar);
        ozi_column_draft_store(draft, i, &scalar);
        if (bits != NULL && ozi_key_kind_of(&keys[i]) != OZI_KEY_NULL) {
            ozi_bits_set(bits, i);
        }
    }
}

/* Views point into the keys themselves: the row data is the pin. */
static oz_status
pin_rows(ozi_pins *pins, const oz_rows *rows)
{
    pins->alloc = rows->alloc;
    oz_buffer *buffer = ozi_rows_as_buffer(rows);
    oz_status status = buffer == NULL ? OZ_NO_MEMORY : ozi_pins_add(pins, buffer);
    oz_buffer_release(&buffer);
    return status;
}

static oz_status
native_column(const oz_rows *rows, int64_t count, oz_type type, bool nulls, const oz_column **out)
{
    ozi_pins pins = {0};
    ozi_column_draft draft = {.column = {.type = type, .length = count, .alloc = rows->alloc}};
    oz_status status = ozi_column_draft_values(&draft, count, ozi_type_width(type));
    if (status == OZ_OK && nulls) {
        status = ozi_column_draft_validity(&draft, count);
    }
    if (status == OZ_OK && ozi_type_is_text(type)) {
        status = pin_rows(&pins, rows);
        draft.pins = &pins;
    }
    if (status == OZ_OK) {
        store_all(&draft, rows->keys);
    }
    status = ozi_column_seal_if(status, &draft, out);
    ozi_pins_clear(&pins);
    return status;
}

static oz_status
object_column(const oz_rows *rows, int64_t count, const oz_object_class *objects,
              const oz_column **out)
{
    if (objects == NULL) {
        return OZ_INVALID;
    }
    oz_object *array = oz_objects_new(rows->alloc, count);
    if (array == NULL) {
        return OZ_NO_MEMORY;
    }
    for (int64_t i = 0; i < count; i++) {
        oz_status status = ozi_key_object(&rows->keys[i], objects, &array[i]);
        if (status != OZ_OK) {
            if (i > 0) {
                objects->release_many(array, i);
            }
            oz_objects_free(rows->alloc, &array, count);
            return status;
        }
    }
    return oz_column_of_objects(rows->alloc, objects, &array, count, count, out);
}

static oz_status
column_of_keys(const oz_rows *rows, int64_t count, const oz_object_class *objects,
               const oz_column **out)
{
    bool nulls;
    objects = objects == NULL ? rows->objects : objects;
    oz_type type = common_type(rows->keys, count, &nulls);
    if (type == OZ_ANY && objects == NULL) {
        type = OZ_INT64;
    }
    if (type == OZ_ANY || type == OZ_OBJECT) {
        return object_column(rows, count, objects, out);
    }
    return native_column(rows, count, type, nulls, out);
}

oz_status
oz_rows_key_column(const oz_rows *rows, int64_t count, const oz_object_class *objects,
                   const oz_column **out)
{
    const oz_column *source = rows->key_column;
    if (source != NULL && source->length == count && source->type != OZ_OBJECT) {
        *out = oz_column_retain(source);
        return *out == NULL ? OZ_NO_MEMORY : OZ_OK;
    }
    const oz_rows *heap = NULL;
    OZ_TRY(ozi_rows_retain(rows, count, &heap));
    oz_status status = column_of_keys(heap, count, objects, out);
    oz_rows_release(&heap);
    return status;
}

oz_status
ozi_key_append(const oz_key *key, oz_builder *builder)
{
    oz_scalar scalar;
    if (ozi_key_scalar(key, &scalar)) {
        return oz_builder_append(builder, &scalar);
    }
    oz_object object = NULL;
    OZ_TRY(ozi_key_object(key, builder->objects, &object));
    return oz_builder_append_object(builder, &object);
}
