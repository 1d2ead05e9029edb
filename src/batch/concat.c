/*
 * Batches one after another. Numbers and views are copied, handles retained, text stays where it
 * is. Columns whose types differ are boxed first.
 */
#include "base/alloc.h"
#include "batch/batch.h"
#include "batch/bits.h"
#include "batch/buffer.h"
#include "batch/column.h"
#include "batch/column_names.h"
#include "batch/rows.h"

/* The columns that become one: retained, on the heap. */
typedef struct run {
    const oz_alloc *alloc;
    const oz_column **items;
    uint32_t count;
} run;

static oz_status
concat_run(const run *run, const oz_column **out);

static oz_status
run_open(run *opened, const oz_alloc *alloc, uint32_t count)
{
    *opened = (run){.alloc = alloc, .count = count};
    opened->items = ozi_alloc_zero(alloc, count * sizeof(opened->items[0]));
    return opened->items == NULL ? OZ_NO_MEMORY : OZ_OK;
}

static void
run_close(run *run)
{
    for (uint32_t i = 0; i < run->count; i++) {
        oz_column_release(&run->items[i]);
    }
    ozi_alloc_free(run->alloc, run->items, run->count * sizeof(run->items[0]));
}

static int64_t
run_length(const run *run)
{
    int64_t length = 0;
    for (uint32_t i = 0; i < run->count; i++) {
        length += run->items[i]->length;
    }
    return length;
}

static oz_status
concat_validity(ozi_column_draft *draft, const run *run)
{
    bool nulls = false;
    for (uint32_t i = 0; i < run->count; i++) {
        nulls = nulls || run->items[i]->validity != NULL;
    }
    if (!nulls) {
        return OZ_OK;
    }
    OZ_TRY(ozi_column_draft_validity(draft, draft->column.length));
    int64_t at = 0;
    for (uint32_t i = 0; i < run->count; i++) {
        const oz_column *column = run->items[i];
        ozi_bits_append(ozi_column_draft_bits(draft), at, column->validity, column->length);
        at += column->length;
    }
    return OZ_OK;
}

static oz_status
concat_values(ozi_column_draft *draft, const run *run)
{
    size_t width = ozi_type_width(draft->column.type);
    OZ_TRY(ozi_column_draft_values(draft, draft->column.length, width));
    char *target = ozi_column_draft_array(draft);
    for (uint32_t i = 0; i < run->count; i++) {
        size_t bytes = (size_t)run->items[i]->length * width;
        if (bytes > 0) {
            memcpy(target, run->items[i]->values, bytes);
        }
        target += bytes;
    }
    return OZ_OK;
}

static oz_status
concat_objects(ozi_column_draft *draft, const run *run)
{
    OZ_TRY(concat_values(draft, run));
    int64_t count = draft->column.length;
    if (count > 0) {
        draft->column.objects->retain_many(draft->column.values, count);
    }
    ozi_buffer_hold_objects(draft->values, draft->column.objects, count);
    return OZ_OK;
}

static oz_status
concat_views(ozi_column_draft *draft, const run *run, ozi_pins *pins)
{
    pins->alloc = run->alloc;
    draft->pins = pins;
    for (uint32_t i = 0; i < run->count; i++) {
        OZ_TRY(ozi_pins_add_column(pins, run->items[i]));
    }
    ozi_pins_unique(pins);
    return concat_values(draft, run);
}

/* The offsets of all, and of each child only the items that its offsets lead to. */
static oz_status
collect_lists(int64_t *offsets, const run *lists, run *children)
{
    int64_t total = 0;
    for (uint32_t i = 0; i < lists->count; i++) {
        const oz_column *list = lists->items[i];
        const int64_t *source = list->values;
        for (int64_t row = 0; row < list->length; row++) {
            *offsets++ = total + source[row] - source[0];
        }
        OZ_TRY(oz_column_slice(list->children[0], source[0], source[list->length],
                               &children->items[i]));
        total += source[list->length] - source[0];
    }
    *offsets = total;
    return OZ_OK;
}

static oz_status
concat_lists(ozi_column_draft *draft, const run *lists)
{
    run children;
    OZ_TRY(ozi_column_draft_values(draft, draft->column.length + 1, sizeof(int64_t)));
    OZ_TRY(run_open(&children, lists->alloc, lists->count));
    oz_status status = collect_lists(ozi_column_draft_array(draft), lists, &children);
    if (status == OZ_OK) {
        status = concat_run(&children, &draft->children[0]);
        draft->column.child_count = status == OZ_OK;
    }
    run_close(&children);
    return status;
}

