/* The poller of the simulated world: who is ready, and the clock that jumps while nobody is. */
#include <errno.h>

#include "kit/sim_io_internal.h"

int64_t
sim_poller(void *self)
{
    sim_io *sim = self;
    sim_handle *poller;
    return sim_fails(sim) ? -sim->fail_error : sim_handle_new(sim, SIM_POLLER, &poller);
}

int64_t
sim_unpoll(void *self, int64_t poller)
{
    sim_io *sim = self;
    bool fails = sim_fails(sim);
    sim_handle *handle = sim_handle_of(sim, poller, SIM_POLLER);
    if (handle == NULL) {
        return -EBADF;
    }
    handle->kind = SIM_FREE;
    sim->open_handles--;
    return fails ? -sim->fail_error : 0;
}

/* Where the watch of a file is, or the count when there is none. */
static size_t
find_watch(const sim_handle *poller, int64_t file)
{
    const sim_watch *watches = poller->watches.items;
    size_t at = 0;
    while (at < poller->watches.count && watches[at].file != file) {
        at++;
    }
    return at;
}

void
sim_forget_watches(sim_io *sim, int64_t file)
{
    for (size_t i = 0; i < sim->handles.count; i++) {
        sim_handle *poller = ((sim_handle **)sim->handles.items)[i];
        size_t at = find_watch(poller, file);
        if (at < poller->watches.count) {
            ozi_vec_remove(&poller->watches, at);
        }
    }
}

int64_t
sim_watch_file(void *self, int64_t poller, int64_t file, uint32_t interest, uint64_t token)
{
    sim_io *sim = self;
    if (sim_fails(sim)) {
        return -sim->fail_error;
    }
    sim_handle *handle = sim_handle_of(sim, poller, SIM_POLLER);
    const sim_handle *watched = sim_handle_of(sim, file, SIM_FREE);
    if (handle == NULL || watched == NULL) {
        return -EBADF;
    }
    if (watched->kind == SIM_FILE || watched->kind == SIM_FOLDER) {
        return -EPERM;
    }
    if (token >= UINT64_MAX - 1) {
        return -EINVAL;
    }
    size_t at = find_watch(handle, file);
    sim_watch watch = {.file = file, .token = token, .interest = interest};
    if (interest == OZ_IO_NONE) {
        if (at < handle->watches.count) {
            ozi_vec_remove(&handle->watches, at);
        }
    } else if (at < handle->watches.count) {
        *(sim_watch *)ozi_vec_at(&handle->watches, at) = watch;
    } else {
        sim_append(&handle->watches, &watch, 1);
    }
    return 0;
}

int64_t
sim_alarm(void *self, int64_t poller, int64_t at_ns)
{
    sim_io *sim = self;
    if (sim_fails(sim)) {
        return -sim->fail_error;
    }
    sim_handle *handle = sim_handle_of(sim, poller, SIM_POLLER);
    if (handle == NULL) {
        return -EBADF;
    }
    handle->alarm_ns = at_ns;
    return 0;
}

int64_t
sim_wake(void *self, int64_t poller)
{
    sim_handle *handle = sim_handle_of(self, poller, SIM_POLLER);
    if (handle == NULL) {
        return -EBADF;
    }
    handle->woken = true;
    return 0;
}

static bool
has_visitor(const sim_io *sim, const sim_handle *listener, int64_t *next_ns)
{
    if (listener->pending.count == 0) {
        return false;
    }
    int64_t first = *(int64_t *)ozi_vec_at(&listener->pending, 0);
    int64_t arrives_ns = sim_handle_of(sim, first, SIM_SOCKET)->connected_ns;
    if (arrives_ns > sim->now_ns && arrives_ns < *next_ns) {
        *next_ns = arrives_ns;
    }
    return arrives_ns <= sim->now_ns;
}

