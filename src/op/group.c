#include "op/group.h"

#include <stdlib.h>

#include "batch/column.h"
#include "batch/key.h"
#include "batch/rows.h"
#include "op/receipts.h"
#include "op/row.h"

/* The value of an open group, laid out as its fields are declared. */
typedef struct entry {
    int64_t sequence; /* from 1 */
    int64_t due_ns;
    int64_t time_ns; /* the latest of its rows; INT64_MIN: they have none */
} entry;

enum { ROWS, OPEN, OPENED };

const oz_key *
ozi_group_key(const oz_batch *batch, int64_t row, uint64_t *hash)
{
    const oz_rows *rows = batch->rows;
    if (rows == NULL || rows->keys == NULL) {
        *hash = OZ_HASH_SINGLE;
        return &oz_key_single;
    }
    *hash = rows->hashes[row];
    return &rows->keys[row];
}

void
ozi_group_merge(void *into, const void *value, bool is_first)
{
    (void)is_first;
    int64_t *opened = into;
    int64_t theirs = *(const int64_t *)value;
    *opened = *opened > theirs ? *opened : theirs;
}

/* ---- rows in --------------------------------------------------------------------------------- */

static oz_status
open_group(oz_context *node, const oz_key *key, uint64_t hash, int64_t due_ns)
{
    void *value;
    bool is_new;
    int64_t *opened = oz_table_single(node->tables[OPENED]);
    OZ_TRY(oz_table_put(node->tables[OPEN], key, hash, &value, &is_new));
    *(entry *)value = (entry){.sequence = ++*opened, .due_ns = due_ns, .time_ns = INT64_MIN};
    return OZ_OK;
}

static oz_status
push_row(oz_context *node, const oz_key *key, uint64_t hash, const oz_batch *batch, int64_t row)
{
    oz_scalar value;
    oz_object owned;
    OZ_TRY(ozi_row_value(node, batch, row, &value, &owned));
    oz_status status = oz_list_push(node->tables[ROWS], key, hash, &value);
    ozi_row_release(node, &owned);
    return status;
}

/* The row has been added: its event time, if it has one, may be the latest. */
static void
note_time(oz_context *node, const oz_key *key, uint64_t hash, const oz_batch *batch, int64_t row)
{
    if (batch->rows == NULL || batch->rows->times == NULL) {
        return;
    }
    entry *entry = oz_table_find(node->tables[OPEN], key, hash);
    if (batch->rows->times[row] > entry->time_ns) {
        entry->time_ns = batch->rows->times[row];
    }
}

oz_status
ozi_group_add(oz_context *node, const oz_batch *batch, int64_t row, int64_t due_ns,
              int64_t *row_count)
{
    uint64_t hash;
    const oz_key *key = ozi_group_key(batch, row, &hash);
    int64_t length = oz_list_length(node->tables[ROWS], key, hash);
    if (length == 0) {
        OZ_TRY(open_group(node, key, hash, due_ns));
    }
    *row_count = length + 1;
    oz_status status = push_row(node, key, hash, batch, row);
    if (status != OZ_OK && length == 0) {
        oz_table_remove(node->tables[OPEN], key, hash);
    }
    if (status == OZ_OK) {
        note_time(node, key, hash, batch, row);
        status = ozi_receipts_add(node, hash, batch->rows);
    }
    return status;
}

/* ---- groups out ------------------------------------------------------------------------------ */

static oz_status
list_column(oz_context *node, const oz_key *key, uint64_t hash, const oz_column **out)
{
    const oz_alloc *alloc = node->engine->alloc;
    oz_table *table = node->tables[ROWS];
    int64_t length = oz_list_length(table, key, hash);
    const oz_column *child = NULL;
    oz_builder *builder = oz_builder_new(alloc, OZ_ANY, node->engine->objects);
    oz_status status = builder == NULL ? OZ_NO_MEMORY : OZ_OK;
    for (int64_t i = 0; status == OZ_OK && i < length; i++) {
        oz_scalar value;
        (void)oz_list_at(table, key, hash, i, &value);
        status = oz_builder_append(builder, &value);
    }
    if (status == OZ_OK) {
        status = oz_builder_finish(builder, &child);
    }
    oz_builder_free(&builder);
    int64_t *offsets = status == OZ_OK ? oz_values_new(alloc, OZ_LIST, 2) : NULL;
    if (offsets == NULL) {
        oz_column_release(&child);
        return status == OZ_OK ? OZ_NO_MEMORY : status;
    }
    offsets[0] = 0;
    offsets[1] = length;
    return ozi_column_of_lists(alloc, &offsets, 1, &child, out);
}

