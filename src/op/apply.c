#include "op/apply.h"

#include "batch/rows.h"

/* What one call may write to; for one row all of it lies on the stack. */
typedef struct room {
    oz_object one;
    uint8_t truth;
    oz_object *objects;
    uint8_t *truths;
    int64_t rows;
} room;

static oz_status
room_open(room *room, oz_context *node, oz_call_kind kind, int64_t rows)
{
    room->rows = rows;
    room->objects = &room->one;
    room->truths = &room->truth;
    if (rows == 1) {
        return OZ_OK;
    }
    const oz_alloc *alloc = node->engine->alloc;
    if (kind == OZ_CALL_FILTER) {
        room->truths = ozi_alloc_new(alloc, (size_t)rows);
        return room->truths == NULL ? OZ_NO_MEMORY : OZ_OK;
    }
    if (kind != OZ_CALL_SINK) {
        room->objects = oz_objects_new(alloc, rows);
        return room->objects == NULL ? OZ_NO_MEMORY : OZ_OK;
    }
    return OZ_OK;
}

static void
room_close(room *room, oz_context *node)
{
    const oz_alloc *alloc = node->engine->alloc;
    if (room->truths != &room->truth) {
        ozi_alloc_free(alloc, room->truths, (size_t)room->rows);
    }
    if (room->objects != &room->one && room->objects != NULL) {
        oz_objects_free(alloc, &room->objects, room->rows);
    }
}

/* Rows [begin, end) of row data; all of them cost nothing. */
static oz_status
rows_of(const oz_rows *rows, int64_t begin, int64_t end, int64_t row_count, const oz_rows **out,
        bool *is_new)
{
    *is_new = rows != NULL && (begin != 0 || end != row_count);
    *out = rows;
    return *is_new ? ozi_rows_slice(rows, begin, end, out) : OZ_OK;
}

/* ---- results as batches ---------------------------------------------------------------------- */

/* A batch of the results of rows [call->begin, call->end), from a column or from objects. */
static oz_status
results_batch(oz_context *node, oz_call *call, room *room, const oz_rows *rows,
              const oz_batch **out)
{
    const oz_alloc *alloc = node->engine->alloc;
    if (call->column == NULL) {
        OZ_TRY(oz_column_of_objects(alloc, node->engine->objects, &room->objects, room->rows,
                                    call->count, &call->column));
    }
    return oz_batch_new(alloc, &call->column, NULL, 1, rows, out);
}

static oz_step
take_batch(oz_context *node, oz_call *call, room *room, ozi_take_results take, void *state)
{
    const oz_rows *rows;
    bool is_new;
    oz_status status =
        rows_of(call->batch->rows, call->begin, call->end, call->batch->row_count, &rows, &is_new);
    const oz_batch *results = NULL;
    if (status == OZ_OK) {
        status = results_batch(node, call, room, rows, &results);
        if (is_new) {
            oz_rows_release(&rows);
        }
    }
    if (status != OZ_OK) {
        oz_column_release(&call->column);
        return oz_failed(node, status);
    }
    oz_step step = take(state, node, call, results);
    oz_batch_release(&results);
    return step;
}

/* The results of one call, in the cheapest form that they allow. */
static oz_step
take_results(oz_context *node, oz_call *call, room *room, ozi_take_results take, void *state)
{
    if (call->kind == OZ_CALL_FILTER || call->kind == OZ_CALL_SINK) {
        return take(state, node, call, NULL);
    }
    if (call->column != NULL || room->rows > 1) {
        return take_batch(node, call, room, take, state);
    }
    oz_one one;
    const oz_object_class *objects = node->engine->objects;
    const oz_batch *batch =
        oz_batch_one(&one, node->engine->alloc, objects, room->one, call->batch->rows);
    const oz_rows *sliced = NULL;
    if (batch->rows != NULL && call->batch->row_count > 1) {
        oz_status status = ozi_rows_slice(batch->rows, call->begin, call->end, &sliced);
        if (status != OZ_OK) {
            objects->release(room->one);
            return oz_failed(node, status);
        }
        one.batch.rows = sliced;
    }
    oz_step step = take(state, node, call, batch);
    objects->release(room->one);
    oz_rows_release(&sliced);
    return step;
}

