/* Columns, row data and batches in packed streams. Drawn in packed.h. */
#include "batch/packed.h"

#include "batch/batch.h"
#include "batch/bits.h"
#include "batch/buffer.h"
#include "batch/column.h"
#include "batch/rows.h"

enum { NAME_MAX_BYTES = 1 << 20, FIELDS_MAX = 1 << 16, NESTED_MAX = 64 };
static const uint64_t length_max = INT32_MAX; /* rows of a batch: take has indices of 32 bits */

/* ---- names ----------------------------------------------------------------------------------- */

static void
pack_names(ozi_pack *pack, const char *const *names, uint32_t count)
{
    ozi_pack_u8(pack, names != NULL);
    for (uint32_t i = 0; names != NULL && i < count; i++) {
        ozi_pack_string(pack, names[i]);
    }
}

static void
free_names(const oz_alloc *alloc, char **names, uint32_t count)
{
    for (uint32_t i = 0; names != NULL && i < count; i++) {
        ozi_alloc_free(alloc, names[i], names[i] == NULL ? 0 : strlen(names[i]) + 1);
    }
    ozi_alloc_free(alloc, names, count * sizeof *names);
}

/* NULL when there are none, and after a failure. */
static char **
unpack_names(ozi_unpack *unpack, uint32_t count)
{
    if (ozi_unpack_u8(unpack) == 0) {
        return NULL;
    }
    char **names = ozi_alloc_zero(unpack->alloc, count * sizeof *names);
    if (names == NULL) {
        ozi_unpack_fail(unpack, OZ_NO_MEMORY);
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        names[i] = ozi_unpack_string(unpack, NAME_MAX_BYTES, NULL);
    }
    return names;
}

/* ---- columns, out ---------------------------------------------------------------------------- */

static void
pack_text(ozi_pack *pack, const oz_column *column)
{
    const oz_view *views = column->values;
    for (int64_t i = 0; i < column->length; i++) {
        ozi_pack_u32(pack, oz_column_is_null(column, i) ? 0 : views[i].size);
    }
    for (int64_t i = 0; i < column->length; i++) {
        if (!oz_column_is_null(column, i)) {
            ozi_pack_bytes(pack, views[i].data, views[i].size);
        }
    }
}

/* Only the part of the child that these rows have. */
static void
pack_list(ozi_pack *pack, const oz_column *column)
{
    const int64_t *offsets = column->values;
    const oz_column *part = NULL;
    for (int64_t i = 0; i <= column->length; i++) {
        ozi_pack_i64(pack, offsets[i] - offsets[0]);
    }
    ozi_pack_fail(pack,
                  oz_column_slice(column->children[0], offsets[0], offsets[column->length], &part));
    if (part != NULL) {
        ozi_pack_column(pack, part);
    }
    oz_column_release(&part);
}

static void
pack_fields(ozi_pack *pack, const oz_column *column)
{
    ozi_pack_u32(pack, column->child_count);
    pack_names(pack, column->child_names, column->child_count);
    for (uint32_t i = 0; i < column->child_count; i++) {
        ozi_pack_column(pack, column->children[i]);
    }
}

static void
pack_as_it_is(ozi_pack *pack, const oz_column *column)
{
    ozi_pack_u8(pack, (uint8_t)column->type);
    ozi_pack_u8(pack, column->validity != NULL);
    ozi_pack_i64(pack, column->length);
    if (column->validity != NULL) {
        ozi_pack_bytes(pack, column->validity, ozi_bits_bytes(column->length));
    }
    switch (column->type) {
    case OZ_STRING:
    case OZ_BYTES:
        pack_text(pack, column);
        return;
    case OZ_LIST:
        pack_list(pack, column);
        return;
    case OZ_STRUCT:
        pack_fields(pack, column);
        return;
    case OZ_OBJECT:
        ozi_pack_object_column(pack, column);
        return;
    default:
        ozi_pack_bytes(pack, column->values, (size_t)column->length * ozi_type_width(column->type));
        return;
    }
}

/* Objects that are all of one native type are written, and come back, as a column of it. */
void
ozi_pack_column(ozi_pack *pack, const oz_column *column)
{
    const oz_column *native = NULL;
    if (column->type == OZ_OBJECT && column->validity == NULL) {
        ozi_pack_fail(pack, oz_column_to_native(column, &native));
    }
    pack_as_it_is(pack, native != NULL ? native : column);
    oz_column_release(&native);
}

/* ---- columns, in ----------------------------------------------------------------------------- */

