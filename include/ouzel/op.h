/*
 * The operator contract.
 *
 * An operator is one constant descriptor: a name, tables of what it takes (options), remembers
 * (tables) and counts (counters), and a few functions. The engine allocates its state, parses its
 * options, makes its tables, calls its functions and does everything else. An operator never sees
 * another operator, a thread, a worker, a socket of its neighbours or a checkpoint; it does not
 * know whether the graph is pushed, pulled or run.
 *
 * Sources and sinks are operators with a few more verbs (oz_source_verbs, oz_sink_verbs).
 *
 * The life of a node, all on the thread that drives the instance:
 *
 *   bind        once per plan: check the input schemas, choose a special case, give the output's
 *   open        once per instance, before any row; upstream nodes are opened after their readers
 *   on_batch    for each batch; and with a NULL batch after it returned OZ_MORE
 *   on_timer    when a timer that the node set is due
 *   on_watermark when event time has advanced on all inputs
 *   on_flush    flush(): deliver what is held, without ending
 *   on_end      when an input has ended (all inputs: the last call); deliver what is held
 *   close       once, also after a failure; never fails
 *
 * Only on_batch (for a source: poll) is mandatory; what a NULL does is said beside each member.
 */
#ifndef OUZEL_OP_H
#define OUZEL_OP_H

#include "ouzel/function.h"
#include "ouzel/io.h"
#include "ouzel/table.h"

/* ---- what a step says when it returns -------------------------------------------------------- */

typedef enum oz_step {
    OZ_NEED,   /* give me more when there is more */
    OZ_MORE,   /* call me again (with a NULL batch) before you give me anything new */
    OZ_WAIT,   /* give me nothing until I return something else from a timer or descriptor */
    OZ_DONE,   /* I want no more on this port */
    OZ_FAILED, /* oz_fail() has said why */
} oz_step;

/*
 * oz_emit answers in the same words, for everything downstream of the port: NEED go on; MORE or
 * WAIT somebody downstream cannot take more now, so a step that could emit again stops and itself
 * returns MORE; DONE nobody listens any more; FAILED return OZ_FAILED at once.
 */

/*
 * What an operator sees of the engine: made by it, one per node, valid until close returns. An
 * operator's state must not keep the context or a pointer into the options: when a pushed graph is
 * redrawn, a node that stays keeps its state and gets new options.
 */
typedef struct oz_context oz_context;

/* ---- the descriptor -------------------------------------------------------------------------- */

/* How rows come to an input when a job has several workers: a property of the edge. */
typedef enum oz_routing {
    OZ_ROUTE_LOCAL,     /* from the same worker */
    OZ_ROUTE_KEY,       /* to the worker that owns the key group */
    OZ_ROUTE_BROADCAST, /* to every worker */
    OZ_ROUTE_SINGLE,    /* to worker 0 */
    OZ_ROUTE_SOURCE,    /* from the worker that has read them; refused when they have left it */
} oz_routing;

typedef struct oz_port {
    const char *name; /* "in", "out", "late", "dead"; NULL ends a list */
    oz_routing routing;
    bool many; /* an input that takes any number of edges, told apart by their order (union, zip) */
    const char *help;
} oz_port;

typedef enum oz_option_kind {
    OZ_OPTION_BOOL,     /* bool */
    OZ_OPTION_INT64,    /* int64_t */
    OZ_OPTION_FLOAT64,  /* double */
    OZ_OPTION_DURATION, /* int64_t nanoseconds; seconds in Python */
    OZ_OPTION_STRING,   /* const char *, or NULL */
    OZ_OPTION_CHOICE,   /* int64_t: index into `choices` */
    OZ_OPTION_FUNCTION, /* oz_function *, or NULL */
    OZ_OPTION_OBJECT,   /* oz_scalar: any value; kind NULL: not given (a given null is an object) */
} oz_option_kind;

/* The type, bounds and default of an option; parsing, --help and the reference page come from it.
 */
typedef struct oz_option {
    const char *name; /* NULL ends a list */
    oz_option_kind kind;
    size_t offset; /* in the options struct */
    /* As text; NULL: the option is required. FUNCTION, OBJECT, STRING: optional, or "required". */
    const char *by_default;
    double minimum, maximum; /* of numbers, when minimum < maximum */
    const char *choices;     /* "current|final" */
    const char *help;
    bool is_secret; /* of a STRING: there may be a password in it, and it is never shown */
} oz_option;

