/*
 * The loop: one bounded piece of work per call, in a fixed order.
 *
 *   1  steps that said MORE, those furthest down first, as long as nothing below them is held
 *   2  timers that are due                     3  descriptors that are ready
 *   4  each source once, unless something below it is held
 *   5  when nothing is left to read: the ends of loops
 */
#include <errno.h>

#include "run/instance.h"

enum { EVENTS_MAX = 64 };

static bool
is_loop(const oz_instance *instance, uint32_t node)
{
    return instance->graph->nodes[node].is_loop;
}

/* ---- 1: held nodes ----------------------------------------------------------------------------- */

/* Whether a held node can go on by being called: not one that waits for a timer or descriptor. */
static bool
can_resume(const oz_context *node)
{
    return node->own_more || (node->attention & (OZI_REST | OZI_DEFERRED)) != 0;
}

/*
 * The held node furthest down that is not blocked. In a loop every node is above every other, so
 * when all are blocked the last one goes first.
 */
static oz_context *
next_to_resume(oz_instance *instance)
{
    oz_context *blocked = NULL;
    for (uint32_t i = instance->engine.node_count; i-- > 0;) {
        oz_context *node = instance->engine.nodes[i];
        if ((node->attention & OZI_HELD) == 0 || node->busy || !can_resume(node)) {
            continue;
        }
        if (!ozi_is_blocked(node)) {
            return node;
        }
        bool in_loop = (node->reach[i / 64] >> (i % 64) & 1) != 0;
        blocked = blocked == NULL && in_loop ? node : blocked;
    }
    return blocked;
}

static oz_step
resume_one(oz_context *node)
{
    oz_step step = ozi_resume(node);
    if (step == OZ_NEED && node->ending && !node->ended) {
        step = ozi_go_on_ending(node);
    }
    return step;
}

oz_step
ozi_resume_held(oz_instance *instance, bool *worked)
{
    while (instance->engine.held_count > 0) {
        oz_context *node = next_to_resume(instance);
        if (node == NULL) {
            break;
        }
        *worked = true;
        oz_step step = resume_one(node);
        if (step == OZ_FAILED) {
            return OZ_FAILED;
        }
        if (step == OZ_MORE && node->own_more && !ozi_is_blocked(node)) {
            break; /* it works in slices: let timers and descriptors have their turn */
        }
    }
    return OZ_NEED;
}

/* Nodes whose on_end answered MORE (not held by on_batch), or that were busy when they ended. */
static oz_step
go_on_ending(oz_instance *instance, bool *worked)
{
    for (uint32_t i = instance->engine.node_count; i-- > 0;) {
        oz_context *node = instance->engine.nodes[i];
        if (!node->ending || node->ended || node->busy || can_resume(node) ||
            ozi_is_blocked(node) || (node->attention & OZI_HELD) != 0) {
            continue;
        }
        *worked = true;
        if (ozi_go_on_ending(node) == OZ_FAILED) {
            return OZ_FAILED;
        }
    }
    return OZ_NEED;
}

/* ---- 2 and 3: timers and descriptors ----------------------------------------------------------- */

static oz_step
after_wakening(oz_context *node, oz_step step)
{
    node->ready = true;
    if (step == OZ_NEED && node->ending && !node->ended) {
        step = ozi_go_on_ending(node);
    }
    return step;
}

static oz_step
fire_timers(oz_instance *instance, bool *worked)
{
    ozi_engine *engine = &instance->engine;
    ozi_timer timer;
    /* A timer that sets itself again for now waits for the next step. */
    uint64_t last = engine->timers.sequence;
    while (ozi_timers_next(&engine->timers) <= engine->now_ns &&
           engine->timers.heap[0].sequence <= last &&
           ozi_timers_pop(&engine->timers, engine->now_ns, &timer)) {
        oz_context *node = timer.node;
        *worked = true;
        if (node->ended) {
            continue;
        }
        oz_step step = node->op->on_timer == NULL ? OZ_NEED : ozi_call_timer(node, timer.id);
        if (after_wakening(node, step) == OZ_FAILED) {
            return OZ_FAILED;
        }
    }
    return OZ_NEED;
}