/* What is unpacked at present: how deep columns lie in one another. */
typedef struct reader {
    ozi_unpack *from;
    const oz_object_class *objects;
    uint32_t depth;
} reader;

static const oz_column *
unpack_column(reader *in);

static oz_status
read_values(reader *in, ozi_column_draft *draft)
{
    size_t width = ozi_type_width(draft->column.type);
    OZ_TRY(ozi_column_draft_values(draft, draft->column.length, width));
    ozi_unpack_bytes(in->from, ozi_column_draft_array(draft), (size_t)draft->column.length * width);
    return in->from->status;
}

/* Sizes first, so that all text lies in one buffer. */
static oz_status
read_text(reader *in, ozi_column_draft *draft, ozi_pins *pins)
{
    int64_t length = draft->column.length;
    size_t total = 0;
    OZ_TRY(ozi_column_draft_values(draft, length, sizeof(oz_view)));
    oz_view *views = ozi_column_draft_array(draft);
    for (int64_t i = 0; i < length; i++) {
        views[i] = (oz_view){.size = ozi_unpack_u32(in->from)};
        total += views[i].size;
    }
    OZ_TRY(in->from->status);
    oz_buffer *text = oz_buffer_new(in->from->alloc, total);
    if (text == NULL) {
        return OZ_NO_MEMORY;
    }
    char *data = oz_buffer_data(text);
    ozi_unpack_bytes(in->from, data, total);
    for (int64_t i = 0; i < length; i++) {
        views[i].data = data;
        data += views[i].size;
    }
    oz_status status = ozi_pins_add(pins, text);
    oz_buffer_release(&text);
    return status == OZ_OK ? in->from->status : status;
}

/* `*child` is the draft's, which releases it. */
static oz_status
read_list(reader *in, ozi_column_draft *draft, const oz_column **child)
{
    int64_t length = draft->column.length;
    OZ_TRY(ozi_column_draft_values(draft, length + 1, sizeof(int64_t)));
    int64_t *offsets = ozi_column_draft_array(draft);
    ozi_unpack_bytes(in->from, offsets, ((size_t)length + 1) * sizeof *offsets);
    for (int64_t i = 0; i <= length; i++) {
        if (offsets[i] < (i == 0 ? 0 : offsets[i - 1])) {
            ozi_unpack_fail(in->from, OZ_CORRUPT);
        }
    }
    *child = unpack_column(in);
    if (*child != NULL) {
        draft->children = child;
        draft->column.child_count = 1;
        if ((*child)->length < offsets[length]) {
            ozi_unpack_fail(in->from, OZ_CORRUPT);
        }
    }
    return in->from->status;
}

static oz_status
read_objects(reader *in, ozi_column_draft *draft)
{
    int64_t length = draft->column.length;
    oz_object *array = oz_objects_new(in->from->alloc, length + 1);
    const oz_column *column = NULL;
    if (array == NULL) {
        return OZ_NO_MEMORY;
    }
    ozi_unpack_object_column(in->from, in->objects, array, length);
    if (in->from->status != OZ_OK) {
        oz_objects_free(in->from->alloc, &array, length + 1);
        return in->from->status;
    }
    OZ_TRY(oz_column_of_objects(in->from->alloc, in->objects, &array, length + 1, length, &column));
    draft->values = oz_buffer_retain(ozi_buffer_of(column->values));
    draft->column.values = column->values;
    draft->column.objects = in->objects;
    oz_column_release(&column);
    return OZ_OK;
}

static oz_status
read_fields(reader *in, ozi_column_draft *draft, ozi_children *children)
{
    uint32_t count = (uint32_t)ozi_unpack_u32(in->from);
    if (count > FIELDS_MAX) {
        return OZ_CORRUPT;
    }
    OZ_TRY(ozi_children_open(children, in->from->alloc, count));
    char **names = unpack_names(in->from, count);
    for (uint32_t i = 0; i < count && in->from->status == OZ_OK; i++) {
        children->items[i] = unpack_column(in);
        if (children->items[i] != NULL && children->items[i]->length != draft->column.length) {
            ozi_unpack_fail(in->from, OZ_CORRUPT);
        }
    }
    draft->children = children->items;
    draft->column.child_count = count;
    draft->column.child_names = (const char *const *)names; /* copied by the seal */
    return in->from->status;
}

