/* See io_error.h. */
#include "base/io_error.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

oz_status
ozi_io_error(oz_error *error, int64_t result, const char *doing, const char *name)
{
    bool missing = result == -ENOENT || result == -ENOTDIR;
    return oz_error_set(error, missing ? OZ_NOT_FOUND : OZ_IO, "cannot %s '%s': %s", doing, name,
                        strerror((int)-result));
}
