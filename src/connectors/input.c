/* What sources of bytes share: see input.h. */
#include "connectors/input.h"

oz_status
ozi_format_find(const ozi_format *format, const oz_codec **codec, oz_encoding *encoding,
                oz_error *error)
{
    *codec = oz_codec_find(format->framing);
    if (*codec == NULL) {
        return oz_error_set(error, OZ_INVALID,
                            "the framing '%s' is not known: lines, raw, u8, u16, u32 or u64, and "
                            "u16le, u32le or u64le for little endian",
                            format->framing);
    }
    return oz_encoding_find(format->encoding, *codec, encoding, error);
}

const char *
ozi_format_unit(const oz_codec *codec)
{
    return codec->text ? "line" : "record";
}

oz_status
ozi_format_bind(const ozi_format *format, oz_schema *output, oz_error *error)
{
    const oz_codec *codec;
    oz_encoding encoding;
    OZ_TRY(ozi_format_find(format, &codec, &encoding, error));
    *output = (oz_schema){.column_count = 1,
                          .types = {encoding == OZ_ENCODING_NONE ? OZ_BYTES : OZ_STRING}};
    return OZ_OK;
}

enum { TO_POLICY = -1 };

/* One record needs no memory: batch, column and row data lie on the stack. */
static oz_step
emit_one(oz_context *context, int port, const oz_origin *origin, const ozi_records *records)
{
    int64_t position = records->first + 1;
    const oz_column *columns[1] = {records->column};
    const oz_alloc *alloc = oz_context_alloc(context);
    oz_rows rows = {.references = OZ_ON_STACK,
                    .positions = &position,
                    .origin = origin,
                    .alloc = alloc};
    oz_batch batch = {.references = OZ_ON_STACK,
                      .column_count = 1,
                      .row_count = 1,
                      .columns = columns,
                      .rows = &rows,
                      .alloc = alloc};
    return port == TO_POLICY ? oz_bad_record(context, &batch, 0)
                             : oz_emit(context, (uint32_t)port, &batch);
}

/* A batch of `*column`, which is taken. */
static oz_status
make_batch(const oz_alloc *alloc, const oz_origin *origin, int64_t first, const oz_column **column,
           const oz_batch **out)
{
    oz_rows *rows = NULL;
    int64_t count = (*column)->length;
    OZ_TRY(ozi_rows_derive(alloc, NULL, count, OZI_ROWS_POSITIONS, &rows));
    int64_t *positions = ozi_rows_positions(rows);
    for (int64_t i = 0; i < count; i++) {
        positions[i] = first + 1 + i;
    }
    ozi_rows_set_origin(rows, origin);
    oz_status status = oz_batch_new(alloc, column, NULL, 1, rows, out);
    const oz_rows *held = rows;
    oz_rows_release(&held);
    return status;
}

oz_step
ozi_input_emit(oz_context *context, const oz_origin *origin, ozi_records *records)
{
    oz_step step;
    if (records->column->references == OZ_ON_STACK) {
        step = emit_one(context, 0, origin, records);
    } else {
        const oz_batch *batch = NULL;
        oz_status status =
            make_batch(oz_context_alloc(context), origin, records->first, &records->column, &batch);
        step = status == OZ_OK ? oz_emit(context, 0, batch) : oz_failed(context, status);
        oz_batch_release(&batch);
    }
    ozi_records_drop(records);
    return step;
}

oz_step
ozi_input_fault(oz_context *context, const oz_origin *origin, const ozi_reader *reader,
                ozi_records *records)
{
    ozi_records_explain(reader, records, oz_context_error(context));
    oz_step step = emit_one(context, TO_POLICY, origin, records);
    ozi_records_drop(records);
    return step;
}

oz_step
ozi_input_dead(oz_context *context, uint32_t port, const oz_origin *origin, ozi_records *records)
{
    oz_step step = OZ_NEED;
    if (oz_has_reader(context, port)) {
        step = emit_one(context, (int)port, origin, records);
    }
    ozi_records_drop(records);
    return step;
}