/* The values of a draft whose type, length and validity are there. */
static oz_status
read_body(reader *in, ozi_column_draft *draft, ozi_pins *pins, const oz_column **child,
          ozi_children *children)
{
    switch (draft->column.type) {
    case OZ_STRING:
    case OZ_BYTES:
        draft->pins = pins;
        return read_text(in, draft, pins);
    case OZ_LIST:
        return read_list(in, draft, child);
    case OZ_STRUCT:
        return read_fields(in, draft, children);
    case OZ_OBJECT:
        return read_objects(in, draft);
    case OZ_BOOL:
    case OZ_INT64:
    case OZ_FLOAT64:
    case OZ_TIME:
        return read_values(in, draft);
    default:
        return OZ_CORRUPT;
    }
}

static oz_status
read_head(reader *in, ozi_column_draft *draft)
{
    draft->column.type = (oz_type)ozi_unpack_u8(in->from);
    bool has_validity = ozi_unpack_u8(in->from) != 0;
    draft->column.length = (int64_t)ozi_unpack_count(in->from, length_max);
    OZ_TRY(in->from->status);
    if (has_validity) {
        OZ_TRY(ozi_column_draft_validity(draft, draft->column.length));
        ozi_unpack_bytes(in->from, ozi_column_draft_bits(draft),
                         ozi_bits_bytes(draft->column.length));
    }
    return in->from->status;
}

static const oz_column *
unpack_column(reader *in)
{
    const oz_alloc *alloc = in->from->alloc;
    ozi_column_draft draft = {.column = {.alloc = alloc}};
    ozi_pins pins = {.alloc = alloc};
    ozi_children children = {.items = NULL};
    const oz_column *child = NULL;
    const oz_column *column = NULL;
    if (++in->depth > NESTED_MAX) {
        ozi_unpack_fail(in->from, OZ_CORRUPT);
    }
    oz_status status = in->from->status == OZ_OK ? read_head(in, &draft) : in->from->status;
    if (status == OZ_OK) {
        status = read_body(in, &draft, &pins, &child, &children);
    }
    char **names = (char **)(uintptr_t)draft.column.child_names;
    uint32_t field_count = draft.column.child_count;
    ozi_unpack_fail(in->from, ozi_column_seal_if(status, &draft, &column));
    free_names(alloc, names, names == NULL ? 0 : field_count);
    if (children.items != NULL) {
        ozi_children_close(&children);
    }
    ozi_pins_clear(&pins);
    in->depth--;
    return column;
}

const oz_column *
ozi_unpack_column(ozi_unpack *unpack, const oz_object_class *objects)
{
    reader in = {.from = unpack, .objects = objects};
    return unpack_column(&in);
}

/* ---- row data -------------------------------------------------------------------------------- */

static void
pack_origin(ozi_pack *pack, const oz_origin *origin)
{
    ozi_pack_u8(pack, origin != NULL);
    if (origin != NULL) {
        ozi_pack_u32(pack, origin->partition);
        ozi_pack_string(pack, origin->name);
        ozi_pack_string(pack, origin->unit);
    }
}

/* How the keys of rows are written. */
enum {
    KEYS_EACH,   /* one after the other */
    KEYS_INLINE, /* as they lie in memory: none of them points to anything */
    KEYS_COLUMN, /* they are the ints of a column, whose number follows */
};

static const uint64_t int_high = OZI_KEY_HIGH(OZI_KEY_INT, OZI_KEY_SHOW_INT);

static bool
are_inline(const oz_key *keys, int64_t count)
{
    bool any_points = false;
    for (int64_t i = 0; i < count; i++) {
        any_points |= ozi_key_points(&keys[i]);
    }
    return !any_points;
}

/* Whether the keys are the values of the column; most others differ in the first row. */
static bool
are_ints_of(const oz_key *keys, const oz_column *column)
{
    enum { RUN = 256 };
    if (column->type != OZ_INT64 || column->validity != NULL) {
        return false;
    }
    const int64_t *values = column->values;
    uint64_t differs = 0;
    for (int64_t from = 0; from < column->length && differs == 0; from += RUN) {
        int64_t end = from + RUN < column->length ? from + RUN : column->length;
        for (int64_t i = from; i < end; i++) {
            differs |= (keys[i].low ^ (uint64_t)values[i]) | (keys[i].high ^ int_high);
        }
    }
    return differs == 0;
}

