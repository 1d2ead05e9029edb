#include "op/fold.h"

#include "batch/rows.h"
#include "op/apply.h"
#include "state/table_inline.h"

enum {
    ROOM = 256, /* results that wait on the stack before they go on together */
    AHEAD = 6,  /* rows of Python are slow enough for few */
};

/* ---- the state, in and out of its table ------------------------------------------------------ */

/* The entry of a row's key: where it is as long as the table has made so many moves. */
typedef struct place {
    oz_scalar *entry;
    uint64_t moves;
} place;

static bool
has_key(const oz_rows *rows)
{
    return rows != NULL && rows->keys != NULL;
}

static oz_status
find_place(oz_context *node, const ozi_fold *fold, const oz_rows *rows, int64_t row, place *out)
{
    oz_table *table = oz_context_table(node, fold->table);
    void *value;
    bool is_new;
    if (!has_key(rows)) {
        value = oz_table_single(table);
    } else {
        OZ_TRY(oz_table_put(table, &rows->keys[row], rows->hashes[row], &value, &is_new));
    }
    *out = (place){.entry = value, .moves = table->shape.moves};
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
move_in(oz_context *node, const ozi_fold *fold, const oz_rows *rows, int64_t row, place *at,
        oz_object object)
{
    oz_table *table = oz_context_table(node, fold->table);
    if (at->moves != table->shape.moves) { /* by an element that came in from inside */
        oz_status status = find_place(node, fold, rows, row, at);
        if (status != OZ_OK) {
            oz_context_objects(node)->release_many(&object, object != NULL);
            return status;
        }
    }
    if (object == NULL) {
        if (has_key(rows)) { /* its first row failed: the key is as if it had not come */
            oz_table_remove(table, &rows->keys[row], rows->hashes[row]);
        }
        return OZ_OK;
    }
    oz_scalar old = *at->entry; /* set meanwhile by such an element */
    *at->entry = (oz_scalar){.kind = OZ_SCALAR_OBJECT, .as.object = object};
    if (old.kind == OZ_SCALAR_OBJECT) {
        oz_context_objects(node)->release(old.as.object);
    }
    return OZ_OK;
}

/* ---- results --------------------------------------------------------------------------------- */

/* Those of neighbouring rows of a batch, also of several keys, that go on together. */
typedef struct results {
    oz_object items[ROOM];
    int64_t begin; /* the row of the first of them */
    int64_t count;
} results;

static oz_step
give(oz_context *node, const ozi_fold *fold, const oz_batch *batch, results *given)
{
    int64_t count = given->count;
    given->count = 0;
    return count == 0 ? OZ_NEED
                      : fold->take(fold->state, node, batch, given->begin, given->items, count);
}

/* Gives the results before a failure, which stays the one that is told. */
static oz_step
give_before(oz_context *node, const ozi_fold *fold, const oz_batch *batch, results *given)
{
    oz_error error = node->engine->scratch; /* taking the results may overwrite it */
    oz_step step = give(node, fold, batch, given);
    node->engine->scratch = error;
    return step;
}

/* The machine failed. After DONE a row that fails was never asked for. */
static oz_step
fail(oz_context *node, const ozi_fold *fold, const oz_batch *batch, results *given,
     oz_status status)
{
    oz_step step = give_before(node, fold, batch, given);
    return step == OZ_DONE || step == OZ_FAILED ? step : oz_failed(node, status);
}

/* What must not wait goes on: a result that may still be changed, and the rows before a bad one. */
static oz_step
after_call(oz_context *node, const ozi_fold *fold, oz_call *call, results *given, oz_status status)
{
    given->count += call->count;
    call->begin = call->end;
    if (__builtin_expect(status == OZ_OK, 1)) {
        return call->is_mutable || given->count == ROOM ? give(node, fold, call->batch, given)
                                                        : OZ_NEED;
    }
    if (status != OZ_BAD_RECORD) {
        return fail(node, fold, call->batch, given, status);
    }
    oz_step step = give_before(node, fold, call->batch, given);
    if (step == OZ_FAILED || step == OZ_DONE) {
        return step;
    }
    call->begin++;
    return oz_bad_record(node, call->batch, call->end) == OZ_FAILED ? OZ_FAILED : step;
}

/* ---- rows of one state ----------------------------------------------------------------------- */

static oz_step
fold_rows(oz_context *node, const ozi_fold *fold, const oz_batch *batch, int64_t begin,
          int64_t stop, oz_object *object, results *given)
{
    oz_step step = OZ_NEED;
    oz_call call = {.kind = fold->kind,
                    .batch = batch,
                    .begin = begin,
                    .stop = stop,
                    .state = object,
                    .alloc = node->engine->alloc};
    while (call.begin < stop && step != OZ_FAILED && step != OZ_DONE) {
        given->begin = given->count == 0 ? call.begin : given->begin;
        call.objects = given->items + given->count;
        call.room = ROOM - given->count;
        call.end = call.begin;
        call.count = 0;
        call.is_mutable = false;
        oz_status status =
            fold->function->call(fold->function->self, &call, &node->engine->scratch);
        step = after_call(node, fold, &call, given, status);
    }
    return step;
}

static oz_step
fold_run(oz_context *node, const ozi_fold *fold, const oz_batch *batch, int64_t begin, int64_t stop,
         results *given)
{
    place at;
    oz_object object = NULL;
    oz_status status = find_place(node, fold, batch->rows, begin, &at);
    if (status == OZ_OK) {
        status = move_out(node, fold, at.entry, &object);
    }
    if (status != OZ_OK) {
        return fail(node, fold, batch, given, status);
    }
    oz_step step = fold_rows(node, fold, batch, begin, stop, &object, given);
    status = move_in(node, fold, batch->rows, begin, &at, object);
    return status == OZ_OK ? step : oz_failed(node, status);
}

/* The end of the run of rows from `begin` that have the same key. */
static int64_t
run_end(const oz_batch *batch, int64_t begin)
{
    const oz_rows *rows = batch->rows;
    if (!has_key(rows)) {
        return batch->row_count;
    }
    int64_t end = begin + 1;
    while (end < batch->row_count && ozi_key_same_bits(&rows->keys[end], &rows->keys[begin])) {
        end++;
    }
    return end;
}

/* Of later rows: fetches the bucket, the entry, and the object that is the state. */
static void
look_ahead(const oz_table *table, const oz_batch *batch, int64_t row)
{
    const uint64_t *hashes = batch->rows->hashes;
    const oz_key *keys = batch->rows->keys;
    if (row + 3 * AHEAD >= batch->row_count || table->dict.used <= OZI_SMALL) {
        return;
    }
    ozi_view view = ozi_view_of(table);
    __builtin_prefetch(ozi_view_bucket(&view, hashes[row + 3 * AHEAD]));
    __builtin_prefetch(ozi_view_guess(&view, hashes[row + 2 * AHEAD]).entry, 1);
    ozi_entry *entry = ozi_view_guess(&view, hashes[row + AHEAD]).entry;
    if (ozi_key_same_bits(&entry->key, &keys[row + AHEAD])) {
        const oz_scalar *state = ozi_entry_value(entry);
        __builtin_prefetch(state->kind == OZ_SCALAR_OBJECT ? state->as.object : state, 1);
    }
}

oz_step
ozi_fold_batch(oz_context *node, const ozi_fold *fold, const oz_batch *batch)
{
    oz_step step = OZ_NEED;
    results given;
    const oz_table *table = oz_context_table(node, fold->table);
    if (oz_context_objects(node) == NULL) {
        return oz_fail(node, OZ_UNSUPPORTED, "a function with a state needs objects");
    }
    given.count = 0;
    for (int64_t begin = 0; begin < batch->row_count && step != OZ_FAILED && step != OZ_DONE;) {
        int64_t end = run_end(batch, begin);
        if (has_key(batch->rows)) {
            look_ahead(table, batch, begin);
        }
        step = fold_run(node, fold, batch, begin, end, &given);
        begin = end;
    }
    if (step == OZ_FAILED || step == OZ_DONE) {
        node->engine->objects->release_many(given.items, given.count);
        return step;
    }
    oz_step last = give(node, fold, batch, &given);
    return last == OZ_NEED ? step : last;
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
    place at;
    oz_object object = NULL;
    oz_object given = NULL;
    *result = NULL;
    oz_status status = find_place(node, fold, rows, 0, &at);
    if (status == OZ_OK) {
        status = move_out(node, fold, at.entry, &object);
    }
    if (status != OZ_OK) {
        return oz_failed(node, status);
    }
    status = call_one(node, fold, row, rows, &object, &given);
    oz_step step = OZ_NEED;
    if (__builtin_expect(status != OZ_OK, 0)) {
        step = ozi_apply_failed(node, status, row, rows);
    }
    status = move_in(node, fold, rows, 0, &at, object);
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