static oz_status
tuple_column(oz_context *node, const oz_key *key, uint64_t hash, const oz_column **out)
{
    const oz_alloc *alloc = node->engine->alloc;
    const oz_object_class *objects = node->engine->objects;
    oz_table *table = node->tables[ROWS];
    uint32_t length = (uint32_t)oz_list_length(table, key, hash);
    oz_scalar *scalars = ozi_alloc_array(alloc, length, sizeof *scalars);
    oz_object *array = oz_objects_new(alloc, 1);
    oz_status status = scalars == NULL || array == NULL ? OZ_NO_MEMORY : OZ_OK;
    for (uint32_t i = 0; status == OZ_OK && i < length; i++) {
        (void)oz_list_at(table, key, hash, i, &scalars[i]);
    }
    if (status == OZ_OK) {
        status = objects->box_row(scalars, NULL, length, &array[0]);
    }
    ozi_alloc_free(alloc, scalars, length * sizeof *scalars);
    if (status == OZ_OK) {
        return oz_column_of_objects(alloc, objects, &array, 1, 1, out);
    }
    if (array != NULL) {
        oz_objects_free(alloc, &array, 1);
    }
    return status;
}

/*
 * Row data that has the key of a group: made from the key's value, for what a long key points to
 * belongs to the table.
 */
static oz_status
rows_of_key(oz_context *node, const oz_key *key, const oz_rows **out)
{
    const oz_object_class *objects = node->engine->objects;
    const oz_column *column = NULL;
    const oz_batch *batch = NULL;
    const oz_batch *keyed = NULL;
    int64_t bad_row;
    oz_builder *builder = oz_builder_new(node->engine->alloc, OZ_ANY, objects);
    oz_status status = builder == NULL ? OZ_NO_MEMORY : ozi_key_append(key, builder);
    if (status == OZ_OK) {
        status = oz_builder_finish(builder, &column);
    }
    if (status == OZ_OK) {
        status = oz_batch_new(node->engine->alloc, &column, NULL, 1, NULL, &batch);
    }
    if (status == OZ_OK) {
        status = oz_batch_key_by(batch, batch->columns[0], node->engine->seed, &keyed, &bad_row,
                                 oz_context_error(node));
    }
    if (status == OZ_OK) {
        *out = oz_rows_retain(keyed->rows);
    }
    oz_batch_release(&keyed);
    oz_batch_release(&batch);
    oz_builder_free(&builder);
    return status;
}

static bool
is_single(const oz_key *key)
{
    return key->low == oz_key_single.low && key->high == oz_key_single.high;
}

/* The row data of a group that leaves without that of its last row; NULL when there is none. */
static oz_status
rows_of_group(oz_context *node, const oz_key *key, uint64_t hash, const oz_rows **out)
{
    const entry *entry = oz_table_find(node->tables[OPEN], key, hash); /* NULL: an empty group */
    int64_t time_ns = entry == NULL ? INT64_MIN : entry->time_ns;
    const oz_rows *keyed = NULL;
    oz_rows *timed = NULL;
    if (!is_single(key)) {
        OZ_TRY(rows_of_key(node, key, &keyed));
    }
    if (time_ns == INT64_MIN) {
        *out = keyed;
        return OZ_OK;
    }
    oz_status status = ozi_rows_derive(node->engine->alloc, keyed, 1, OZI_ROWS_TIMES, &timed);
    oz_rows_release(&keyed);
    OZ_TRY(status);
    ozi_rows_times(timed)[0] = time_ns > node->watermark ? time_ns : node->watermark;
    *out = timed;
    return OZ_OK;
}