static void
pack_keys(ozi_pack *pack, const oz_batch *batch)
{
    const oz_key *keys = batch->rows->keys;
    for (uint32_t i = 0; i < batch->column_count; i++) {
        if (are_ints_of(keys, batch->columns[i])) {
            ozi_pack_u8(pack, KEYS_COLUMN);
            ozi_pack_u32(pack, i);
            return;
        }
    }
    bool is_inline = are_inline(keys, batch->row_count);
    ozi_pack_u8(pack, is_inline ? KEYS_INLINE : KEYS_EACH);
    if (is_inline) {
        ozi_pack_bytes(pack, keys, (size_t)batch->row_count * sizeof *keys);
        return;
    }
    for (int64_t i = 0; i < batch->row_count; i++) {
        ozi_pack_key(pack, &keys[i]);
    }
}

static void
pack_rows(ozi_pack *pack, const oz_batch *batch)
{
    const oz_rows *rows = batch->rows;
    size_t bytes = (size_t)batch->row_count * sizeof(int64_t);
    ozi_pack_u8(pack, (uint8_t)ozi_rows_arrays(rows));
    if (rows->times != NULL) {
        ozi_pack_bytes(pack, rows->times, bytes);
    }
    if (rows->keys != NULL) {
        pack_keys(pack, batch);
        ozi_pack_bytes(pack, rows->hashes, bytes);
    }
    if (rows->positions != NULL) {
        ozi_pack_bytes(pack, rows->positions, bytes);
    }
    pack_origin(pack, rows->origin);
}

static void
unpack_origin(ozi_unpack *unpack, oz_rows *rows)
{
    if (ozi_unpack_u8(unpack) == 0) {
        return;
    }
    uint32_t partition = ozi_unpack_u32(unpack);
    char *name = ozi_unpack_string(unpack, NAME_MAX_BYTES, NULL);
    char *unit = ozi_unpack_string(unpack, NAME_MAX_BYTES, NULL);
    if (unpack->status == OZ_OK && name != NULL && unit != NULL) {
        const oz_origin *origin = ozi_origin_new(unpack->alloc, name, unit, partition, 0);
        ozi_unpack_fail(unpack, origin == NULL ? OZ_NO_MEMORY : OZ_OK);
        ozi_rows_set_origin(rows, origin);
        ozi_origin_release(&origin);
    }
    ozi_alloc_free(unpack->alloc, name, name == NULL ? 0 : strlen(name) + 1);
    ozi_alloc_free(unpack->alloc, unit, unit == NULL ? 0 : strlen(unit) + 1);
}

/* The key `at`; what it points to goes into a buffer that the row data keeps. */
static oz_status
unpack_row_key(ozi_unpack *unpack, oz_rows *rows, ozi_scratch *scratch, int64_t at)
{
    oz_key key;
    ozi_unpack_key(unpack, scratch, &key);
    size_t outside = unpack->status == OZ_OK ? ozi_key_outside_bytes(&key) : 0;
    if (outside > 0) {
        oz_buffer *buffer = oz_buffer_new(unpack->alloc, outside);
        if (buffer == NULL) {
            return OZ_NO_MEMORY;
        }
        key = ozi_key_moved(&key, oz_buffer_data(buffer));
        oz_status status = ozi_rows_pin(rows, buffer);
        oz_buffer_release(&buffer);
        OZ_TRY(status);
    }
    ozi_rows_keys(rows)[at] = key;
    return OZ_OK;
}

static void
unpack_each_key(ozi_unpack *unpack, oz_rows *rows, int64_t count)
{
    ozi_scratch scratch = {.alloc = unpack->alloc};
    for (int64_t i = 0; i < count && unpack->status == OZ_OK; i++) {
        ozi_unpack_fail(unpack, unpack_row_key(unpack, rows, &scratch, i));
    }
    ozi_scratch_free(&scratch);
}

static void
unpack_inline_keys(ozi_unpack *unpack, oz_rows *rows, int64_t count)
{
    oz_key *keys = ozi_rows_keys(rows);
    ozi_unpack_bytes(unpack, keys, (size_t)count * sizeof *keys);
    if (!are_inline(keys, count)) {
        ozi_unpack_fail(unpack, OZ_CORRUPT);
    }
}

static void
unpack_column_keys(ozi_unpack *unpack, oz_rows *rows, const oz_batch *batch)
{
    uint32_t at = ozi_unpack_u32(unpack);
    const oz_column *column = at < batch->column_count ? batch->columns[at] : NULL;
    oz_key *keys = ozi_rows_keys(rows);
    bool is_such = column != NULL && column->type == OZ_INT64 && column->validity == NULL;
    ozi_unpack_fail(unpack, is_such ? OZ_OK : OZ_CORRUPT);
    if (unpack->status != OZ_OK) {
        return;
    }
    const int64_t *values = column->values;
    for (int64_t i = 0; i < batch->row_count; i++) {
        keys[i] = (oz_key){.low = (uint64_t)values[i], .high = int_high};
    }
}