oz_step
ozi_apply(oz_context *node, oz_function *function, oz_call_kind kind, const oz_batch *batch,
          ozi_take_results take, void *state)
{
    oz_step step = OZ_NEED;
    oz_call call = {.kind = kind, .batch = batch, .stop = batch->row_count};
    call.alloc = node->engine->alloc;
    while (call.begin < call.stop && step != OZ_FAILED && step != OZ_DONE) {
        room room;
        oz_status status = room_open(&room, node, kind, call.stop - call.begin);
        if (status != OZ_OK) {
            return oz_failed(node, status);
        }
        call.objects = room.objects;
        call.truths = room.truths;
        call.room = room.rows;
        call.end = call.begin;
        call.count = 0;
        call.column = NULL;
        status = function->call(function->self, &call, &node->engine->scratch);
        oz_error error;
        if (__builtin_expect(status != OZ_OK, 0)) {
            error = node->engine->scratch; /* taking the results may overwrite it */
        }
        if (call.end > call.begin) {
            step = take_results(node, &call, &room, take, state);
        }
        room_close(&room, node);
        call.begin = call.end;
        /* After DONE a row that fails was never asked for. */
        if (__builtin_expect(status != OZ_OK, 0) && step != OZ_FAILED && step != OZ_DONE) {
            node->engine->scratch = error;
            if (status != OZ_BAD_RECORD) {
                return oz_failed(node, status);
            }
            oz_step bad = oz_bad_record(node, batch, call.end);
            step = bad == OZ_FAILED ? OZ_FAILED : step;
            call.begin++;
        }
    }
    return step;
}

/* ---- one object ------------------------------------------------------------------------------ */

/* A function without a call for one object is called with a batch that is one. */
oz_status
ozi_apply_by_batch(oz_context *node, oz_function *function, oz_call_kind kind, oz_object row,
                   const oz_rows *rows, oz_object *result)
{
    const oz_batch *batch = ozi_one_batch(node, row, rows);
    uint8_t truth = 1;
    oz_call call = {.kind = kind,
                    .batch = batch,
                    .stop = 1,
                    .objects = result,
                    .room = 1,
                    .truths = &truth,
                    .alloc = node->engine->alloc};
    OZ_TRY(function->call(function->self, &call, &node->engine->scratch));
    oz_status status = OZ_OK;
    if (kind != OZ_CALL_MAP) {
        *result = truth != 0 ? row : NULL;
    } else if (call.column != NULL) {
        oz_scalar value;
        status = oz_column_scalar(call.column, 0, &value);
        if (status == OZ_OK) {
            status = node->engine->objects->box(&value, result);
        }
        oz_column_release(&call.column);
    }
    return status;
}

oz_step
ozi_apply_failed(oz_context *node, oz_status status, oz_object row, const oz_rows *rows)
{
    return status == OZ_BAD_RECORD ? oz_bad_record(node, ozi_one_batch(node, row, rows), 0)
                                   : oz_failed(node, status);
}

/* ---- results without a batch of their own ---------------------------------------------------- */

static oz_step
emit_many(oz_context *node, uint32_t output, oz_object *objects, int64_t count, const oz_rows *rows)
{
    const oz_alloc *alloc = node->engine->alloc;
    const oz_column *column = NULL;
    const oz_batch *batch = NULL;
    oz_object *array = oz_objects_new(alloc, count);
    if (array == NULL) {
        node->engine->objects->release_many(objects, count);
        return oz_failed(node, OZ_NO_MEMORY);
    }
    memcpy(array, objects, (size_t)count * sizeof *array);
    oz_status status =
        oz_column_of_objects(alloc, node->engine->objects, &array, count, count, &column);
    if (status == OZ_OK) {
        status = oz_batch_new(alloc, &column, NULL, 1, rows, &batch);
    }
    oz_step step = status == OZ_OK ? oz_emit(node, output, batch) : oz_failed(node, status);
    oz_batch_release(&batch);
    return step;
}

oz_step
ozi_emit_objects(oz_context *node, uint32_t output, oz_object *objects, int64_t count,
                 const oz_rows *rows, int64_t begin, int64_t row_count)
{
    const oz_object_class *class = node->engine->objects;
    const oz_rows *part;
    bool is_new;
    oz_status status = rows_of(rows, begin, begin + count, row_count, &part, &is_new);
    if (status != OZ_OK) {
        class->release_many(objects, count);
        return oz_failed(node, status);
    }
    oz_step step;
    if (count == 1) {
        step = oz_emit_object(node, output, objects[0], part);
        class->release(objects[0]);
    } else {
        step = emit_many(node, output, objects, count, part);
    }
    if (is_new) {
        oz_rows_release(&part);
    }
    return step;
}
