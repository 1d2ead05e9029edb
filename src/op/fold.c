#include "op/fold.h"

#include "batch/rows.h"
#include "op/apply.h"

enum { ROOM = 256 }; /* results that wait on the stack before they go on together */

/* ---- the state, in and out of its table ------------------------------------------------------ */

static oz_status
entry_of(oz_context *node, const ozi_fold *fold, const oz_rows *rows, int64_t row, oz_scalar **out)
{
    oz_table *table = oz_context_table(node, fold->table);
    void *value;
    bool is_new;
    if (rows == NULL || rows->keys == NULL) {
        *out = oz_table_single(table);
        return OZ_OK;
    }
    OZ_TRY(oz_table_put(table, &rows->keys[row], rows->hashes[row], &value, &is_new));
    *out = value;
    return OZ_OK;
}

static oz_status
move_out(oz_context *node, const ozi_fold *fold, oz_scalar *entry, oz_object *out)
{
    const oz_object_class *objects = oz_context_objects(node);
    *out = NULL;
    if (entry->kind == OZ_SCALAR_OBJECT) {
        *out = entry->as.object;
        entry->kind = OZ_SCALAR_NULL;
        return OZ_OK;
    }
    if (entry->kind != OZ_SCALAR_NULL) {
        return objects->box(entry, out); /* restored as a native value */
    }
    if (fold->start == NULL || fold->start->kind == OZ_SCALAR_NULL) {
        return OZ_OK;
    }
    return fold->start->kind == OZ_SCALAR_OBJECT ? objects->copy(fold->start->as.object, out)
                                                 : objects->box(fold->start, out);
}

static oz_status
move_in(oz_context *node, const ozi_fold *fold, const oz_rows *rows, int64_t row, oz_object object)
{
    oz_scalar *entry;
    oz_status status = entry_of(node, fold, rows, row, &entry);
    if (status != OZ_OK || object == NULL) {
        if (object != NULL) {
            oz_context_objects(node)->release(object);
        } else if (status == OZ_OK && rows != NULL && rows->keys != NULL) {
            /* Its first row failed: the key is as if it had not come. */
            oz_table_remove(oz_context_table(node, fold->table), &rows->keys[row],
                            rows->hashes[row]);
        }
        return status;
    }
    oz_scalar old = *entry; /* set meanwhile by an element that came in from inside */
    *entry = (oz_scalar){.kind = OZ_SCALAR_OBJECT, .as.object = object};
    if (old.kind == OZ_SCALAR_OBJECT) {
        oz_context_objects(node)->release(old.as.object);
    }
    return OZ_OK;
}

/* ---- rows of one state ----------------------------------------------------------------------- */

static oz_step
after_call(oz_context *node, const ozi_fold *fold, oz_call *call, oz_status status)
{
    oz_step step = OZ_NEED;
    oz_error error;
    if (__builtin_expect(status != OZ_OK, 0)) {
        error = node->engine->scratch; /* taking the results may overwrite it */
    }
    if (call->count > 0) {
        step = fold->take(fold->state, node, call->batch, call->begin, call->objects, call->count);
    }
    call->begin = call->end;
    if (__builtin_expect(status == OZ_OK || step == OZ_FAILED || step == OZ_DONE, 1)) {
        return step; /* after DONE a row that fails was never asked for */
    }
    node->engine->scratch = error;
    if (status != OZ_BAD_RECORD) {
        return oz_failed(node, status);
    }
    call->begin++;
    return oz_bad_record(node, call->batch, call->end) == OZ_FAILED ? OZ_FAILED : step;
}

static oz_step
fold_rows(oz_context *node, const ozi_fold *fold, const oz_batch *batch, int64_t begin,
          int64_t stop, oz_object *object)
{
    oz_object results[ROOM];
    oz_step step = OZ_NEED;
    oz_call call = {.kind = fold->kind,
                    .batch = batch,
                    .begin = begin,
                    .stop = stop,
                    .objects = results,
                    .room = ROOM,
                    .state = object,
                    .alloc = node->engine->alloc};
    while (call.begin < stop && step != OZ_FAILED && step != OZ_DONE) {
        call.end = call.begin;
        call.count = 0;
        oz_status status =
            fold->function->call(fold->function->self, &call, &node->engine->scratch);
        step = after_call(node, fold, &call, status);
    }
    return step;
}

static oz_step
fold_run(oz_context *node, const ozi_fold *fold, const oz_batch *batch, int64_t begin, int64_t stop)
{
    oz_scalar *entry;
    oz_object object = NULL;
    oz_status status = entry_of(node, fold, batch->rows, begin, &entry);
    if (status == OZ_OK) {
        status = move_out(node, fold, entry, &object);
    }
    if (status != OZ_OK) {
        return oz_failed(node, status);
    }
    oz_step step = fold_rows(node, fold, batch, begin, stop, &object);
    status = move_in(node, fold, batch->rows, begin, object);
    return status == OZ_OK ? step : oz_failed(node, status);
}

