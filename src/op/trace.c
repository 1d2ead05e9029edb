/*
 * What a worker does, written down in the memory of its job for who finds it dead: the step that
 * was called last, and with which rows. A record that has killed again and again is bad for its
 * step.
 */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "batch/batch.h"
#include "op/exchange.h"

/* Names stay what they were until others come: a new origin is copied only when it differs. */
static void
copy_name(char *to, size_t size, const char *from)
{
    if (strncmp(to, from, size - 1) != 0) {
        (void)snprintf(to, size, "%s", from);
    }
}

enum { TEXT_MAX = 4096 };

static void
print_record(ozi_trace *trace, const oz_batch *batch)
{
    char text[TEXT_MAX];
    size_t size = oz_batch_print_row(batch, 0, text, sizeof text);
    trace->hash = ozi_hash_bytes(size, text, strlen(text));
    (void)snprintf(trace->record, sizeof trace->record, "%.95s", text);
}

static void
write_down(ozi_trace *trace, const ozi_traced *called)
{
    const oz_context *node = called->node;
    const oz_batch *batch = called->batch;
    const oz_rows *rows = batch == NULL ? NULL : batch->rows;
    bool has_origin = rows != NULL && rows->origin != NULL && rows->positions != NULL;
    bool is_strict = node->engine->batch_rows == 1 || node->is_blamed;
    trace->node = node->id + 1;
    trace->rows = batch == NULL ? 0 : (uint32_t)batch->row_count;
    trace->position = has_origin ? rows->positions[0] : -1;
    trace->record[0] = '\0';
    if (batch != NULL && batch->row_count == 1 && is_strict) {
        print_record(trace, batch);
    }
    if (has_origin) {
        copy_name(trace->origin, sizeof trace->origin, rows->origin->name);
        copy_name(trace->unit, sizeof trace->unit, rows->origin->unit);
    }
}

void
ozi_trace_begin(const oz_context *node, const ozi_traced *called, ozi_traced *outer)
{
    ozi_engine *engine = node->engine;
    *outer = engine->traced;
    engine->traced = *called;
    engine->trace->calls++;
    engine->trace->depth += !called->may_rest;
    write_down(engine->trace, called);
}

void
ozi_trace_end(const oz_context *node, const ozi_traced *outer)
{
    ozi_engine *engine = node->engine;
    engine->trace->depth -= !engine->traced.may_rest;
    engine->traced = *outer;
    if (outer->node != NULL) {
        write_down(engine->trace, outer);
    }
}

bool
ozi_trace_is_deadly(const oz_context *node)
{
    const ozi_engine *engine = node->engine;
    return ozi_job_blames(engine->exchange->job, node->id + 1, &engine->trace->hash);
}

oz_step
ozi_set_aside(oz_context *node, const oz_batch *batch)
{
    (void)oz_error_set(&node->engine->scratch, OZ_BAD_RECORD,
                       "workers have died with this record again and again; on_error=\"skip\" or "
                       "\"dead_letter\" leaves such a record out");
    return oz_bad_record(node, batch, 0) == OZ_FAILED ? OZ_FAILED : OZ_NEED;
}
