#include "op/aggregate.h"

#include "batch/key.h"

oz_status
ozi_row_scalar(const oz_batch *batch, int64_t row, oz_scalar *out, oz_error *error)
{
    if (batch->column_count != 1) {
        return oz_error_set(error, OZ_BAD_RECORD,
                            "the row has %u columns; map it to the one value to aggregate",
                            batch->column_count);
    }
    const oz_column *column = batch->columns[0];
    OZ_TRY(oz_column_scalar(column, row, out));
    if (out->kind == OZ_SCALAR_OBJECT) {
        oz_object object = out->as.object;
        column->objects->unbox(object, out);
        if (out->kind == OZ_SCALAR_NULL) { /* None is an object to those who would add it */
            *out = (oz_scalar){.kind = OZ_SCALAR_OBJECT, .as.object = object};
        }
    }
    return OZ_OK;
}

/* ---- results --------------------------------------------------------------------------------- */

/* `*is_there` is false for a value that no row has been taken into. */
static oz_status
append_result(oz_context *node, const ozi_aggregate *aggregate, oz_builder *builder,
              const void *value, bool *is_there)
{
    oz_scalar result;
    bool is_owned = false;
    OZ_TRY(aggregate->result(node, value, &result, &is_owned));
    *is_there = result.kind != OZ_SCALAR_NULL;
    if (is_owned) {
        return oz_builder_append_object(builder, &result.as.object);
    }
    return *is_there ? oz_builder_append(builder, &result) : OZ_OK;
}

/* A batch of keys (may be NULL; taken) and results (taken). */
static oz_status
pair_batch(oz_context *node, const oz_column **keys, const oz_column **results, const oz_rows *rows,
           const oz_batch **out)
{
    const oz_column *columns[2] = {*keys, *results};
    bool is_keyed = columns[0] != NULL;
    *keys = *results = NULL;
    return oz_batch_new(node->engine->alloc, is_keyed ? columns : columns + 1, NULL,
                        is_keyed ? 2 : 1, rows, out);
}

/* ---- current: an update for each row --------------------------------------------------------- */

/* What a batch is being turned into. */
typedef struct updates {
    oz_builder *results;
    int32_t *kept; /* rows that gave a result */
    int64_t count;
} updates;

static oz_status
value_of(oz_context *node, const oz_batch *batch, int64_t row, void **value, bool *is_new)
{
    oz_table *table = node->tables[0];
    const oz_rows *rows = batch->rows;
    *is_new = false;
    if (rows == NULL || rows->keys == NULL) {
        *value = oz_table_single(table);
        return OZ_OK;
    }
    return oz_table_put(table, &rows->keys[row], rows->hashes[row], value, is_new);
}

/* Takes one row in; with `made` it also makes its result. */
static oz_status
update_row(oz_context *node, const ozi_aggregate *aggregate, const oz_batch *batch, int64_t row,
           updates *made)
{
    void *value;
    bool is_new;
    bool is_there;
    OZ_TRY(value_of(node, batch, row, &value, &is_new));
    oz_status status = aggregate->update(node, value, batch, row, oz_context_error(node));
    if (status != OZ_OK && is_new) {
        oz_table_remove(node->tables[0], &batch->rows->keys[row], batch->rows->hashes[row]);
    }
    if (status == OZ_OK && made != NULL) {
        status = append_result(node, aggregate, made->results, value, &is_there);
        if (status == OZ_OK) {
            made->kept[made->count++] = (int32_t)row;
        }
    }
    return status;
}

/*
 * Takes all rows in, or those before the first that fails under the policy FAIL, which is left in
 * `*end`: what came before it must be delivered before the failure is told.
 */
static oz_step
update_rows(oz_context *node, const ozi_aggregate *aggregate, const oz_batch *batch, updates *made,
            int64_t *end)
{
    oz_step step = OZ_NEED;
    for (*end = 0; *end < batch->row_count && step == OZ_NEED; ++*end) {
        oz_status status = update_row(node, aggregate, batch, *end, made);
        if (status == OZ_BAD_RECORD && node->policy == OZ_POLICY_FAIL) {
            return OZ_NEED;
        }
        if (status != OZ_OK) {
            step = status == OZ_BAD_RECORD ? oz_bad_record(node, batch, *end)
                                           : oz_failed(node, status);
        }
    }
    return step;
}

