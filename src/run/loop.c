/*
 * The loop: one bounded piece of work per call, in a fixed order.
 *
 *   1  steps that said MORE, those furthest down first, as long as nothing below them is held
 *   2  timers that are due                     3  descriptors that are ready
 *   4  each source once, unless something below it is held
 *   5  when nothing is left to read: the ends of loops
 *
 * With a state folder a checkpoint comes between two steps: from when it is due until nothing is on
 * its way any more, 4 and 5 are left out (checkpoint.h). In a job of several workers, what others
 * have sent comes in with 4, then too (joint.h).
 */
#include "run/checkpoint.h"
#include "run/joint.h"

enum { EVENTS_MAX = 64 };

/* ---- 1: held nodes --------------------------------------------------------------------------- */

/* The node furthest down that can go on and is not blocked. */
static oz_context *
next_to_resume(oz_instance *instance)
{
    for (uint32_t i = instance->engine.node_count; i-- > 0;) {
        oz_context *node = instance->engine.nodes[i];
        if ((node->attention & (OZI_HELD | OZI_STALLED)) != 0 && !node->busy &&
            ozi_can_resume(node) && !ozi_is_blocked(node)) {
            return node;
        }
    }
    return NULL;
}

oz_step
ozi_resume_held(oz_instance *instance, bool *worked)
{
    while (instance->engine.held_count + instance->engine.stalled_count > 0) {
        oz_context *node = next_to_resume(instance);
        if (node == NULL) {
            break;
        }
        *worked = true;
        if (ozi_resume(node) == OZ_FAILED) {
            return OZ_FAILED;
        }
        if (node->own == OZ_MORE && !ozi_is_blocked(node)) {
            break; /* it works in slices: let timers and descriptors have their turn */
        }
    }
    return OZ_NEED;
}

/* ---- 2 and 3: timers and descriptors --------------------------------------------------------- */

static oz_step
fire_timers(oz_instance *instance, bool *worked)
{
    ozi_engine *engine = &instance->engine;
    ozi_timer timer;
    /* A timer that sets itself again for now waits for the next step. */
    uint64_t stamp = ozi_timers_stamp(&engine->timers);
    while (ozi_timers_pop(&engine->timers, engine->now_ns, stamp, &timer)) {
        oz_context *node = timer.node;
        *worked = true;
        node->ready = true;
        if (!node->ended && node->op->on_timer != NULL &&
            ozi_call_timer(node, timer.id) == OZ_FAILED) {
            return OZ_FAILED;
        }
    }
    return OZ_NEED;
}

/* Empties the descriptor, and remembers for oz_wait that it was written. */
static void
be_woken(oz_instance *instance)
{
    char ignored[64];
    const oz_io *io = instance->engine.io;
    (void)io->read(io->self, instance->wake_file, ignored, sizeof ignored);
    instance->woken = true;
}

static oz_step
treat_events(oz_instance *instance, const oz_io_event *events, int64_t count, bool *worked)
{
    for (int64_t i = 0; i < count; i++) {
        if (events[i].token == OZI_BELL_TOKEN) {
            ozi_joint_wake(instance);
            continue;
        }
        *worked = true;
        if (events[i].token == OZI_WAKE_TOKEN) {
            be_woken(instance);
            continue;
        }
        if (events[i].token >= instance->engine.watched_count) {
            continue;
        }
        ozi_watched watched = instance->engine.watched[events[i].token];
        if (watched.node == NULL || watched.node->ended) {
            continue;
        }
        watched.node->ready = true;
        if (watched.node->op->on_ready != NULL &&
            ozi_call_ready(watched.node, watched.token, events[i].ready) == OZ_FAILED) {
            return OZ_FAILED;
        }
    }
    return OZ_NEED;
}

static oz_step
poll_events(oz_instance *instance, bool *worked)
{
    ozi_engine *engine = &instance->engine;
    oz_io_event events[EVENTS_MAX];
    int64_t count = engine->io->wait(engine->io->self, engine->poller, events, EVENTS_MAX, 0);
    return count > 0 ? treat_events(instance, events, count, worked) : OZ_NEED;
}

/* ---- 4: sources ------------------------------------------------------------------------------ */

/* A source that is drained gives what it has read, as often as it says that there is more. */
static oz_step
poll_source(oz_instance *instance, oz_context *node)
{
    ozi_measure_begin(instance, instance->source_rows);
    oz_step step = ozi_call_poll(node, instance->source_rows);
    ozi_measure_end(instance);
    node->ready = step == OZ_MORE || step == OZ_WAIT;
    bool is_last = node->draining && step == OZ_NEED && !instance->engine.has_epochs;
    return is_last ? ozi_finish(node) : step;
}