static oz_status
group_batch(oz_context *node, const oz_key *key, uint64_t hash, ozi_group_form form,
            const oz_rows *rows, const oz_batch **out)
{
    const oz_column *column = NULL;
    const oz_rows *made = NULL;
    if (form == OZI_GROUP_TUPLE && node->engine->objects != NULL) {
        OZ_TRY(tuple_column(node, key, hash, &column));
    } else {
        OZ_TRY(list_column(node, key, hash, &column));
    }
    const oz_rows *whole = NULL;
    oz_status status = OZ_OK;
    if (rows == NULL) {
        status = rows_of_group(node, key, hash, &made);
        rows = made;
    }
    if (status == OZ_OK) {
        status = ozi_receipts_attach(node, rows, 1, ozi_receipts_of(node, hash), &whole);
    }
    if (status == OZ_OK) {
        status = oz_batch_new(node->engine->alloc, &column, NULL, 1, whole, out);
    }
    oz_column_release(&column);
    oz_rows_release(&whole);
    oz_rows_release(&made);
    return status;
}

oz_step
ozi_group_emit(oz_context *node, const oz_key *key, uint64_t hash, ozi_group_form form,
               const oz_rows *rows)
{
    const oz_batch *batch = NULL;
    oz_status status = group_batch(node, key, hash, form, rows, &batch);
    if (status != OZ_OK) {
        return oz_failed(node, status);
    }
    oz_list_pop(node->tables[ROWS], key, hash, oz_list_length(node->tables[ROWS], key, hash));
    oz_table_remove(node->tables[OPEN], key, hash);
    ozi_receipts_drop(node, hash);
    oz_step step = oz_emit(node, 0, batch);
    oz_batch_release(&batch);
    return step;
}

/* ---- all that are due ------------------------------------------------------------------------ */

typedef struct search {
    int64_t now_ns;
    int64_t next_due_ns;
    ozi_group *found;
    int64_t count;
} search;

static bool
look_at(void *context, const oz_key *key, uint64_t hash, void *value)
{
    search *search = context;
    const entry *entry = value;
    if (entry->due_ns < search->next_due_ns) {
        search->next_due_ns = entry->due_ns;
    }
    if (entry->due_ns > search->now_ns) {
        return true;
    }
    if (search->found != NULL) {
        search->found[search->count] = (ozi_group){.key = *key,
                                                   .hash = hash,
                                                   .sequence = entry->sequence,
                                                   .due_ns = entry->due_ns};
    }
    search->count++;
    return true;
}

static int
compare_sequence(const void *left, const void *right)
{
    const ozi_group *first = left;
    const ozi_group *second = right;
    return (first->sequence > second->sequence) - (first->sequence < second->sequence);
}

int64_t
ozi_group_next_due(oz_context *node)
{
    search search = {.now_ns = INT64_MIN, .next_due_ns = INT64_MAX};
    oz_table_scan(node->tables[OPEN], look_at, &search);
    return search.next_due_ns;
}

oz_step
ozi_group_emit_due(oz_context *node, int64_t now_ns, ozi_group_form form)
{
    const oz_alloc *alloc = node->engine->alloc;
    search search = {.now_ns = now_ns, .next_due_ns = INT64_MAX};
    size_t size = (size_t)oz_table_count(node->tables[OPEN]) * sizeof *search.found;
    oz_step step = OZ_NEED;
    if (size == 0) {
        return OZ_NEED;
    }
    search.found = ozi_alloc_new(alloc, size);
    if (search.found == NULL) {
        return oz_failed(node, OZ_NO_MEMORY);
    }
    oz_table_scan(node->tables[OPEN], look_at, &search);
    qsort(search.found, (size_t)search.count, sizeof *search.found, compare_sequence);
    for (int64_t i = 0; i < search.count && step != OZ_FAILED && step != OZ_DONE; i++) {
        const ozi_group *group = &search.found[i];
        step = ozi_group_emit(node, &group->key, group->hash, form, NULL);
    }
    ozi_alloc_free(alloc, search.found, size);
    return step;
}