static oz_status
updates_batch(oz_context *node, const oz_batch *batch, updates *made, const oz_batch **out)
{
    const oz_batch *kept = NULL;
    const oz_column *keys = NULL;
    const oz_column *results = NULL;
    oz_status status = made->count == batch->row_count
                           ? oz_batch_slice(batch, 0, batch->row_count, &kept)
                           : oz_batch_take(batch, made->kept, made->count, &kept);
    const oz_rows *rows = kept != NULL ? kept->rows : NULL;
    if (status == OZ_OK && rows != NULL && rows->keys != NULL) {
        status = oz_rows_key_column(rows, made->count, node->engine->objects, &keys);
    }
    if (status == OZ_OK) {
        status = oz_builder_finish(made->results, &results);
    }
    if (status == OZ_OK) {
        status = pair_batch(node, &keys, &results, rows, out);
    }
    oz_column_release(&keys);
    oz_column_release(&results);
    oz_batch_release(&kept);
    return status;
}

static oz_step
emit_updates(oz_context *node, const oz_batch *batch, updates *made)
{
    const oz_batch *out = NULL;
    if (made->count == 0) {
        return OZ_NEED;
    }
    oz_status status = updates_batch(node, batch, made, &out);
    if (status != OZ_OK) {
        return oz_failed(node, status);
    }
    oz_step step = oz_emit(node, 0, out);
    oz_batch_release(&out);
    return step;
}

static oz_step
update_and_emit(oz_context *node, const ozi_aggregate *aggregate, const oz_batch *batch,
                updates *made)
{
    int64_t end;
    oz_step step = update_rows(node, aggregate, batch, made, &end);
    oz_error error = *oz_context_error(node);
    if (step != OZ_FAILED) {
        step = emit_updates(node, batch, made);
    }
    if (end < batch->row_count && step != OZ_FAILED && step != OZ_DONE) {
        *oz_context_error(node) = error;
        return oz_bad_record(node, batch, end);
    }
    return step;
}

static oz_step
batch_current(oz_context *node, const ozi_aggregate *aggregate, const oz_batch *batch)
{
    const oz_alloc *alloc = node->engine->alloc;
    size_t size = (size_t)batch->row_count * sizeof(int32_t);
    updates made = {.results = oz_builder_new(alloc, OZ_ANY, node->engine->objects)};
    made.kept = ozi_alloc_new(alloc, size);
    oz_step step = OZ_FAILED;
    if (made.results == NULL || made.kept == NULL) {
        step = oz_failed(node, OZ_NO_MEMORY);
    } else {
        step = update_and_emit(node, aggregate, batch, &made);
    }
    oz_builder_free(&made.results);
    ozi_alloc_free(alloc, made.kept, size);
    return step;
}

/* Rows of several columns are compared and added as the tuples or dicts that they are. */
static oz_step
batch_of_objects(oz_context *node, const ozi_aggregate *aggregate, const oz_batch *batch)
{
    const oz_column *column = NULL;
    const oz_batch *objects = NULL;
    oz_status status = oz_batch_to_objects(batch, node->engine->objects, &column);
    if (status == OZ_OK) {
        status = oz_batch_new(node->engine->alloc, &column, NULL, 1, batch->rows, &objects);
    }
    oz_step step =
        status == OZ_OK ? ozi_aggregate_batch(node, aggregate, objects) : oz_failed(node, status);
    oz_column_release(&column);
    oz_batch_release(&objects);
    return step;
}

oz_step
ozi_aggregate_batch(oz_context *node, const ozi_aggregate *aggregate, const oz_batch *batch)
{
    const ozi_aggregate_options *options = oz_options(node);
    bool has_values = aggregate->update_all == NULL;
    if (has_values && batch->column_count > 1 && node->engine->objects != NULL) {
        return batch_of_objects(node, aggregate, batch);
    }
    if (options->emit == OZI_EMIT_CURRENT) {
        return batch_current(node, aggregate, batch);
    }
    if (aggregate->update_all != NULL) {
        return aggregate->update_all(node, batch);
    }
    int64_t end;
    oz_step step = update_rows(node, aggregate, batch, NULL, &end);
    return step == OZ_NEED && end < batch->row_count ? oz_bad_record(node, batch, end) : step;
}