/* One option as the user gave it. Numbers are converted to what the option table asks for. */
typedef struct oz_setting {
    const char *name;
    oz_scalar value;       /* kind NULL with a `function` */
    oz_function *function; /* retained by the graph */
} oz_setting;

typedef struct oz_counter {
    const char *name; /* "late_rows"; NULL ends a list */
    const char *unit;
    const char *help;
} oz_counter;

/* The columns of an edge. A type of ANY is chosen batch by batch. */
enum { OZ_SCHEMA_COLUMNS_MAX = 64 };
typedef struct oz_schema {
    uint32_t column_count;
    oz_type types[OZ_SCHEMA_COLUMNS_MAX];
    const char *names[OZ_SCHEMA_COLUMNS_MAX]; /* NULL: unnamed */
    bool keyed;
    bool rekeyed; /* by this step: rows may lie at a worker that does not own their key */
} oz_schema;

/*
 * Sources. A partition is a part of the input with positions of its own (a file, a topic's
 * partition); it is read by one worker. A position is where to go on: the first byte, line,
 * message or item not yet emitted.
 */
typedef struct oz_source_verbs {
    /*
     * How many partitions there are now; each with a name that is stable between runs. In a job of
     * several workers they are shared out. NULL: one, which is read where the job reads such.
     */
    oz_status (*partitions)(void *state, oz_context *context, uint32_t *count);
    const char *(*partition_name)(void *state, uint32_t partition);
    /* Reads that partition from `position` on (-1: from its start). */
    oz_status (*open)(void *state, oz_context *context, uint32_t partition, int64_t position);
    /*
     * Emits at most `rows` rows on port 0, without blocking, and returns at the first time that
     * oz_emit does not answer NEED. NEED: nothing there now (a descriptor or timer will wake it);
     * MORE: there is more; DONE: ended.
     */
    oz_step (*poll)(void *state, oz_context *context, int64_t rows);
    int64_t (*position)(void *state, uint32_t partition);
    /*
     * An epoch holds: no row of the partition before `position` will be asked for again. Only for
     * sources with positions. NULL: nothing to do.
     */
    oz_status (*acknowledge)(void *state, oz_context *context, uint32_t partition,
                             int64_t position);
} oz_source_verbs;

/*
 * Sinks write in on_batch. In a job that keeps its state (oz_has_epochs), `prepare` makes all rows
 * that came since the last one durable and puts what it takes to show them, or to cut off what came
 * later, into the sink's tables, which are saved right after it. Once that is safe, `commit` shows
 * them; rows that have come in between belong to the next epoch. Epochs go up. When one was lost,
 * prepare of the next one comes without a commit in between: the commit that comes shows both.
 * It may be called again: open() of a sink commits what its restored tables say, because the job
 * may have died in between. NULL: the sink cannot do that, and rows may come twice after a crash.
 */
typedef struct oz_sink_verbs {
    oz_status (*prepare)(void *state, oz_context *context, uint64_t epoch);
    oz_status (*commit)(void *state, oz_context *context, uint64_t epoch);
} oz_sink_verbs;

/*
 * What comes of each row in a job that keeps its state, when it is killed and goes on. The two bits
 * say "nothing twice" and "nothing is lost": connectors together give the `&` of what each gives.
 */
typedef enum oz_guarantee {
    OZ_NO_GUARANTEE,  /* some rows may be lost, and others come twice */
    OZ_AT_MOST_ONCE,  /* a source that cannot read again what it has read */
    OZ_AT_LEAST_ONCE, /* a sink that cannot take back what it has given */
    OZ_EXACTLY_ONCE,  /* a source with positions; a sink with prepare and commit, or that only keeps
                         the last of each key */
} oz_guarantee;

/*
 * How a step is done in two, so that fewer rows change workers: `parts` makes of the rows with keys
 * of one worker fewer rows, of which `whole`, in the place of the step, makes what it would have
 * made of them all. `whole` has the name, the options and the tables of the step.
 */
struct oz_operator;
typedef struct oz_combiner {
    bool (*applies)(const void *options); /* to a step with these options */
    const struct oz_operator *parts;
    const struct oz_operator *whole;
} oz_combiner;

