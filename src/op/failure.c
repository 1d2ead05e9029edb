/*
 * Failures and bad records: every message names the step, the line of the user's program that
 * built it, and the record with its origin.
 */
#include <stdio.h>

#include "op/context.h"

/* Appends " (record 'x', line 12 of book.txt)" to what `error` says. */
static void
describe_record(oz_error *error, const oz_batch *batch, int64_t row)
{
    char record[OZI_RECORD_PRINT_MAX + 4];
    if (oz_batch_print_row(batch, row, record, OZI_RECORD_PRINT_MAX) >= OZI_RECORD_PRINT_MAX) {
        memcpy(record + OZI_RECORD_PRINT_MAX - 1, "...", 4);
    }
    char text[OZ_ERROR_TEXT_MAX];
    memcpy(text, error->text, sizeof text);
    const oz_rows *rows = batch->rows;
    if (rows != NULL && rows->origin != NULL && rows->positions != NULL) {
        (void)oz_error_set(error, error->status, "%s; the record is %s, %s %lld of %s", text,
                           record, rows->origin->unit, (long long)rows->positions[row],
                           rows->origin->name);
    } else {
        (void)oz_error_set(error, error->status, "%s; the record is %s", text, record);
    }
}

static void
describe_node(const oz_context *node, oz_error *error)
{
    if (node->where != NULL) {
        (void)oz_error_context(error, "step \"%s\" (%s)", node->name, node->where);
    } else {
        (void)oz_error_context(error, "step \"%s\"", node->name);
    }
}

oz_step
ozi_latch(oz_context *node, const oz_batch *batch, int64_t row)
{
    ozi_engine *engine = node->engine;
    if (engine->error.status != OZ_OK) {
        return OZ_FAILED;
    }
    if (engine->scratch.status == OZ_OK) {
        (void)oz_error_set(&engine->scratch, OZ_INVALID, "failed without saying why");
    }
    engine->error = engine->scratch;
    engine->scratch = (oz_error){.status = OZ_OK};
    engine->failed_node = node->id;
    if (batch != NULL) {
        describe_record(&engine->error, batch, row);
        /* Without memory the message still has the record's text. */
        (void)!oz_batch_slice(batch, row, row + 1, &engine->failed_batch);
    }
    describe_node(node, &engine->error);
    return OZ_FAILED;
}

oz_step
oz_fail(oz_context *node, oz_status status, const char *format, ...)
{
    char text[OZ_ERROR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)oz_error_set(&node->engine->scratch, status, "%s", text);
    return ozi_latch(node, NULL, 0);
}

oz_error *
oz_context_error(oz_context *node)
{
    return &node->engine->scratch;
}

oz_step
oz_failed(oz_context *node, oz_status status)
{
    if (node->engine->scratch.status != status) {
        (void)oz_error_set(&node->engine->scratch, status, "%s", oz_status_name(status));
    }
    return ozi_latch(node, NULL, 0);
}

static oz_step
emit_dead(oz_context *node, const oz_batch *batch, int64_t row)
{
    const oz_batch *one = NULL;
    oz_status status = oz_batch_slice(batch, row, row + 1, &one);
    if (status != OZ_OK) {
        return oz_failed(node, status);
    }
    oz_step step = oz_emit(node, node->dead_output, one);
    oz_batch_release(&one);
    return step == OZ_FAILED ? OZ_FAILED : OZ_NEED;
}

oz_step
oz_bad_record(oz_context *node, const oz_batch *batch, int64_t row)
{
    node->stats.bad_records++;
    if (node->policy == OZ_POLICY_FAIL) {
        return ozi_latch(node, batch, row);
    }
    node->engine->scratch = (oz_error){.status = OZ_OK};
    if (node->policy == OZ_POLICY_DEAD_LETTER && node->dead_output != UINT32_MAX) {
        return emit_dead(node, batch, row);
    }
    return OZ_NEED;
}
