/*
 * A node at work: its operator's state, where its rows go, and what the dispatcher knows of it.
 *
 * The first fields are those that every batch touches.
 */
#ifndef OUZEL_OP_CONTEXT_H
#define OUZEL_OP_CONTEXT_H

#include "op/engine.h"

/* One reader of an output port. */
typedef struct ozi_target {
    oz_context *node;
    uint32_t edge; /* which of the reader's edges this is, over all its inputs */
    bool closed;   /* the reader said DONE, or this output ended */
} ozi_target;

typedef struct ozi_output {
    ozi_target *targets; /* in the order drawn */
    uint32_t count;
    uint32_t open;
    int64_t rows;
} ozi_output;

/*
 * A batch that waits because the node was at work, or because what is below it is held; or, without
 * a batch, a watermark that keeps its place among the rows.
 */
typedef struct ozi_waiting {
    struct ozi_waiting *next;
    const oz_batch *batch; /* retained; NULL: a watermark */
    int64_t row;           /* rows before it have been delivered */
    int64_t time_ns;       /* of a watermark */
    uint32_t edge;
    uint32_t output;
    uint32_t target; /* of a single row: the readers before it have got it */
} ozi_waiting;

typedef struct ozi_waiting_list {
    ozi_waiting *first;
    ozi_waiting *last; /* when there is a first */
    int64_t rows;
} ozi_waiting_list;

/* Why a node needs more than a plain return. */
enum ozi_attention {
    OZI_DEFERRED = 1,   /* `deferred` is not empty */
    OZI_REST = 2,       /* `rest` is not empty */
    OZI_UNWANTED = 4,   /* nobody reads its outputs any more */
    OZI_HELD = 8,       /* its bit in engine->held is set: what is above gives it nothing */
    OZI_LATE_END = 16,  /* an edge has ended that the operator was not told of yet */
    OZI_LATE_MARK = 32, /* an edge has ended that held the watermark back */
    OZI_FINISHING = 64, /* it has finished, but its readers have not all been told */
    OZI_CLOSED = 128,   /* it wants no more on some edge, which the node above may not know */
    OZI_STALLED = 256,  /* a queue step with due rows that what is below could not take */

    OZI_OWED = OZI_DEFERRED | OZI_REST | OZI_LATE_END | OZI_LATE_MARK,
};

/* Of an edge, seen from the node that reads it. */
enum ozi_edge_state { OZI_EDGE_OPEN, OZI_EDGE_ENDED, OZI_EDGE_UNTOLD };

typedef struct ozi_position ozi_position;

struct oz_context {
    const oz_operator *op;
    void *state;
    ozi_engine *engine;
    ozi_output *outputs;
    uint16_t attention; /* ozi_attention bits: 0 lets the dispatcher return at once */
    uint8_t own;        /* oz_step: what its operator said last, of itself: NEED, MORE or WAIT */
    bool busy;          /* on_batch or another function of it is on the stack */
    bool by_row;        /* branches below it rejoin: its output passes one row at a time */
    bool is_single;     /* each row of its only source brings it at most one */
    bool is_blamed;     /* a row given to it has killed workers again and again: it is split, too */
    bool is_keyed;      /* the rows of its inputs have keys */
    bool split;         /* its input passes one row at a time, too: it has several outputs */
    bool is_queue;      /* what it was given waits in a table: it is no part of a row's way down */
    bool ending;        /* all inputs have ended; on_end was called and is still at work */
    bool ended;         /* finished: outputs have ended too */
    bool absent;        /* it stands on another worker: none of its functions is called */
    bool restored;      /* it goes on from a state file */
    bool opened;        /* close is owed */
    bool ready;         /* source: something may be there to poll */
    bool draining;      /* source: reads no more */
    ozi_waiting_list deferred; /* input that came while it was at work */
    ozi_waiting_list rest;     /* by_row: output that waits until what is below can take it */

    oz_node_stats stats;

