/* Columns of objects in packed streams: tuples of plain values as columns, others as pickles. */
#include "batch/column.h"
#include "batch/packed.h"

/* How the objects of a column are written. */
enum {
    OBJECTS_ENCODED, /* by their class */
    OBJECTS_TUPLES,  /* tuples of so many items, each position a native column */
};

enum { TUPLE_MAX = 16 };

/* ---- out ------------------------------------------------------------------------------------- */

/* How many items all of them have; 0 when they are not tuples of one length, or too long. */
static uint32_t
arity_of(const oz_column *column)
{
    const oz_object_class *class = column->objects;
    const oz_object *objects = column->values;
    const oz_object *items;
    if (class == NULL || class->open_tuple == NULL || column->length == 0) {
        return 0;
    }
    uint32_t arity = objects[0] == NULL ? 0 : class->open_tuple(objects[0], &items);
    for (int64_t row = 1; row < column->length && arity > 0; row++) {
        bool is_same = objects[row] != NULL && class->open_tuple(objects[row], &items) == arity;
        arity = is_same ? arity : 0;
    }
    return arity <= TUPLE_MAX ? arity : 0;
}

/* The items at one position as a native column; one of objects when they are not alike. */
static oz_status
position_of(const oz_alloc *alloc, const oz_column *column, uint32_t at, const oz_column **out)
{
    const oz_object_class *class = column->objects;
    const oz_object *objects = column->values;
    const oz_column *items = NULL;
    oz_object *array = oz_objects_new(alloc, column->length);
    if (array == NULL) {
        return OZ_NO_MEMORY;
    }
    for (int64_t row = 0; row < column->length; row++) {
        const oz_object *tuple;
        (void)class->open_tuple(objects[row], &tuple);
        array[row] = class->retain(tuple[at]);
    }
    OZ_TRY(oz_column_of_objects(alloc, class, &array, column->length, column->length, &items));
    oz_status status = oz_column_to_native(items, out);
    oz_column_release(&items);
    return status;
}

static void
release_all(const oz_column **columns, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        oz_column_release(&columns[i]);
    }
}

/* False, and nothing is written, when they are not such tuples. */
static bool
pack_tuples(ozi_pack *pack, const oz_column *column)
{
    const oz_column *columns[TUPLE_MAX];
    uint32_t arity = arity_of(column);
    uint32_t made = 0;
    bool are_native = arity > 0;
    while (made < arity && are_native) {
        columns[made] = NULL;
        oz_status status = position_of(pack->alloc, column, made, &columns[made]);
        ozi_pack_fail(pack, status);
        are_native = status == OZ_OK && columns[made]->type != OZ_OBJECT;
        made++;
    }
    if (are_native) {
        ozi_pack_u8(pack, OBJECTS_TUPLES);
        ozi_pack_u32(pack, arity);
        for (uint32_t i = 0; i < arity; i++) {
            ozi_pack_column(pack, columns[i]);
        }
    }
    release_all(columns, made);
    return are_native;
}

void
ozi_pack_object_column(ozi_pack *pack, const oz_column *column)
{
    if (!pack_tuples(pack, column) && pack->status == OZ_OK) {
        ozi_pack_u8(pack, OBJECTS_ENCODED);
        ozi_pack_objects(pack, column->objects, column->values, column->length);
    }
}

/* ---- in -------------------------------------------------------------------------------------- */

static oz_status
make_tuples(const oz_object_class *class, const oz_column *const *columns, uint32_t arity,
            oz_object *objects, int64_t length)
{
    oz_scalar items[TUPLE_MAX];
    for (int64_t row = 0; row < length; row++) {
        oz_status status = OZ_OK;
        for (uint32_t i = 0; i < arity && status == OZ_OK; i++) {
            status = oz_column_scalar(columns[i], row, &items[i]);
        }
        if (status == OZ_OK) {
            status = class->box_row(items, NULL, arity, &objects[row]);
        }
        if (status != OZ_OK) {
            class->release_many(objects, row);
            return status;
        }
    }
    return OZ_OK;
}

static void
unpack_tuples(ozi_unpack *unpack, const oz_object_class *class, oz_object *objects, int64_t length)
{
    const oz_column *columns[TUPLE_MAX] = {NULL};
    uint32_t arity = ozi_unpack_u32(unpack);
    if (arity == 0 || arity > TUPLE_MAX || class == NULL || class->box_row == NULL) {
        ozi_unpack_fail(unpack, OZ_CORRUPT);
        return;
    }
    for (uint32_t i = 0; i < arity && unpack->status == OZ_OK; i++) {
        columns[i] = ozi_unpack_column(unpack, class);
        if (columns[i] != NULL && columns[i]->length != length) {
            ozi_unpack_fail(unpack, OZ_CORRUPT);
        }
    }
    if (unpack->status == OZ_OK) {
        ozi_unpack_fail(unpack, make_tuples(class, columns, arity, objects, length));
    }
    release_all(columns, arity);
}

void
ozi_unpack_object_column(ozi_unpack *unpack, const oz_object_class *class, oz_object *objects,
                         int64_t length)
{
    switch (ozi_unpack_u8(unpack)) {
    case OBJECTS_ENCODED:
        ozi_unpack_objects(unpack, class, objects, length);
        return;
    case OBJECTS_TUPLES:
        unpack_tuples(unpack, class, objects, length);
        return;
    default:
        ozi_unpack_fail(unpack, OZ_CORRUPT);
    }
}
