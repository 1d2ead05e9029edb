/* One piece of work at a time beside the thread that drives the instance (oz_io.aside). */
#ifndef OUZEL_RUN_ASIDE_H
#define OUZEL_RUN_ASIDE_H

#include <stdatomic.h>

#include "ouzel/io.h"

/* Zeroed: there is none. */
typedef struct ozi_aside {
    const oz_io *io; /* NULL: there is none, or it was done at once */
    int64_t work;
    void (*run)(void *context);
    void *context;
    _Atomic _Bool is_done;
} ozi_aside;

/* Begins it; the poller is woken when it is done. Where that cannot be it is done at once. */
void
ozi_aside_begin(ozi_aside *aside, const oz_io *io, int64_t poller, void (*run)(void *context),
                void *context);
/* Whether it is done, or there is none: what it has written may be read then. */
bool
ozi_aside_is_done(ozi_aside *aside);
/* Waits until it is. */
void
ozi_aside_wait(ozi_aside *aside);

#endif
