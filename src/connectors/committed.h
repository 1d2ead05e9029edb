/*
 * A file that grows, exactly once: what comes after the length that was committed is cut off when
 * the job goes on after a crash.
 *
 *     out.txt             what was written, committed or not
 *     out.txt.committed   how many bytes of it are final: a decimal number and a line end
 *
 * A reader that must not see a row twice reads so many bytes and no more. The length is in table
 * 0 of the sink, which is saved with each epoch, and is shown in the side file once that is safe.
 * Without a state folder, and for what is no regular file, none of this happens.
 */
#ifndef OUZEL_CONNECTORS_COMMITTED_H
#define OUZEL_CONNECTORS_COMMITTED_H

#include "connectors/outlet.h"

#define OZI_COMMITTED_TABLE                                                                        \
    {                                                                                              \
        .name = "committed", .kind = OZ_TABLE_VALUE, .fields = {OZ_FIELD_INT64, OZ_FIELD_INT64},   \
        .help = "whether the file has been begun, and how many bytes of it are final"              \
    }

/*
 * Opens the file of the outlet: anew, or, with restored tables, cut to the committed length.
 * REFUSED when it is shorter than that.
 */
oz_status
ozi_committed_open(ozi_outlet *outlet, oz_context *context, const char *path, oz_error *error);
/* prepare and commit of a sink with such a file. */
oz_status
ozi_committed_prepare(ozi_outlet *outlet, oz_context *context, const char *path);
oz_status
ozi_committed_commit(oz_context *context, const char *path);

#endif