static void
unpack_keys(ozi_unpack *unpack, oz_rows *rows, const oz_batch *batch)
{
    int64_t count = batch->row_count;
    switch (ozi_unpack_u8(unpack)) {
    case KEYS_EACH:
        unpack_each_key(unpack, rows, count);
        break;
    case KEYS_INLINE:
        unpack_inline_keys(unpack, rows, count);
        break;
    case KEYS_COLUMN:
        unpack_column_keys(unpack, rows, batch);
        break;
    default:
        ozi_unpack_fail(unpack, OZ_CORRUPT);
    }
    ozi_unpack_bytes(unpack, ozi_rows_hashes(rows), (size_t)count * sizeof(uint64_t));
}

/* Of a batch whose columns are there already. */
static oz_rows *
unpack_rows(ozi_unpack *unpack, const oz_batch *batch)
{
    oz_rows *rows = NULL;
    int64_t count = batch->row_count;
    size_t bytes = (size_t)count * sizeof(int64_t);
    uint32_t arrays = ozi_unpack_u8(unpack);
    if (arrays > (OZI_ROWS_TIMES | OZI_ROWS_KEYS | OZI_ROWS_POSITIONS)) {
        ozi_unpack_fail(unpack, OZ_CORRUPT);
    }
    if (unpack->status == OZ_OK) {
        ozi_unpack_fail(unpack, ozi_rows_derive(unpack->alloc, NULL, count, arrays, &rows));
    }
    if (rows == NULL) {
        return NULL;
    }
    if (rows->times != NULL) {
        ozi_unpack_bytes(unpack, ozi_rows_times(rows), bytes);
    }
    if (rows->keys != NULL) {
        unpack_keys(unpack, rows, batch);
    }
    if (rows->positions != NULL) {
        ozi_unpack_bytes(unpack, ozi_rows_positions(rows), bytes);
    }
    unpack_origin(unpack, rows);
    (void)ozi_rows_finish(unpack->status, &rows);
    return rows;
}

/* ---- batches --------------------------------------------------------------------------------- */

void
ozi_pack_batch(ozi_pack *pack, const oz_batch *batch)
{
    ozi_pack_i64(pack, batch->row_count);
    ozi_pack_u32(pack, batch->column_count);
    pack_names(pack, batch->names, batch->column_count);
    for (uint32_t i = 0; i < batch->column_count; i++) {
        ozi_pack_column(pack, batch->columns[i]);
    }
    ozi_pack_u8(pack, batch->rows != NULL);
    if (batch->rows != NULL) {
        pack_rows(pack, batch);
    }
}

static void
fill_batch(ozi_unpack *unpack, const oz_object_class *objects, oz_batch *batch)
{
    for (uint32_t i = 0; i < batch->column_count && unpack->status == OZ_OK; i++) {
        const oz_column *column = ozi_unpack_column(unpack, objects);
        ozi_batch_set_column(batch, i, column);
        if (column != NULL && column->length != batch->row_count) {
            ozi_unpack_fail(unpack, OZ_CORRUPT);
        }
    }
    if (ozi_unpack_u8(unpack) != 0) {
        batch->rows = unpack_rows(unpack, batch);
    }
}

const oz_batch *
ozi_unpack_batch(ozi_unpack *unpack, const oz_object_class *objects)
{
    oz_batch *batch = NULL;
    const oz_batch *out = NULL;
    int64_t row_count = (int64_t)ozi_unpack_count(unpack, length_max);
    uint32_t count = ozi_unpack_u32(unpack);
    if (count > FIELDS_MAX) {
        ozi_unpack_fail(unpack, OZ_CORRUPT);
    }
    if (unpack->status != OZ_OK) {
        return NULL;
    }
    char **names = unpack_names(unpack, count);
    if (unpack->status == OZ_OK) {
        ozi_unpack_fail(unpack, ozi_batch_begin(unpack->alloc, count, (const char *const *)names,
                                                row_count, &batch));
    }
    free_names(unpack->alloc, names, names == NULL ? 0 : count);
    if (batch == NULL) {
        return NULL;
    }
    fill_batch(unpack, objects, batch);
    (void)ozi_batch_finish(unpack->status, batch, &out);
    return unpack->status == OZ_OK ? out : NULL;
}
