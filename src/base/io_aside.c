/* Work in threads of its own. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>

#include "base/alloc.h"
#include "base/io_system.h"

typedef struct aside {
    pthread_t thread;
    int64_t poller;
    void (*work)(void *context);
    void *context;
} aside;

static void *
run(void *argument)
{
    const aside *aside = argument;
    aside->work(aside->context);
    (void)ozi_system_wake(NULL, aside->poller);
    return NULL;
}

/* Signals are for the threads of the host. */
static int
begin_thread(aside *aside)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    int error = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (error == 0) {
        error = pthread_create(&aside->thread, NULL, run, aside);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    return error;
}

int64_t
ozi_system_aside(void *self, int64_t poller, void (*work)(void *context), void *context)
{
    (void)self;
    aside *made = ozi_alloc_new(oz_alloc_default(), sizeof *made);
    if (made == NULL) {
        return -ENOMEM;
    }
    *made = (aside){.poller = poller, .work = work, .context = context};
    int error = begin_thread(made);
    if (error != 0) {
        ozi_alloc_free(oz_alloc_default(), made, sizeof *made);
        return -error;
    }
    return (int64_t)(intptr_t)made;
}

int64_t
ozi_system_join(void *self, int64_t work)
{
    (void)self;
    aside *made = (aside *)(intptr_t)work;
    int error = pthread_join(made->thread, NULL);
    ozi_alloc_free(oz_alloc_default(), made, sizeof *made);
    return -error;
}