static oz_step
treat_events(oz_instance *instance, const oz_io_event *events, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        if (events[i].token >= instance->engine.watched_count) {
            continue;
        }
        ozi_watched watched = instance->engine.watched[events[i].token];
        if (watched.node == NULL || watched.node->ended) {
            continue;
        }
        oz_step step = OZ_NEED;
        if (watched.node->op->on_ready != NULL) {
            step = ozi_call_ready(watched.node, watched.token, events[i].ready);
        }
        if (after_wakening(watched.node, step) == OZ_FAILED) {
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
    if (engine->poller < 0) {
        return OZ_NEED;
    }
    int64_t count = engine->io->wait(engine->io->self, engine->poller, events, EVENTS_MAX, 0);
    *worked |= count > 0;
    return count > 0 ? treat_events(instance, events, count) : OZ_NEED;
}

/* ---- 4: sources -------------------------------------------------------------------------------- */

static oz_step
poll_source(oz_instance *instance, oz_context *node)
{
    if (node->draining) {
        return ozi_finish(node);
    }
    ozi_measure_begin(instance, instance->source_rows);
    oz_step step = ozi_call_poll(node, instance->source_rows);
    ozi_measure_end(instance);
    /* MORE of a source means "poll me again", not that it holds anything back. */
    node->own_more = false;
    ozi_hold(node, (node->attention & OZI_REST) != 0);
    node->ready = step == OZ_MORE;
    return step;
}

static oz_step
poll_sources(oz_instance *instance, bool *worked)
{
    for (uint32_t i = 0; i < instance->engine.node_count; i++) {
        oz_context *node = instance->engine.nodes[i];
        if (node->op->source == NULL || node->op->source->poll == NULL || node->ended ||
            !node->ready || node->busy || (node->attention & OZI_HELD) != 0 ||
            ozi_is_blocked(node)) {
            continue;
        }
        *worked = true;
        if (poll_source(instance, node) == OZ_FAILED) {
            return OZ_FAILED;
        }
    }
    return OZ_NEED;
}

/* ---- 5: ends ----------------------------------------------------------------------------------- */

typedef struct standing {
    bool any_open;    /* a node has not ended */
    bool only_loops;  /* all that could still give anything are feedback steps */
} standing;

static standing
look_around(const oz_instance *instance)
{
    standing now = {.only_loops = true};
    for (uint32_t i = 0; i < instance->engine.node_count; i++) {
        const oz_context *node = instance->engine.nodes[i];
        now.any_open |= !node->ended;
        now.only_loops &= node->ended || node->op->inputs != NULL;
    }
    return now;
}

/* Sources have ended and nothing moves: what still is open hangs on loops, which are empty. */
static oz_step
end_loops(oz_instance *instance, bool *worked)
{
    for (uint32_t i = 0; i < instance->engine.node_count; i++) {
        oz_context *node = instance->engine.nodes[i];
        if (is_loop(instance, i) && !node->ended && (node->attention & OZI_HELD) == 0) {
            *worked = true;
            if (ozi_finish(node) == OZ_FAILED) {
                return OZ_FAILED;
            }
        }
    }
    return OZ_NEED;
}

static oz_step
rest_or_end(oz_instance *instance)
{
    standing now = look_around(instance);
    if (!now.any_open) {
        return OZ_DONE;
    }
    bool worked = false;
    if (now.only_loops && ozi_timers_next(&instance->engine.timers) == INT64_MAX) {
        if (end_loops(instance, &worked) == OZ_FAILED) {
            return OZ_FAILED;
        }
    }
    return worked ? OZ_MORE : OZ_WAIT;
}

/* ---- the loop ---------------------------------------------------------------------------------- */

typedef oz_step (*part)(oz_instance *instance, bool *worked);
static const part PARTS[] = {ozi_resume_held, go_on_ending, fire_timers, poll_events, poll_sources};

oz_step
oz_step_once(oz_instance *instance)
{
    if (instance->engine.error.status != OZ_OK) {
        return OZ_FAILED;
    }
    bool worked = false;
    instance->engine.now_ns = instance->engine.io->now_ns(instance->engine.io->self);
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        if (PARTS[i](instance, &worked) == OZ_FAILED) {
            return OZ_FAILED;
        }
    }
    return worked ? OZ_MORE : rest_or_end(instance);
}

int64_t
oz_instance_wake_at(const oz_instance *instance)
{
    return ozi_timers_next((ozi_timers *)(uintptr_t)&instance->engine.timers);
}

/* ---- waiting ----------------------------------------------------------------------------------- */

int64_t
oz_instance_fd(oz_instance *instance)
{
    ozi_engine *engine = &instance->engine;
    if (engine->poller < 0) {
        engine->poller = engine->io->poller(engine->io->self);
    }
    if (engine->poller >= 0) {
        (void)engine->io->alarm(engine->io->self, engine->poller, oz_instance_wake_at(instance));
    }
    return engine->poller;
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
    if (wake_at != INT64_MAX) {
        int64_t due_ns = wake_at - engine->io->now_ns(engine->io->self);
        due_ns = due_ns < 0 ? 0 : due_ns;
        timeout_ns = timeout_ns < 0 || due_ns < timeout_ns ? due_ns : timeout_ns;
    }
    if (instance->options.before_block != NULL) {
        instance->options.before_block(instance->options.context);
    }
    int64_t count =
        engine->io->wait(engine->io->self, engine->poller, events, EVENTS_MAX, timeout_ns);
    if (instance->options.after_block != NULL) {
        instance->options.after_block(instance->options.context);
    }
    engine->now_ns = engine->io->now_ns(engine->io->self);
    if (count > 0 && treat_events(instance, events, count) == OZ_FAILED) {
        return OZ_OK; /* oz_step_once answers FAILED */
    }
    return count == -EINTR ? OZ_INTERRUPTED : OZ_OK;
}

void
oz_wake(oz_instance *instance)
{
    ozi_engine *engine = &instance->engine;
    if (engine->poller >= 0) {
        (void)engine->io->wake(engine->io->self, engine->poller);
    }
}
