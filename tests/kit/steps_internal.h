/* The inside of steps.h: rows as text, the two operators of the kit, and what they share. */
#ifndef OUZEL_KIT_STEPS_INTERNAL_H
#define OUZEL_KIT_STEPS_INTERNAL_H

#define STEPS_INTERNAL /* the functions of steps.h, not the macros that note the line */

#include "base/text.h"
#include "kit/sim_io.h"
#include "kit/steps.h"
#include "run/instance.h"

enum {
    STEPS_ITEMS_MAX = 8,   /* columns of a row */
    STEPS_ROWS_MAX = 4096, /* rows that wait at a source */
    STEPS_NODES_MAX = 64,  /* steps, sources and collectors together */
    STEPS_NAME_MAX = 64,
    STEPS_TEXT_MAX = 1 << 16, /* what a collector prints */
    STEPS_SEED = 42,          /* of key hashes */
};

/* ---- rows as text (steps_rows.c) ------------------------------------------------------------- */

/* A row that was read. Text points into what was read; it must live on. */
typedef struct steps_row {
    oz_scalar items[STEPS_ITEMS_MAX]; /* OBJECT: the text of an object, in `data` and `size` */
    uint32_t item_count;              /* 1: a value; more: a tuple */
    oz_scalar key;
    bool has_key;
} steps_row;

/* Reads rows to the end of `text`; returns how many. Ends the test when it cannot be read. */
size_t
steps_rows_parse(const char *text, steps_row *rows, size_t capacity);
/* As columns of their own types, or as one of objects. */
oz_status
steps_rows_batch(const steps_row *rows, size_t count, const oz_alloc *alloc, bool as_objects,
                 const oz_batch **out);
/* Sorts printed rows, in place. */
void
steps_rows_sort(char *rows);
/* Without a blank in front. */
void
steps_row_print(const oz_batch *batch, int64_t row, ozi_text *text);
/* The same without its key: what a function sees. */
void
steps_value_print(const oz_batch *batch, int64_t row, ozi_text *text);
void
steps_scalar_print(const oz_scalar *scalar, ozi_text *text);

/* ---- what is drawn --------------------------------------------------------------------------- */

typedef struct steps_collector {
    steps *owner;
    char *rows; /* of STEPS_TEXT_MAX bytes */
    ozi_text text;
    int64_t room; /* rows until it says WAIT; -1: it never does */
    int64_t row_count;
    int64_t watermark;
} steps_collector;

typedef struct steps_input {
    steps *owner;
    uint32_t node;
    steps_row *rows; /* of STEPS_ROWS_MAX */
    size_t count;    /* rows that wait */
    size_t runs_end; /* of them, those from the first push that was not cut yet */
    bool is_ending;
    bool is_ended;    /* it was told */
    bool is_unwanted; /* it was answered DONE */
} steps_input;

/* How a scenario is run. */
typedef struct steps_mode {
    const char *name;
    size_t run_max; /* most rows of a batch; 0: random */
    bool as_objects;
    bool polled;
    bool call_one; /* functions have a call for one object */
} steps_mode;

typedef struct steps_node_name {
    char text[STEPS_NAME_MAX];
    steps_collector *collector; /* or NULL */
    steps_input *input;         /* or NULL */
} steps_node_name;

struct steps {
    const steps_mode *mode;
    uint64_t random;
    ozi_alloc_counting counting;
    sim_io *sim;
    oz_graph *graph;
    oz_instance *instance;
    oz_policy policy;
    steps_node_name names[STEPS_NODES_MAX];
    uint32_t node_count;
    oz_error refusal; /* of the drawing; not expected yet */
    oz_error failure; /* of the instance; not expected yet */
    bool is_over;     /* nothing more can be done: an allocation failed while it was made */
    bool is_lenient;  /* an allocation failed: from here on nothing is expected */
    bool shows_times;
    bool shows_watermarks;
    uint32_t inside; /* depth of pushes from inside a step */
    char notes[STEPS_TEXT_MAX / 8];
    const char *file;
    int line;
};

/* The steps at work: for functions that are called from the engine. */
extern steps *steps_now;

/* The next rows of a source as a batch, and how many they are. */
oz_status
steps_input_take(steps_input *input, int64_t most, const oz_batch **out, size_t *count);
/* Takes the first rows off. */
void
steps_input_drop(steps_input *input, size_t count);
/* ---- from one file of the harness to another ------------------------------------------------- */

void
steps_say_where(const steps *s);
/* Ends the test with a message that says where it stands, and in which mode. */
#define STEPS_SAY(...)                                                                             \
    do {                                                                                           \
        steps_say_where(s);                                                                        \
        fail_msg(__VA_ARGS__);                                                                     \
    } while (0)

/* The drawing is finished with the first thing that needs an instance. False: it is refused. */
bool
steps_is_ready(steps *s);
/* Nothing more is to be done: it failed, and nobody has asked for that yet. */
bool
steps_is_stopped(const steps *s);
/* Notes a failure. One that comes from an allocation is expected, once it is as it should be. */
void
steps_note_error(steps *s, oz_error *place, const oz_error *error);
void
steps_note_refusal(steps *s, const oz_error *error);
/* The instance has failed: the rest of what was pushed is given up, however rows are cut. */
void
steps_note_failure(steps *s);
oz_context *
steps_context(const steps *s, uint32_t node);
/* Turns of the sources and of the loop until all rest. */
void
steps_drive(steps *s);

/* Whether functions have a call_one. */
void
steps_functions_call_one(bool is_on);
/* Pushes from inside a step, into the first source. */
void
steps_push_inside(const char *rows);

extern const oz_operator steps_op_collect; /* steps_operators.c */
extern const oz_operator steps_op_script;

#endif
