/*
 * What steps have left to be done on the disk (oz_leave_errand): checkpoints do the errands of all
 * steps aside (oz_io.aside), and go on when they are done.
 *
 *     prepare   -> errands: the files of sinks are durable   -> the epoch can hold
 *     commit    -> errands: what shows them has its name     -> the next one can begin
 */
#ifndef OUZEL_OP_ERRANDS_H
#define OUZEL_OP_ERRANDS_H

#include "op/context.h"

static inline bool
ozi_errands_are_none(const ozi_errands *errands)
{
    return errands->list.count == 0;
}
/*
 * Does them all; the first failure ends it. Files are closed. In any one thread: it uses nothing
 * else of the engine.
 */
void
ozi_errands_do(ozi_errands *errands, const oz_io *io);
/* Does them all and forgets them; the message names the step and the file. */
OZ_MUST_USE oz_status
ozi_errands_now(ozi_engine *engine, oz_error *error);
/* They were done: forgets them. FAILED, latched, when one has failed. */
oz_step
ozi_errands_end(ozi_engine *engine);
/* Forgets them, done or not. */
void
ozi_errands_clear(ozi_engine *engine);

#endif