static inline bool
is_pollable(const oz_context *node)
{
    return node->ready && !node->ended && !node->busy && (node->attention & OZI_HELD) == 0 &&
           !ozi_is_blocked(node);
}

static oz_step
poll_sources(oz_instance *instance, bool *worked)
{
    bool is_paused =
        instance->state.is_quieting || (ozi_is_joint(instance) && ozi_joint_is_asked(instance));
    for (uint32_t i = 0; i < instance->source_count; i++) {
        oz_context *node = instance->sources[i];
        bool pauses = is_paused && !node->draining && node->op != &ozi_op_receive;
        if (pauses || !is_pollable(node)) {
            continue;
        }
        *worked = true;
        if (poll_source(instance, node) == OZ_FAILED) {
            return OZ_FAILED;
        }
    }
    return OZ_NEED;
}

/* ---- 5: ends --------------------------------------------------------------------------------- */

static bool
has(const uint64_t *set, uint32_t node)
{
    return (set[node / 64] >> (node % 64) & 1) != 0;
}

/* Rows that a timer will let go. */
static bool
waits_for_time(oz_instance *instance, oz_context *node)
{
    for (uint32_t i = 0; i < node->table_count; i++) {
        oz_table_kind kind = node->op->tables[i].kind;
        if ((kind == OZ_TABLE_LIST || kind == OZ_TABLE_QUEUE) &&
            oz_table_count(node->tables[i]) > 0) {
            return ozi_timers_has(&instance->engine.timers, node);
        }
    }
    return false;
}

/* Whether anything can still come through the feedback step `loop`. */
static bool
is_alive(oz_instance *instance, uint32_t loop)
{
    const ozi_node *plan = instance->graph->nodes;
    for (uint32_t i = 0; i < instance->engine.node_count; i++) {
        oz_context *node = instance->engine.nodes[i];
        if (node->ended || !has(plan[i].reach, loop)) {
            continue;
        }
        bool is_outside = !has(plan[loop].reach, i);
        if (is_outside || node->busy || (node->attention & (OZI_HELD | OZI_STALLED)) != 0 ||
            waits_for_time(instance, node)) {
            return true;
        }
    }
    return false;
}

/* A loop ends when what feeds it has ended and nothing goes round. */
static oz_step
end_loops(oz_instance *instance, bool *worked)
{
    for (uint32_t i = 0; i < instance->engine.node_count; i++) {
        oz_context *node = instance->engine.nodes[i];
        if (instance->graph->nodes[i].is_loop && !node->ended && !is_alive(instance, i)) {
            *worked = true;
            if (ozi_finish(node) == OZ_FAILED) {
                return OZ_FAILED;
            }
        }
    }
    return OZ_NEED;
}

/* Ends what nobody wants any more, without waiting for its next row to find that out. */
static oz_step
end_unwanted(oz_instance *instance, bool *worked, bool *is_open)
{
    for (uint32_t i = instance->engine.node_count; i-- > 0;) {
        oz_context *node = instance->engine.nodes[i];
        bool is_finishing = (node->attention & OZI_FINISHING) != 0;
        if (!node->ended && !node->busy && !is_finishing && ozi_is_unwanted(node)) {
            *worked = true;
            node->attention |= OZI_UNWANTED;
            if (ozi_settle(node, UINT32_MAX, OZ_NEED) == OZ_FAILED) {
                return OZ_FAILED;
            }
        }
        *is_open |= !node->ended;
    }
    return OZ_NEED;
}

static oz_step
rest_or_end(oz_instance *instance)
{
    bool worked = false;
    bool is_open = false;
    if (end_unwanted(instance, &worked, &is_open) == OZ_FAILED ||
        (is_open && end_loops(instance, &worked) == OZ_FAILED)) {
        return OZ_FAILED;
    }
    return !is_open ? OZ_DONE : worked ? OZ_MORE : OZ_WAIT;
}

/* ---- the loop -------------------------------------------------------------------------------- */

/* The parts in their order; those that have nothing to do cost a comparison. */
static inline oz_step
do_parts(oz_instance *instance, bool *worked)
{
    const ozi_engine *engine = &instance->engine;
    if (engine->held_count + engine->stalled_count > 0 &&
        ozi_resume_held(instance, worked) == OZ_FAILED) {
        return OZ_FAILED;
    }
    if (engine->timers.live > 0 && fire_timers(instance, worked) == OZ_FAILED) {
        return OZ_FAILED;
    }
    bool looks = engine->poller >= 0 && !instance->has_looked;
    instance->has_looked = false;
    if (looks && poll_events(instance, worked) == OZ_FAILED) {
        return OZ_FAILED;
    }
    if (engine->exchange != NULL && ozi_exchange_look(engine->exchange, worked) == OZ_FAILED) {
        return OZ_FAILED;
    }
    return poll_sources(instance, worked);
}

