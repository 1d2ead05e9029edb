#include "run/aside.h"

/* In the thread of the work. */
static void
run(void *argument)
{
    ozi_aside *aside = argument;
    aside->run(aside->context);
    atomic_store(&aside->is_done, true);
}

void
ozi_aside_begin(ozi_aside *aside, const oz_io *io, int64_t poller, void (*work)(void *context),
                void *context)
{
    *aside = (ozi_aside){.io = io, .run = work, .context = context};
    aside->work = poller < 0 ? poller : io->aside(io->self, poller, run, aside);
    if (aside->work < 0) {
        aside->io = NULL;
        work(context);
    }
}

bool
ozi_aside_is_done(ozi_aside *aside)
{
    if (aside->io != NULL && atomic_load(&aside->is_done)) {
        ozi_aside_wait(aside);
    }
    return aside->io == NULL;
}

void
ozi_aside_wait(ozi_aside *aside)
{
    if (aside->io != NULL) {
        (void)aside->io->join(aside->io->self, aside->work);
        aside->io = NULL;
    }
}
