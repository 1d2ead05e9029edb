/*
 * Queue steps: buffer, delay, rate_limit and feedback hold rows in a QUEUE table and let them go by
 * a timer; they never sleep. What differs is when a row is due and how many may go at once.
 *
 * A queue step has its QUEUE as table 0, uses timer 0, and answers WAIT while it holds as many rows
 * as its bound, which stops whatever feeds it.
 */
#ifndef OUZEL_OP_QUEUE_H
#define OUZEL_OP_QUEUE_H

#include "op/context.h"

/* Appends `batch`, due at `due_ns`, and sets the timer. WAIT when `rows_max` is reached. */
oz_step
ozi_queue_put(oz_context *node, const oz_batch *batch, int64_t due_ns, int64_t rows_max);
/*
 * Emits batches that are due, of at most `rows` rows in all, and sets the timer for the next one,
 * not before `next_ns`. When something below can take no more, it stops, and on_timer is called
 * again as soon as that has changed. WAIT while `rows_max` or more rows are held, and also when the
 * input has ended and rows are left.
 */
oz_step
ozi_queue_let_go(oz_context *node, int64_t rows, int64_t rows_max, int64_t next_ns);
/* For on_watermark: it waits behind the rows that came before it. */
oz_step
ozi_queue_watermark(oz_context *node, int64_t time_ns);
/* For on_end: WAIT while rows are held. */
oz_step
ozi_queue_end(oz_context *node);
/* For on_flush: emits everything, due or not, as far as what is below can take it. */
oz_step
ozi_queue_flush(oz_context *node);

#endif