/* Whether the next step has work, as far as can be known without looking at descriptors. */
static bool
has_more(oz_instance *instance)
{
    ozi_engine *engine = &instance->engine;
    for (uint32_t i = 0; i < instance->source_count; i++) {
        if (is_pollable(instance->sources[i])) {
            return true;
        }
    }
    return (engine->held_count + engine->stalled_count > 0 && next_to_resume(instance) != NULL) ||
           (engine->timers.live > 0 && ozi_timers_next(&engine->timers) <= engine->now_ns);
}

/* What comes before the parts: the clock, and whether it is time for a checkpoint. */
static oz_step
begin_step(oz_instance *instance)
{
    if (instance->engine.uses_clock) {
        instance->engine.now_ns = ozi_engine_clock(&instance->engine);
    }
    if (instance->engine.has_epochs) {
        ozi_checkpoint_pace(instance);
    }
    if (ozi_is_joint(instance)) {
        return ozi_joint_begin(instance);
    }
    if (instance->engine.has_epochs) {
        ozi_checkpoint_begin(instance);
    }
    return OZ_NEED;
}

/* What all do when rows have had their turn. */
static oz_step
end_rows(oz_instance *instance, bool worked)
{
    bool is_joint = ozi_is_joint(instance);
    if (instance->state.is_quieting && !instance->joint.is_resting &&
        ozi_checkpoint_flush(instance, &worked) == OZ_FAILED) {
        return OZ_FAILED;
    }
    if (instance->state.is_quieting) {
        oz_step step = is_joint ? ozi_joint_try(instance) : ozi_checkpoint_try(instance);
        return step == OZ_WAIT && worked ? OZ_MORE : step;
    }
    oz_step step = worked && has_more(instance) ? OZ_MORE : rest_or_end(instance);
    if (step != OZ_DONE) {
        return step;
    }
    return is_joint                      ? ozi_joint_end(instance)
           : instance->engine.has_epochs ? ozi_checkpoint_end(instance)
                                         : OZ_DONE;
}

/* A checkpoint that is being made comes first: a new one may have to wait for it. */
static oz_step
end_step(oz_instance *instance, bool worked)
{
    if (instance->state.phase == OZI_PHASE_NONE) {
        return end_rows(instance, worked);
    }
    oz_step made =
        ozi_is_joint(instance) ? ozi_joint_go_on(instance) : ozi_checkpoint_go_on(instance);
    if (made == OZ_FAILED || made == OZ_DONE) {
        return made;
    }
    oz_step step = end_rows(instance, worked);
    return step == OZ_WAIT && made == OZ_MORE ? OZ_MORE : step;
}

static oz_step
step_once(oz_instance *instance)
{
    bool worked = false;
    if (begin_step(instance) == OZ_FAILED) {
        return OZ_FAILED;
    }
    oz_step rest = ozi_is_joint(instance) ? ozi_joint_rest(instance) : OZ_NEED;
    if (rest == OZ_FAILED || (rest == OZ_NEED && do_parts(instance, &worked) == OZ_FAILED)) {
        return OZ_FAILED;
    }
    instance->moves += worked;
    if (instance->engine.error.status != OZ_OK) {
        return OZ_FAILED; /* of what was emitted from inside: its emitter need not have cared */
    }
    return end_step(instance, worked);
}

oz_step
oz_step_once(oz_instance *instance)
{
    if (instance->engine.error.status != OZ_OK) {
        return OZ_FAILED;
    }
    oz_step step = step_once(instance);
    if (ozi_is_joint(instance) && (step == OZ_DONE || step == OZ_FAILED)) {
        ozi_joint_leave(instance->options.job, step == OZ_FAILED ? &instance->engine.error : NULL);
    }
    return step;
}

int64_t
oz_instance_moves(const oz_instance *instance)
{
    return instance->moves;
}

int64_t
oz_instance_wake_at(const oz_instance *instance)
{
    const ozi_engine *engine = &instance->engine;
    int64_t at_ns = ozi_timers_next((ozi_timers *)(uintptr_t)&engine->timers);
    if (engine->has_epochs) {
        int64_t due_ns =
            ozi_is_joint(instance) ? ozi_joint_due(instance) : ozi_checkpoint_due(instance);
        at_ns = due_ns < at_ns ? due_ns : at_ns;
    }
    return at_ns == INT64_MAX ? at_ns : at_ns - engine->clock_ahead_ns;
}

/* ---- waiting --------------------------------------------------------------------------------- */

int64_t
oz_instance_fd(oz_instance *instance)
{
    ozi_engine *engine = &instance->engine;
    if (ozi_engine_open_poller(engine) == OZ_OK) {
        (void)engine->io->alarm(engine->io->self, engine->poller, oz_instance_wake_at(instance));
    }
    return engine->poller;
}

