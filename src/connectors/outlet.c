/* What sinks of bytes share: see outlet.h. */
#include "connectors/outlet.h"

#include <errno.h>
#include <string.h>

enum { VIEWS_MAX = 64 };

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

/* Records that were sent as a whole are done with; of the last, cut one all bytes are kept. */
static void
drop_whole_records(ozi_outlet *outlet)
{
    oz_bytes *bytes = &outlet->bytes;
    oz_view views[VIEWS_MAX];
    while (outlet->sent > 0 && outlet->codec->framed) {
        uint64_t state[OZ_CODEC_STATE_MAX / sizeof(uint64_t)] = {0};
        oz_decode call = {.data = bytes->data + bytes->begin,
                          .size = oz_bytes_size(bytes),
                          .last = true,
                          .record_max = OZ_RECORD_MAX_LIMIT,
                          .views = views,
                          .room = VIEWS_MAX};
        outlet->codec->decode(outlet->codec, state, &call);
        size_t whole = call.consumed <= outlet->sent ? call.consumed : 0;
        for (int64_t i = 1; i < call.count && whole == 0; i++) {
            const char *begin = views[call.count - i].data - outlet->codec->header;
            size_t before = (size_t)(begin - call.data);
            whole = before <= outlet->sent ? before : 0;
        }
        if (whole == 0) {
            return;
        }
        oz_bytes_drop(bytes, whole);
        outlet->sent -= whole;
    }
}

int64_t
ozi_outlet_push(ozi_outlet *outlet)
{
    oz_bytes *bytes = &outlet->bytes;
    const oz_io *io = outlet->io;
    while (oz_bytes_size(bytes) > outlet->sent) {
        const char *data = bytes->data + bytes->begin + outlet->sent;
        size_t size = oz_bytes_size(bytes) - outlet->sent;
        int64_t result = outlet->socket ? io->send(io->self, outlet->file, data, size)
                                        : io->write(io->self, outlet->file, data, size);
        if (result < 0) {
            drop_whole_records(outlet);
            return result;
        }
        outlet->written += result;
        outlet->sent += (size_t)result;
    }
    oz_bytes_drop(bytes, outlet->sent);
    outlet->sent = 0;
    return 0;
}

void
ozi_outlet_rewind(ozi_outlet *outlet)
{
    drop_whole_records(outlet);
    outlet->sent = 0;
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
ozi_outlet_flush(ozi_outlet *outlet, oz_context *context, const char *name)
{
    int64_t result = ozi_outlet_push(outlet);
    if (result == -EPIPE) {
        ozi_outlet_forget(outlet);
        return OZ_DONE;
    }
    if (result < 0 && result != OZ_IO_AGAIN) {
        /* Once is enough: close must not try again. */
        ozi_outlet_forget(outlet);
        return oz_fail(context, OZ_IO, "cannot write to \'%s\' after %lld bytes: %s", name,
                       (long long)outlet->written, strerror((int)-result));
    }
    oz_status status = watch(outlet, context, result == OZ_IO_AGAIN);
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    return result == OZ_IO_AGAIN ? OZ_WAIT : OZ_NEED;
}

int64_t
ozi_outlet_rows_held(const ozi_outlet *outlet)
{
    const oz_bytes *bytes = &outlet->bytes;
    return outlet->codec == NULL || oz_bytes_size(bytes) == 0
               ? 0
               : oz_codec_count(outlet->codec, NULL, bytes->data + bytes->begin,
                                oz_bytes_size(bytes));
}

void
ozi_outlet_forget(ozi_outlet *outlet)
{
    outlet->sent = 0;
    if (outlet->bytes.alloc != NULL) {
        oz_bytes_free(&outlet->bytes);
    }
}

void
ozi_outlet_close(ozi_outlet *outlet)
{
    if (outlet->file > 2) {
        (void)outlet->io->close(outlet->io->self, outlet->file);
    }
    outlet->file = -1;
    ozi_outlet_forget(outlet);
}
