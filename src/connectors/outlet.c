/* What sinks of bytes share: see outlet.h. */
#include "connectors/outlet.h"

#include <string.h>

static oz_status
find_codec(const char *framing, const oz_codec **codec, oz_error *error)
{
    *codec = oz_codec_find(framing);
    if (*codec == NULL) {
        return oz_error_set(error, OZ_INVALID, "the framing '%s' is not known", framing);
    }
    return OZ_OK;
}

oz_status
ozi_outlet_bind(const char *framing, const oz_schema *input, oz_error *error)
{
    const oz_codec *codec;
    OZ_TRY(find_codec(framing, &codec, error));
    if (input->column_count > 1) {
        return oz_error_set(error, OZ_INVALID,
                            "rows of %u values cannot be written: make one text of each first, for "
                            "example with starmap(\"{} => {}\".format)",
                            input->column_count);
    }
    oz_type type = input->column_count == 0 ? OZ_ANY : input->types[0];
    if (type != OZ_ANY && type != OZ_STRING && type != OZ_BYTES && type != OZ_OBJECT) {
        return oz_error_set(error, OZ_INVALID,
                            "%s values cannot be written: only text and bytes can (map(str) makes "
                            "text)",
                            oz_type_name(type));
    }
    return OZ_OK;
}

oz_status
ozi_outlet_init(ozi_outlet *outlet, oz_context *context, const char *framing, oz_error *error)
{
    *outlet = (ozi_outlet){.io = oz_context_io(context),
                           .file = -1,
                           .bytes = {.alloc = oz_context_alloc(context)}};
    return find_codec(framing, &outlet->codec, error);
}

oz_step
ozi_outlet_rows(ozi_outlet *outlet, oz_context *context, const oz_batch *batch)
{
    int64_t row = 0;
    for (;;) {
        oz_error *error = oz_context_error(context);
        oz_status status = ozi_write_rows(outlet->codec, batch, &row, &outlet->bytes, error);
        if (status == OZ_OK) {
            return OZ_NEED;
        }
        if (status != OZ_BAD_RECORD) {
            return oz_failed(context, status);
        }
        if (oz_bad_record(context, batch, row) == OZ_FAILED) {
            return OZ_FAILED;
        }
        row++;
    }
}

int64_t
ozi_outlet_push(ozi_outlet *outlet)
{
    oz_bytes *bytes = &outlet->bytes;
    const oz_io *io = outlet->io;
    while (oz_bytes_size(bytes) > 0) {
        const char *data = bytes->data + bytes->begin;
        size_t size = oz_bytes_size(bytes);
        int64_t result = outlet->socket ? io->send(io->self, outlet->file, data, size)
                                        : io->write(io->self, outlet->file, data, size);
        if (result < 0) {
            return result;
        }
        oz_bytes_drop(bytes, (size_t)result);
        outlet->written += result;
    }
    return 0;
}

static oz_status
watch(ozi_outlet *outlet, oz_context *context, bool wanted)
{
    if (outlet->watched == wanted) {
        return OZ_OK;
    }
    outlet->watched = wanted;
    return oz_watch(context, outlet->file, wanted ? OZ_IO_WRITABLE : OZ_IO_NONE, 0);
}

oz_step
ozi_outlet_flush(ozi_outlet *outlet, oz_context *context)
{
    int64_t result = ozi_outlet_push(outlet);
    if (result < 0 && result != OZ_IO_AGAIN) {
        /* Once is enough: close must not try again. */
        oz_bytes_free(&outlet->bytes);
        return oz_fail(context, OZ_IO, "cannot write to '%s' after %lld bytes: %s", outlet->name,
                       (long long)outlet->written, strerror((int)-result));
    }
    oz_status status = watch(outlet, context, result == OZ_IO_AGAIN);
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    return result == OZ_IO_AGAIN ? OZ_WAIT : OZ_NEED;
}

void
ozi_outlet_close(ozi_outlet *outlet)
{
    if (outlet->file > 2) {
        (void)outlet->io->close(outlet->io->self, outlet->file);
    }
    outlet->file = -1;
    if (outlet->bytes.alloc != NULL) {
        oz_bytes_free(&outlet->bytes);
    }
}