oz_status
oz_wake_by(oz_instance *instance, int64_t file)
{
    ozi_engine *engine = &instance->engine;
    if (oz_instance_fd(instance) < 0) {
        return OZ_IO;
    }
    instance->wake_file = file;
    int64_t result =
        engine->io->watch(engine->io->self, engine->poller, file, OZ_IO_READABLE, OZI_WAKE_TOKEN);
    return result < 0 ? OZ_IO : OZ_OK;
}

/*
 * Looks again and again, for at most `limit_ns` (negative: as long as it may), and says in
 * `*spent_ns` how long. A clock that stands still, as that of a test, ends it.
 */
static int64_t
spin(oz_instance *instance, oz_io_event *events, int64_t limit_ns, int64_t *spent_ns)
{
    const oz_io *io = instance->engine.io;
    int64_t begin_ns = io->now_ns(io->self);
    int64_t spin_ns = instance->engine.spin_ns;
    int64_t longest_ns = limit_ns >= 0 && limit_ns < spin_ns ? limit_ns : spin_ns;
    int64_t count = 0;
    int64_t before_ns;
    *spent_ns = 0;
    do {
        before_ns = *spent_ns;
        count = io->wait(io->self, instance->engine.poller, events, EVENTS_MAX, 0);
        *spent_ns = io->now_ns(io->self) - begin_ns;
    } while (count == 0 && before_ns < *spent_ns && *spent_ns < longest_ns && !instance->woken);
    return count;
}

static int64_t
wait_for_events(oz_instance *instance, oz_io_event *events, int64_t timeout_ns)
{
    ozi_engine *engine = &instance->engine;
    if (ozi_is_joint(instance) && !ozi_joint_sleep(instance)) {
        timeout_ns = 0;
    }
    if (instance->joint.is_resting) {
        return engine->io->wait(engine->io->self, instance->joint.poller, events, EVENTS_MAX,
                                timeout_ns);
    }
    if (engine->spin_ns > 0 && timeout_ns != 0) {
        int64_t spent_ns;
        int64_t count = spin(instance, events, timeout_ns, &spent_ns);
        if (count != 0 || instance->woken || (timeout_ns >= 0 && spent_ns >= timeout_ns)) {
            return count;
        }
        timeout_ns = timeout_ns < 0 ? timeout_ns : timeout_ns - spent_ns;
    }
    return engine->io->wait(engine->io->self, engine->poller, events, EVENTS_MAX, timeout_ns);
}

oz_status
oz_wait(oz_instance *instance, int64_t timeout_ns)
{
    ozi_engine *engine = &instance->engine;
    oz_io_event events[EVENTS_MAX];
    int64_t wake_at = oz_instance_wake_at(instance);
    if (oz_instance_fd(instance) < 0) {
        return OZ_IO;
    }
    if (instance->woken) {
        timeout_ns = 0; /* during a step */
    }
    if (wake_at != INT64_MAX) {
        int64_t due_ns = wake_at - engine->io->now_ns(engine->io->self);
        due_ns = due_ns < 0 ? 0 : due_ns;
        timeout_ns = timeout_ns < 0 || due_ns < timeout_ns ? due_ns : timeout_ns;
    }
    ozi_before_block(&instance->options);
    if (ozi_is_joint(instance)) {
        ozi_joint_begin_wait(instance);
    }
    int64_t count = wait_for_events(instance, events, timeout_ns);
    if (ozi_is_joint(instance)) {
        ozi_joint_end_wait(instance);
    }
    ozi_after_block(&instance->options);
    engine->now_ns = ozi_engine_clock(engine);
    instance->state.paced_ns = engine->now_ns; /* waiting is no work */
    if (ozi_is_joint(instance)) {
        ozi_joint_wake(instance);
    }
    bool ignored = false;
    if (count > 0 && !instance->joint.is_resting &&
        treat_events(instance, events, count, &ignored) == OZ_FAILED) {
        return OZ_OK; /* oz_step_once answers FAILED */
    }
    instance->has_looked = !instance->joint.is_resting && count > 0 && count < EVENTS_MAX;
    bool is_woken = atomic_exchange(&instance->woken, false);
    return count <= 0 || is_woken ? OZ_INTERRUPTED : OZ_OK;
}

void
oz_wake(oz_instance *instance)
{
    ozi_engine *engine = &instance->engine;
    atomic_store(&instance->woken, true); /* for an oz_wait that has no poller yet */
    int64_t poller = __atomic_load_n(&engine->poller, __ATOMIC_SEQ_CST);
    if (poller >= 0) {
        (void)engine->io->wake(engine->io->self, poller);
    }
}