static oz_status
concat_fields(ozi_column_draft *draft, const run *structs)
{
    for (uint32_t field = 0; field < structs->items[0]->child_count; field++) {
        run children;
        OZ_TRY(run_open(&children, structs->alloc, structs->count));
        for (uint32_t i = 0; i < structs->count; i++) {
            children.items[i] = oz_column_retain(structs->items[i]->children[field]);
        }
        oz_status status = concat_run(&children, &draft->children[field]);
        run_close(&children);
        OZ_TRY(status);
        draft->column.child_count = field + 1;
    }
    return OZ_OK;
}

static oz_status
concat_by_type(ozi_column_draft *draft, const run *run, ozi_pins *pins)
{
    OZ_TRY(concat_validity(draft, run));
    switch (draft->column.type) {
    case OZ_LIST:
        return concat_lists(draft, run);
    case OZ_STRUCT:
        return concat_fields(draft, run);
    case OZ_OBJECT:
        return concat_objects(draft, run);
    case OZ_STRING:
    case OZ_BYTES:
        return concat_views(draft, run, pins);
    default:
        return concat_values(draft, run);
    }
}

/* Columns of one shape. */
static oz_status
concat_run(const run *run, const oz_column **out)
{
    ozi_pins pins = {0};
    ozi_children children;
    OZ_TRY(ozi_children_open(&children, run->alloc, run->items[0]->child_count));
    ozi_column_draft draft = ozi_column_draft_like(run->items[0], run_length(run));
    draft.children = children.items;
    oz_status status = concat_by_type(&draft, run, &pins);
    status = ozi_column_seal_if(status, &draft, out);
    ozi_children_close(&children);
    ozi_pins_clear(&pins);
    return status;
}

/* Boxes all columns of the run when one differs from the first. */
static oz_status
even_out(run *run, const oz_object_class *objects)
{
    bool same = true;
    for (uint32_t i = 1; i < run->count; i++) {
        same = same && ozi_column_same_shape(run->items[0], run->items[i]);
    }
    if (same) {
        return OZ_OK;
    }
    if (objects == NULL) {
        return OZ_INVALID;
    }
    for (uint32_t i = 0; i < run->count; i++) {
        const oz_column *boxed = NULL;
        OZ_TRY(oz_column_to_objects(run->items[i], objects, &boxed));
        oz_column_release(&run->items[i]);
        run->items[i] = boxed;
    }
    return OZ_OK;
}

static oz_status
concat_column(oz_batch *joined, uint32_t index, const oz_batch *const *batches, uint32_t count,
              const oz_object_class *objects)
{
    run run;
    OZ_TRY(run_open(&run, joined->alloc, count));
    oz_status status = OZ_OK;
    for (uint32_t i = 0; i < count && status == OZ_OK; i++) {
        run.items[i] = oz_column_retain(batches[i]->columns[index]); /* from the stack: a copy */
        status = run.items[i] == NULL ? OZ_NO_MEMORY : OZ_OK;
    }
    const oz_column *column = NULL;
    if (status == OZ_OK) {
        status = even_out(&run, objects);
    }
    if (status == OZ_OK) {
        status = concat_run(&run, &column);
    }
    ozi_batch_set_column(joined, index, column);
    run_close(&run);
    return status;
}

static oz_status
concat_all(oz_batch *joined, const oz_batch *const *batches, uint32_t count,
           const oz_object_class *objects)
{
    for (uint32_t i = 0; i < joined->column_count; i++) {
        OZ_TRY(concat_column(joined, i, batches, count, objects));
    }
    return ozi_rows_concat(joined->alloc, batches, count, &joined->rows);
}

oz_status
oz_batch_concat(const oz_batch *const *batches, uint32_t count, const oz_object_class *objects,
                const oz_batch **out)
{
    if (count == 1) {
        *out = oz_batch_retain(batches[0]);
        return *out == NULL ? OZ_NO_MEMORY : OZ_OK;
    }
    int64_t rows = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (batches[i]->column_count != batches[0]->column_count ||
            !ozi_column_names_equal(batches[i]->names, batches[0]->names,
                                    batches[0]->column_count)) {
            return OZ_INVALID;
        }
        rows += batches[i]->row_count;
    }
    if (count == 0) {
        return OZ_INVALID;
    }
    oz_batch *joined;
    OZ_TRY(ozi_batch_begin(batches[0]->alloc, batches[0]->column_count, batches[0]->names, rows,
                           &joined));
    return ozi_batch_finish(concat_all(joined, batches, count, objects), joined, out);
}
