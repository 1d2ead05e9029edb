/*
 * The state of one instance in a packed stream: what a state file consists of.
 *
 *     instance   | i64 engine's clock | i64 wall clock | u32 workers that share the keys |
 *                | u32 nodes | node, ... | u32 timers | u32 node, i64 id, i64 time | ... |
 *                | entries that come later, see saved.c |
 *     node       | id | operator | u32 state version | u8 flags | i64 watermark |
 *                | u32 edges | i64 watermark, ... | u32 tables | name, table | ... |
 *                | u32 partitions | name, i64 position | ...
 *
 * Flags: 1 it has ended, 2 it stands on another worker, 4 on worker 0 alone. Nodes are found again
 * by their id, which names and upstream steps make, tables and partitions by their name. Timers are
 * in the order in which they will fire. Sources and sinks set theirs anew.
 *
 * Saved is an instance that is quiet: nothing is on its way between nodes, no step is in the middle
 * of its rows.
 */
#ifndef OUZEL_CHECKPOINT_SNAPSHOT_H
#define OUZEL_CHECKPOINT_SNAPSHOT_H

#include "base/pack.h"
#include "graph/graph.h"
#include "op/context.h"
#include "state/table.h"

/* Flags of a node. */
enum { OZI_SAVED_ENDED = 1, OZI_SAVED_ABSENT = 2, OZI_SAVED_ONE = 4 };

/*
 * Of tables all, or what has changed since they were saved the last time; of the rest always all.
 * The entries of large tables, which are added to `later` (zeroed), are still to be written then,
 * as they are now. Failures are latched in `pack`; `*node` is the one at which it failed, or NULL.
 */
void
ozi_snapshot_save(const ozi_engine *engine, const oz_graph *graph, ozi_save what, ozi_pack *pack,
                  ozi_later *later, oz_context **node);
/*
 * The same of what moves to other workers (ozi_node_moves): of tables what is not of the part, of
 * the rest all. `*entries` grows by how many of tables were written.
 */
void
ozi_snapshot_save_others(const ozi_engine *engine, const oz_graph *graph, const ozi_part *part,
                         ozi_pack *pack, int64_t *entries, oz_context **node);
/* The node of one of those tables that the pack did not take; NULL: it took them. */
oz_context *
ozi_snapshot_failed(const ozi_engine *engine);

/* Tables of a worker that is read for others, between the files of its chain. */
typedef struct ozi_twins {
    ozi_vec list;
} ozi_twins;

void
ozi_twins_init(ozi_twins *twins, const oz_alloc *alloc);
void
ozi_twins_free(ozi_twins *twins);

typedef struct ozi_snapshot_options {
    bool drops;       /* the state of steps that are gone */
    ozi_part part;    /* whose files they are, and who reads them: each worker reads all files */
    bool is_last;     /* of its chain: of all others only the tables are taken */
    ozi_twins *twins; /* NULL: the chain has no other file */
    bool is_move;     /* `drops` is set: what does not move (ozi_node_moves) is read past */
    bool keeps_clock; /* the engine's goes on as it does */
} ozi_snapshot_options;

/*
 * Into nodes that are new and not yet opened: their tables are filled, their sources know where to
 * go on, timers are set, and the engine's clock goes on from where it stood (the time that has
 * passed by the wall clock since then included). With as many workers as before each gets what it
 * had itself, else what belongs to its keys. REFUSED, with a message, when a step is gone that has
 * state, unless it is to be dropped, or when a step or a table is another one now.
 */
OZ_MUST_USE oz_status
ozi_snapshot_load(ozi_engine *engine, const oz_graph *graph, oz_context *const *nodes,
                  const ozi_snapshot_options *options, ozi_unpack *unpack, oz_error *error);

#endif
