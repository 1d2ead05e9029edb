/* Messages for what the io table answers. */
#ifndef OUZEL_BASE_IO_ERROR_H
#define OUZEL_BASE_IO_ERROR_H

#include <stdint.h>

#include "ouzel/status.h"

/*
 * "cannot open 'x': No such file or directory", from a negated errno. NOT_FOUND for a name that
 * does not exist, else IO.
 */
oz_status
ozi_io_error(oz_error *error, int64_t result, const char *doing, const char *name);

#endif