    uint32_t id; /* index in engine->nodes */
    uint32_t output_count;
    uint32_t edge_count;
    uint32_t open_edges;
    uint8_t *edge_states; /* per edge: ozi_edge_state */
    int64_t *watermarks;  /* per edge; INT64_MIN before the first */
    int64_t watermark;    /* the least of them that was passed on */
    uint64_t *below;      /* bit set of the nodes that it waits for when they are held */
    uint32_t below_words;
    void *options;
    oz_table **tables;
    uint32_t table_count;
    ozi_map receipts;        /* of the rows in tables; see receipts.h */
    ozi_position *positions; /* of a restored source, until it is open; see positions.h */
    int64_t *counters;
    uint32_t counter_count;
    oz_policy policy;
    uint32_t dead_output; /* the port "dead", or UINT32_MAX */
    const char *name;     /* the user's, or the id */
    const char *where;    /* or NULL */
    /*
     * A batch of one object, made once: only the object and its row data change. For a node that is
     * at work, which gives one at a time; an input is not.
     */
    oz_one one;
};

static inline const oz_batch *
ozi_one_batch(oz_context *node, oz_object object, const oz_rows *rows)
{
    node->one.object = object;
    node->one.batch.rows = rows;
    return &node->one.batch;
}

/* The object of a batch that is one object and no more; NULL for any other batch. */
static inline oz_object
ozi_sole_object(const oz_batch *batch)
{
    const oz_column *column = batch->columns[0];
    bool is_sole = batch->row_count == 1 && batch->column_count == 1 && batch->names == NULL &&
                   column->type == OZ_OBJECT && column->validity == NULL;
    return is_sole ? *(const oz_object *)column->values : NULL;
}

/* The timer of all steps that keep rows in a queue (queue.c). */
enum { OZI_QUEUE_TIMER = 0 };

enum { OZI_DEFERRED_ROWS_MAX = 1 << 20 };

/* ---- dispatch (dispatch.c) ------------------------------------------------------------------- */

/* Gives `batch` to the node's edge `edge`, or defers it when the node cannot take it now. */
oz_step
ozi_deliver(oz_context *node, uint32_t edge, const oz_batch *batch);
/* The same for one row that is one object, borrowed, from `from` to its reader `target` (line.c).
 */
oz_step
ozi_pass_object(oz_context *from, ozi_target *target, oz_object object, const oz_rows *rows);
/* The reader wants no more. */
void
ozi_close_target(oz_context *node, ozi_output *output, ozi_target *target);
/* True when ozi_resume has something to do, as soon as nothing below is held. */
bool
ozi_can_resume(const oz_context *node);
/* Goes on: with what waits at its outputs, then after MORE, then with what waits at its inputs. */
oz_step
ozi_resume(oz_context *node);
/* Calls one of the node's other functions under the dispatcher's bookkeeping. */
oz_step
ozi_call_timer(oz_context *node, int64_t id);
oz_step
ozi_call_ready(oz_context *node, uint64_t token, uint32_t ready);
oz_step
ozi_call_flush(oz_context *node);
/* Polls a source, or drains it; the answer is its own. */
oz_step
ozi_call_poll(oz_context *node, int64_t rows);
/* True when a node below `node` cannot take more now. */
bool
ozi_is_blocked(const oz_context *node);
/* What oz_emit answers when nothing has failed. */
static inline oz_step
ozi_standing(const oz_context *node, const ozi_output *output)
{
    if (__builtin_expect(output->open == 0 && output->count > 0, 0)) {
        return OZ_DONE;
    }
    bool is_held = __builtin_expect(node->engine->held_count != 0, 0) && ozi_is_blocked(node);
    return is_held ? OZ_WAIT : OZ_NEED;
}
/* Marks a node as one that can take no more now, or frees it of that. */
void
ozi_hold(oz_context *node, bool held);
/* Marks a queue step as one whose due rows wait for what is below it, or frees it of that. */
void
ozi_stall(oz_context *node, bool stalled);
/*
 * What every call into an operator ends with: does what the call has left to do (deferred input,
 * late ends, a finished node) and answers for edge `edge` (UINT32_MAX: for the whole node). NEED:
 * it can take more; MORE and WAIT: it is held, on its own account or because of what it owes.
 */
oz_step
ozi_settle(oz_context *node, uint32_t edge, oz_step step);

/* ---- what a worker does (trace.c) ------------------------------------------------------------ */