/* ---- final: one row a key -------------------------------------------------------------------- */

typedef struct final_scan {
    oz_context *node;
    const ozi_aggregate *aggregate;
    oz_builder *keys;
    oz_builder *results;
    oz_status status;
} final_scan;

static bool
scan_entry(void *context, const oz_key *key, uint64_t hash, void *value)
{
    (void)hash;
    final_scan *scan = context;
    bool is_there = false;
    scan->status = append_result(scan->node, scan->aggregate, scan->results, value, &is_there);
    if (scan->status == OZ_OK && is_there) {
        scan->status = ozi_key_append(key, scan->keys);
    }
    return scan->status == OZ_OK;
}

static oz_status
finish_scan(oz_context *node, final_scan *scan, bool is_keyed, const oz_batch **out)
{
    const oz_column *keys = NULL;
    const oz_column *results = NULL;
    oz_status status = is_keyed ? oz_builder_finish(scan->keys, &keys) : OZ_OK;
    if (status == OZ_OK) {
        status = oz_builder_finish(scan->results, &results);
    }
    if (status == OZ_OK) {
        status = pair_batch(node, &keys, &results, NULL, out);
    }
    oz_column_release(&keys);
    oz_column_release(&results);
    return status;
}

/* Of all keys, or of the rows without one; none: `*out` stays NULL. */
static oz_status
make_results(oz_context *node, const ozi_aggregate *aggregate, bool is_keyed, const oz_batch **out)
{
    const oz_alloc *alloc = node->engine->alloc;
    oz_table *table = node->tables[0];
    final_scan scan = {.node = node,
                       .aggregate = aggregate,
                       .keys = oz_builder_new(alloc, OZ_ANY, node->engine->objects),
                       .results = oz_builder_new(alloc, OZ_ANY, node->engine->objects)};
    if (scan.keys == NULL || scan.results == NULL) {
        scan.status = OZ_NO_MEMORY;
    } else if (is_keyed) {
        oz_table_scan(table, scan_entry, &scan);
    } else {
        bool is_there;
        scan.status =
            append_result(node, aggregate, scan.results, oz_table_single(table), &is_there);
    }
    if (scan.status == OZ_OK && oz_builder_length(scan.results) > 0) {
        scan.status = finish_scan(node, &scan, is_keyed, out);
    }
    oz_builder_free(&scan.keys);
    oz_builder_free(&scan.results);
    return scan.status;
}

oz_step
ozi_aggregate_end(oz_context *node, const ozi_aggregate *aggregate, ozi_aggregate_state *state)
{
    const ozi_aggregate_options *options = oz_options(node);
    if (options->emit == OZI_EMIT_CURRENT) {
        return OZ_NEED;
    }
    while (state->results != NULL || state->made < 2) {
        if (state->results == NULL) {
            oz_status made = make_results(node, aggregate, state->made++ == 0, &state->results);
            if (made != OZ_OK) {
                return oz_failed(node, made);
            }
            state->next = 0;
            continue;
        }
        int64_t end = state->next + oz_batch_rows(node);
        end = end < state->results->row_count ? end : state->results->row_count;
        const oz_batch *part = NULL;
        oz_status status = oz_batch_slice(state->results, state->next, end, &part);
        if (status != OZ_OK) {
            return oz_failed(node, status);
        }
        state->next = end;
        if (end == state->results->row_count) {
            oz_batch_release(&state->results);
        }
        oz_step step = oz_emit(node, 0, part);
        oz_batch_release(&part);
        if (step == OZ_FAILED || step == OZ_DONE) {
            return step;
        }
        if (step != OZ_NEED && (state->results != NULL || state->made < 2)) {
            return OZ_MORE;
        }
    }
    return OZ_NEED;
}

void
ozi_aggregate_close(ozi_aggregate_state *state)
{
    oz_batch_release(&state->results);
}