/* The end of the run of rows from `begin` that have the same key. */
static int64_t
run_end(const oz_batch *batch, int64_t begin)
{
    const oz_rows *rows = batch->rows;
    if (rows == NULL || rows->keys == NULL) {
        return batch->row_count;
    }
    int64_t end = begin + 1;
    while (end < batch->row_count && rows->keys[end].low == rows->keys[begin].low &&
           rows->keys[end].high == rows->keys[begin].high) {
        end++;
    }
    return end;
}

oz_step
ozi_fold_batch(oz_context *node, const ozi_fold *fold, const oz_batch *batch)
{
    oz_step step = OZ_NEED;
    if (oz_context_objects(node) == NULL) {
        return oz_fail(node, OZ_UNSUPPORTED, "a function with a state needs objects");
    }
    for (int64_t begin = 0; begin < batch->row_count && step != OZ_FAILED && step != OZ_DONE;) {
        int64_t end = run_end(batch, begin);
        step = fold_run(node, fold, batch, begin, end);
        begin = end;
    }
    return step;
}

/* ---- one object ------------------------------------------------------------------------------ */

static oz_status
call_one(oz_context *node, const ozi_fold *fold, oz_object row, const oz_rows *rows,
         oz_object *object, oz_object *result)
{
    oz_function *function = fold->function;
    oz_error *error = &node->engine->scratch;
    if (__builtin_expect(fold->kind == OZ_CALL_FOLD && function->call_one != NULL, 1)) {
        return function->call_one(function->self, OZ_CALL_FOLD, row, object, result, error);
    }
    oz_call call = {.kind = fold->kind,
                    .batch = ozi_one_batch(node, row, rows),
                    .stop = 1,
                    .objects = result,
                    .room = 1,
                    .state = object,
                    .alloc = node->engine->alloc};
    return function->call(function->self, &call, error);
}

oz_step
ozi_fold_object(oz_context *node, const ozi_fold *fold, oz_object row, const oz_rows *rows,
                oz_object *result)
{
    oz_scalar *entry;
    oz_object object = NULL;
    oz_object given = NULL;
    *result = NULL;
    oz_status status = entry_of(node, fold, rows, 0, &entry);
    if (status == OZ_OK) {
        status = move_out(node, fold, entry, &object);
    }
    if (status != OZ_OK) {
        return oz_failed(node, status);
    }
    status = call_one(node, fold, row, rows, &object, &given);
    oz_step step = OZ_NEED;
    if (__builtin_expect(status != OZ_OK, 0)) {
        step = ozi_apply_failed(node, status, row, rows);
    }
    status = move_in(node, fold, rows, 0, object);
    bool goes_on = status == OZ_OK && given != NULL;
    if (given != NULL && (!goes_on || given == row)) {
        node->engine->objects->release(given); /* `row` itself is borrowed */
    }
    *result = goes_on ? given : NULL;
    return status == OZ_OK ? step : oz_failed(node, status);
}

oz_step
ozi_fold_emit(void *state, oz_context *node, const oz_batch *batch, int64_t begin,
              oz_object *objects, int64_t count)
{
    (void)state;
    return ozi_emit_objects(node, 0, objects, count, batch->rows, begin, batch->row_count);
}

/* A batch of the keys of rows from `begin` and of `count` objects, which are taken. */
static oz_status
keyed_batch(oz_context *node, const oz_batch *batch, int64_t begin, oz_object *objects,
            int64_t count, const oz_batch **out)
{
    const oz_alloc *alloc = node->engine->alloc;
    const oz_object_class *class = node->engine->objects;
    const oz_column *columns[2] = {NULL, NULL};
    const oz_rows *rows = NULL;
    oz_object *array = oz_objects_new(alloc, count);
    if (array == NULL) {
        class->release_many(objects, count);
        return OZ_NO_MEMORY;
    }
    memcpy(array, objects, (size_t)count * sizeof *array);
    OZ_TRY(oz_column_of_objects(alloc, class, &array, count, count, &columns[1]));
    oz_status status = ozi_rows_slice(batch->rows, begin, begin + count, &rows);
    if (status == OZ_OK) {
        status = oz_rows_key_column(rows, count, class, &columns[0]);
    }
    if (status == OZ_OK) {
        status = oz_batch_new(alloc, columns, NULL, 2, rows, out);
    }
    oz_rows_release(&rows);
    oz_column_release(&columns[0]);
    oz_column_release(&columns[1]);
    return status;
}

oz_step
ozi_fold_emit_keyed(void *state, oz_context *node, const oz_batch *batch, int64_t begin,
                    oz_object *objects, int64_t count)
{
    if (batch->rows == NULL || batch->rows->keys == NULL) {
        return ozi_fold_emit(state, node, batch, begin, objects, count);
    }
    const oz_batch *keyed = NULL;
    oz_status status = keyed_batch(node, batch, begin, objects, count, &keyed);
    if (status != OZ_OK) {
        return oz_failed(node, status);
    }
    oz_step step = oz_emit(node, 0, keyed);
    oz_batch_release(&keyed);
    return step;
}