/* Writes down what is called. What that was before goes to `*outer`, to be written down again by */
void
ozi_trace_begin(const oz_context *node, const ozi_traced *called, ozi_traced *outer);
/* this, when it has come back. */
void
ozi_trace_end(const oz_context *node, const ozi_traced *outer);

/* The same, where there is somebody to read it, around each call of an operator without rows. */
static inline void
ozi_enter(const oz_context *node, ozi_traced *outer)
{
    if (__builtin_expect(node->engine->trace != NULL, 0)) {
        ozi_trace_begin(node, &(ozi_traced){.node = node}, outer);
    }
}

static inline void
ozi_leave(const oz_context *node, const ozi_traced *outer)
{
    if (__builtin_expect(node->engine->trace != NULL, 0)) {
        ozi_trace_end(node, outer);
    }
}

/* Of a node that `is_blamed`: whether workers have died with the row that was just written down, */
bool
ozi_trace_is_deadly(const oz_context *node);
/* which is a bad record of the step then. FAILED or NEED. */
oz_step
ozi_set_aside(oz_context *node, const oz_batch *batch);

/* ---- watermarks (watermark.c) ---------------------------------------------------------------- */

/* Passes on the least watermark of the open edges, if it has grown. */
oz_step
ozi_advance_watermark(oz_context *node);
/* Edge `edge` has come to `time_ns`, and nothing waits before it. */
oz_step
ozi_pass_watermark(oz_context *node, uint32_t edge, int64_t time_ns);
/* Gives a watermark to the readers from that one on. Where branches rejoin, one after the other. */
oz_step
ozi_give_watermark(oz_context *node, int64_t time_ns, uint32_t output, uint32_t target);

/* ---- ends (ending.c) ------------------------------------------------------------------------- */

/* Edge `edge` has ended: calls on_end, now or later, and finishes the node after the last one. */
oz_step
ozi_end_edge(oz_context *node, uint32_t edge);
/*
 * Tells the operator of an end, or calls on_end again after the last one. DONE: the node is
 * finished; else the operator's answer.
 */
oz_step
ozi_tell_end(oz_context *node);
/* The node gives no more: ends the edges of its readers, after what waits at its outputs. */
oz_step
ozi_finish(oz_context *node);
/* DONE for the whole node also from on_batch, where DONE alone means the one edge. */
oz_step
ozi_done(oz_context *node);
/* True when it was read and nobody wants any more of it; the port "dead" alone keeps no node. */
bool
ozi_is_unwanted(const oz_context *node);

/* ---- lists of waiting batches (waiting.c) ---------------------------------------------------- */

oz_status
ozi_waiting_push(oz_context *node, ozi_waiting_list *list, const oz_batch *batch, int64_t row,
                 uint32_t edge, uint32_t output);
/*
 * The same in front of all others: the rest of the way of a row, or of a watermark (`batch` is
 * NULL), from reader `target` on.
 */
oz_status
ozi_waiting_push_front(oz_context *node, ozi_waiting_list *list, const oz_batch *batch,
                       int64_t time_ns, uint32_t output, uint32_t target);
/* Appends a watermark; one of the same edge that is last already is raised. */
oz_status
ozi_waiting_push_mark(oz_context *node, ozi_waiting_list *list, uint32_t edge, int64_t time_ns);
/* Takes the first one off; the caller frees it by ozi_waiting_free. NULL when empty. */
ozi_waiting *
ozi_waiting_pop(ozi_waiting_list *list);
void
ozi_waiting_free(oz_context *node, ozi_waiting **waiting);
void
ozi_waiting_clear(oz_context *node, ozi_waiting_list *list);

/* ---- failures (failure.c) -------------------------------------------------------------------- */

/* Latches `engine->scratch` with the node's name, its line and, when given, the record. */
oz_step
ozi_latch(oz_context *node, const oz_batch *batch, int64_t row);

/*
 * An object shared by the nodes of the instance under `name`: `size` zeroed bytes at first use,
 * destroyed with the instance. NULL when memory is out.
 */
void *
ozi_context_shared(oz_context *context, const char *name, size_t size, void (*destroy)(void *));

#endif