typedef struct oz_operator {
    const char *name;    /* "map": also the file's name */
    const char *summary; /* one sentence */
    uint32_t state_version;
    const oz_port *inputs;  /* NULL: a source */
    const oz_port *outputs; /* NULL: a sink */
    const oz_option *options;
    size_t options_size;
    const oz_table_decl *tables;
    const oz_counter *counters;
    size_t state_size; /* allocated by the engine, zeroed */
    /*
     * It may answer MORE or WAIT on its own account, and takes a NULL batch after MORE. Without
     * it such an answer is understood as that of the steps below, so that `return oz_emit(...)`
     * is right for all who keep nothing back.
     */
    bool holds;
    /* Its on_flush is called before a checkpoint, which waits until it has no rows_held. */
    bool flushes;

    /* NULL: one column of type ANY. `outputs` has one schema per output port. */
    oz_status (*bind)(const void *options, const oz_schema *inputs, uint32_t input_count,
                      oz_schema *outputs, oz_error *error);
    oz_status (*open)(void *state, oz_context *context, oz_error *error); /* NULL: nothing to do */
    oz_step (*on_batch)(void *state, oz_context *context, uint32_t input, const oz_batch *batch);
    /*
     * NULL: rows come by on_batch alone. The short way of one row that is one object (borrowed),
     * for a step with one input that keeps no rows and answers each with at most one: it emits
     * nothing itself, but says in `*result` what goes on by port 0 with the row data of `row`:
     * `row` itself, as it comes in; another object, a new reference; or NULL, nothing. Returns
     * NEED, or what oz_bad_record or oz_fail answered (then nothing goes on, and `*result` is
     * NULL). It does what on_batch does with such a row.
     */
    oz_step (*on_object)(void *state, oz_context *context, oz_object row, const oz_rows *rows,
                         oz_object *result);
    oz_step (*on_timer)(void *state, oz_context *context, int64_t id); /* NULL: none is ever set */
    oz_step (*on_ready)(void *state, oz_context *context, uint64_t token, uint32_t ready);
    oz_step (*on_watermark)(void *state, oz_context *context,
                            int64_t time_ns); /* NULL: passed on */
    /* NULL: nothing is held. Of a source: emit what has been read and read no more (a drain). */
    oz_step (*on_flush)(void *state, oz_context *context);
    /*
     * Input `input` has ended; `open_inputs` are left. After the last one: emit what is held and
     * return NEED, and the engine ends the outputs; or MORE to be called again; or WAIT when rows
     * are held until a timer. NULL: nothing is held.
     */
    oz_step (*on_end)(void *state, oz_context *context, uint32_t input, uint32_t open_inputs);
    void (*close)(void *state, oz_context *context);
    /* Rows that it has taken and not handed on, outside of its tables. NULL: there are none. */
    int64_t (*rows_held)(const void *state);
    /* Objects that the state owns outside of its tables. NULL: there are none. */
    int (*visit)(const void *state, oz_object_visit visit, void *context);

    const oz_combiner *combiner;   /* NULL: it is done in one */
    const oz_source_verbs *source; /* of a source */
    const oz_sink_verbs *sink;     /* of a sink that knows epochs */
    oz_guarantee guarantee;        /* of a source or sink */
} oz_operator;

/* What happens to a row that a step cannot treat. */
typedef enum oz_policy { OZ_POLICY_FAIL, OZ_POLICY_SKIP, OZ_POLICY_DEAD_LETTER } oz_policy;

/* What the dispatcher has measured of a node. */
typedef struct oz_node_stats {
    int64_t calls;
    int64_t rows_in;
    int64_t rows_out;
    int64_t bad_records;
    int64_t busy_ns; /* estimated by sampling */
    int64_t state_bytes;
} oz_node_stats;

/* ---- what an operator may ask of the engine -------------------------------------------------- */

/* The options struct, parsed; valid as long as the node. */
OZ_API const void *
oz_options(const oz_context *context);
/* Gives `batch` to everything that reads the port, depth first, in the order drawn. */
OZ_API oz_step
oz_emit(oz_context *context, uint32_t output, const oz_batch *batch);
/* The same for one object that is borrowed, with the row data `rows` (may be NULL). */
OZ_API oz_step
oz_emit_object(oz_context *context, uint32_t output, oz_object object, const oz_rows *rows);
/* Says on all outputs that no row with an event time before `time_ns` will follow. */
OZ_API oz_step
oz_emit_watermark(oz_context *context, int64_t time_ns);
/* True when something reads the port: a step may skip work for a port that nobody reads. */
OZ_API bool
oz_has_reader(const oz_context *context, uint32_t output);