uint32_t
sim_ready(const sim_io *sim, const sim_handle *handle, int64_t *next_ns)
{
    if (handle->kind == SIM_LISTENER) {
        return has_visitor(sim, handle, next_ns) ? OZ_IO_READABLE : OZ_IO_NONE;
    }
    if (handle->connected_ns > sim->now_ns) {
        *next_ns = handle->connected_ns < *next_ns ? handle->connected_ns : *next_ns;
        return OZ_IO_NONE;
    }
    bool broken = handle->connect_error != 0 || (handle->in != NULL && handle->in->reset);
    if (broken) {
        return OZ_IO_READABLE | OZ_IO_WRITABLE | SIM_BROKEN;
    }
    uint32_t ready = OZ_IO_NONE;
    if (handle->in != NULL && sim_channel_readable(sim, handle->in, next_ns)) {
        ready |= OZ_IO_READABLE;
    }
    if (handle->out != NULL && sim_channel_writable(handle->out)) {
        ready |= OZ_IO_WRITABLE;
    }
    return ready;
}

/* Reports who is ready, beginning with one chosen by the seed: nobody may rely on an order. */
static int
collect(sim_io *sim, const sim_handle *poller, oz_io_event *events, int capacity, int64_t *next_ns)
{
    const sim_watch *watches = poller->watches.items;
    size_t count = poller->watches.count;
    size_t first = count > 1 ? sim_random(&sim->shuffle) % count : 0;
    int reported = 0;
    for (size_t i = 0; i < count; i++) {
        const sim_watch *watch = &watches[(first + i) % count];
        uint32_t ready = sim_ready(sim, sim_handle_of(sim, watch->file, SIM_FREE), next_ns);
        if ((ready & SIM_BROKEN) == 0) {
            ready &= watch->interest;
        }
        if (ready != 0 && reported < capacity) {
            events[reported++] =
                (oz_io_event){.token = watch->token, .ready = ready & ~(uint32_t)SIM_BROKEN};
        }
    }
    return reported;
}

/* Takes away what rang: a wake or an alarm that is due. */
static bool
take_rings(const sim_io *sim, sim_handle *poller)
{
    bool rang = atomic_exchange(&poller->woken, false);
    if (poller->alarm_ns <= sim->now_ns) {
        poller->alarm_ns = INT64_MAX;
        rang = true;
    }
    return rang;
}

/* ---- work aside ------------------------------------------------------------------------------ */

int64_t
sim_aside(void *self, int64_t poller, void (*work)(void *context), void *context)
{
    sim_io *sim = self;
    if (sim_fails(sim)) {
        return -sim->fail_error;
    }
    if (sim_handle_of(sim, poller, SIM_POLLER) == NULL) {
        return -EBADF;
    }
    const sim_work made = {.run = work, .context = context, .poller = poller};
    sim_append(&sim->works, &made, 1);
    sim->open_handles++;
    return (int64_t)sim->works.count - 1;
}

/* Does all work up to number `last`, in its order. */
static void
do_works(sim_io *sim, size_t last)
{
    while (sim->works_over <= last) {
        sim_work work = ((sim_work *)sim->works.items)[sim->works_over++];
        work.run(work.context);
        (void)sim_wake(sim, work.poller);
    }
}

int64_t
sim_join(void *self, int64_t work)
{
    sim_io *sim = self;
    if (work < 0 || work >= (int64_t)sim->works.count) {
        return -EBADF;
    }
    do_works(sim, (size_t)work);
    sim->open_handles--;
    return 0;
}

/* Those that wait for nothing still see it done at some time. */
static void
do_works_by_chance(sim_io *sim, bool may_block)
{
    if (sim->works_over < sim->works.count && (may_block || sim_random(&sim->shuffle) % 4 == 0)) {
        do_works(sim, sim->works.count - 1);
    }
}

/* ---- waiting --------------------------------------------------------------------------------- */

int64_t
sim_wait(void *self, int64_t handle, oz_io_event *events, int capacity, int64_t timeout_ns)
{
    sim_io *sim = self;
    sim_handle *poller = sim_handle_of(sim, handle, SIM_POLLER);
    if (poller == NULL) {
        return -EBADF;
    }
    int64_t end_ns = timeout_ns < 0 ? INT64_MAX : sim->now_ns + timeout_ns;
    do_works_by_chance(sim, timeout_ns != 0);
    for (;;) {
        int64_t next_ns = poller->alarm_ns < end_ns ? poller->alarm_ns : end_ns;
        int count = collect(sim, poller, events, capacity, &next_ns);
        bool rang = take_rings(sim, poller);
        if (count > 0 || rang || end_ns <= sim->now_ns || !sim->automatic) {
            return count;
        }
        if (next_ns == INT64_MAX) {
            return -EDEADLK;
        }
        sim->now_ns = next_ns;
    }
}
