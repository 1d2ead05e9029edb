/*
 * Functions: how user code (and a native kernel that stands for a known Python function) is called
 * by operators. One call treats a run of rows, so that a host language takes its lock once.
 *
 * map, starmap, filter, flat_map, key_by, accumulate, stateful, sink, ... differ in what they do
 * with the results; they all call an oz_function with the same oz_call.
 */
#ifndef OUZEL_FUNCTION_H
#define OUZEL_FUNCTION_H

#include "ouzel/batch.h"

/* What the step does with the results; the function may choose its inner loop by it. */
typedef enum oz_call_kind {
    OZ_CALL_MAP,    /* one result a row */
    OZ_CALL_FILTER, /* the truth of one result a row, into `truths` */
    OZ_CALL_SINK,   /* results are dropped */
    OZ_CALL_EXPAND, /* each row gives any number of results, counted in `counts` */
    OZ_CALL_FOLD,   /* f(state, row) -> new state, which is the result */
    OZ_CALL_SCAN,   /* f(state, row) -> (new state, result) */
    OZ_CALL_UPDATE, /* f(state, row) -> result; the state was changed in place */
} oz_call_kind;

/*
 * One call. The step fills the first part; the function fills the second. The function treats
 * rows from `begin` on, in order, and says in `end` how far it came; it may stop early for three
 * reasons: `room` is used up, a row failed (it then returns BAD_RECORD, and `end` is that row), or
 * a result of FOLD, SCAN or UPDATE is a mutable object, which must travel before the next call.
 */
typedef struct oz_call {
    oz_call_kind kind;
    const oz_batch *batch;
    int64_t begin;
    int64_t stop;       /* rows [begin, stop) may be treated */
    oz_object *objects; /* room for results as objects, `room` of them; each a new reference */
    int64_t room;       /* at least 1 */
    uint8_t *truths;    /* FILTER: room for stop - begin of them */
    int32_t *counts;    /* EXPAND: room for stop - begin, zeroed: results of each row */
    oz_object *state;   /* FOLD, SCAN, UPDATE: in and out, the caller's; NULL before a first */
    oz_object *resume;  /* EXPAND: in and out: the rest of row `begin` (an iterator), or NULL */
    const oz_alloc *alloc;

    int64_t end;             /* rows [begin, end) are done; a row with `*resume` set is not */
    int64_t count;           /* results written to `objects`; or, with `column`, its length */
    const oz_column *column; /* results as a column, not objects; ownership passes to the step */
    bool is_mutable;         /* of FOLD, SCAN, UPDATE: the last result, which must travel first */
} oz_call;

typedef struct oz_function oz_function;
struct oz_function {
    uint32_t references;
    const char *name; /* for messages and explain(): "str.lower", "<lambda>", "count_words" */
    /*
     * OZ_OK, BAD_RECORD (see above; the host keeps the exception), or a failure of the machine
     * (NO_MEMORY, INTERRUPTED). Runs on the thread that drives the instance.
     */
    oz_status (*call)(void *self, oz_call *call, oz_error *error);
    /*
     * May be NULL: the same for one row that is one object, without the cost of a call over rows.
     * MAP: `*result` is a new reference; FILTER: not NULL when true; FOLD: `*state` in and out and
     * a new reference; SINK: nothing. Other kinds are never asked for.
     */
    oz_status (*call_one)(void *self, oz_call_kind kind, oz_object row, oz_object *state,
                          oz_object *result, oz_error *error);
    /* "native", or why not: for explain(). */
    const char *(*describe)(void *self, oz_type input);
    void (*destroy)(oz_function *function);
    const oz_object_class *objects; /* of `objects`; NULL for a function that gives columns */
    void *self;
};

OZ_API oz_function *
oz_function_retain(oz_function *function);
OZ_API void
oz_function_release(oz_function **function);

/*
 * Native kernels by the name of the Python function that they equal, e.g. "str.lower", "len",
 * "operator.add". The operands are the columns of the batch, in order, then the arguments: a row of
 * several columns is several operands (starmap), but for "operator.itemgetter", which takes the row
 * as the tuple or dict that it is. "operator.rsub" (radd, rmul, rtruediv, rfloordiv, rmod) has the
 * constant on the left. The argument of "str.format" is the template.
 *
 * A kernel treats the rows from `begin` to the first that it cannot treat exactly as Python does: a
 * NULL, letters beyond ASCII for str.lower, an int that leaves 64 bits. It gives `column`, or
 * `truths`; objects, room, state and resume do not concern it, and only `stop` bounds its results.
 *
 *   OK           rows [begin, end) are done, at least one; go on from `end`
 *   UNSUPPORTED  nothing is done: row `begin` is for the host's function; go on from begin + 1
 *   INVALID      nothing is done: not with these arguments or column types, `error` says why; the
 *                batch is for the host's function
 *   NO_MEMORY    nothing is done
 *
 * With begin == stop it only looks at its arguments and, unless `batch` is NULL, at the columns:
 * OK or INVALID, without results. So explain() learns what it has to say.
 */
typedef struct oz_kernel {
    const char *name;
    oz_call_kind kind; /* MAP, FILTER or EXPAND */
    oz_type input;     /* the type of the first column; ANY: of any */
    oz_status (*run)(const oz_scalar *arguments, uint32_t argument_count, oz_call *call,
                     oz_error *error);
} oz_kernel;

/* The kernel for a function on a column of that type, or NULL. */
OZ_API const oz_kernel *
oz_kernel_find(const char *name, oz_call_kind kind, oz_type input);

#endif