/* Latches the first error of the instance, names the node in it, and returns OZ_FAILED. */
OZ_API oz_step
oz_fail(oz_context *context, oz_status status, const char *format, ...) OZ_PRINTF(3, 4);
/* The error to fill by what is called; oz_failed(context, status) then turns it into a step. */
OZ_API oz_error *
oz_context_error(oz_context *context);
OZ_API oz_step
oz_failed(oz_context *context, oz_status status);
/*
 * Row `row` of `batch` cannot be treated, for the reason in oz_context_error (or `counter` says).
 * Applies the node's policy: fail -> OZ_FAILED; skip, dead_letter -> OZ_NEED: leave the row out
 * and go on. Counted in any case; with dead_letter the row leaves on the port "dead".
 */
OZ_API oz_step
oz_bad_record(oz_context *context, const oz_batch *batch, int64_t row);

OZ_API oz_table *
oz_context_table(oz_context *context, uint32_t index); /* by position in the descriptor */
OZ_API void
oz_count(oz_context *context, uint32_t counter, int64_t amount);

/* on_timer(id) at `at_ns` of the engine's clock; a timer of the same id is moved. */
OZ_API oz_status
oz_timer_set(oz_context *context, int64_t id, int64_t at_ns);
OZ_API void
oz_timer_cancel(oz_context *context, int64_t id);
OZ_API int64_t
oz_now_ns(oz_context *context); /* monotonic; constant within one step of the loop */

/* on_ready(token, ready) when the descriptor is. A node forgets its descriptors by itself at close.
 */
OZ_API oz_status
oz_watch(oz_context *context, int64_t file, uint32_t interest, uint64_t token);
/* For so long after the last event oz_wait keeps looking before it sleeps: it costs a core. */
OZ_API void
oz_spin(oz_context *context, int64_t duration_ns);
OZ_API const oz_io *
oz_context_io(oz_context *context);

OZ_API const oz_alloc *
oz_context_alloc(oz_context *context);
OZ_API const oz_object_class *
oz_context_objects(oz_context *context); /* NULL in a C program without objects */
OZ_API uint64_t
oz_context_seed(oz_context *context); /* of key hashes: one per job */
/*
 * The most rows that a step should put into one batch that it makes: 1 when rows must pass one at
 * a time (pushed, pulled by `for`, strict order).
 */
OZ_API int64_t
oz_batch_rows(const oz_context *context);
/*
 * True when no second row can come before the source is polled again: rows pass one at a time, and
 * every step above answers a row with at most one.
 */
OZ_API bool
oz_comes_singly(const oz_context *context);
/* True when rows come with keys, as the plan says: a key_by lies above. */
OZ_API bool
oz_is_keyed(const oz_context *context);
/*
 * True when the job has a state folder: tables survive, sources are told their positions again, and
 * sinks prepare and commit epochs.
 */
OZ_API bool
oz_has_epochs(const oz_context *context);
/*
 * Something that a sink leaves to be done for an epoch, beside the flow: a file is brought to the
 * disk, and then perhaps gets its name; or work of its own, that may wait for others. What prepare
 * leaves is done before the epoch holds; what open or commit leave, before the next one is
 * prepared. In the order in which they were left; a failure is one of the step.
 */
typedef struct oz_errand {
    const char *path;    /* what the file is called; copied, and so is; NULL: work of its own */
    const char *to;      /* what it is to be called after that; NULL: it keeps its name */
    int64_t file;        /* is synced; -1: nothing is */
    bool closes;         /* it is closed then, else it stays open for as long as the step lives */
    bool is_name_synced; /* then the folder of `path` is synced */

    /* In any one thread: it uses nothing of the engine, and says in `error` what has failed. */
    oz_status (*run)(void *work, oz_error *error);
    void (*release)(void *work); /* on the thread of the instance, whether it was done or not */
    void *work;
} oz_errand;
/* NO_MEMORY: nothing was left. */
OZ_API oz_status
oz_leave_errand(oz_context *context, const oz_errand *errand);
/* Asks for a checkpoint soon, for a step that holds much until then. Without epochs: nothing. */
OZ_API void
oz_ask_checkpoint(oz_context *context);
OZ_API uint32_t
oz_input_count(const oz_context *context); /* edges of the inputs together */
OZ_API const char *
oz_node_name(const oz_context *context); /* as the user named it, or its id */

#endif
