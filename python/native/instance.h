/* ouzel._ouzel.Instance: a graph that works. */
#ifndef PYOZ_INSTANCE_H
#define PYOZ_INSTANCE_H

#include "compat.h"
#include "gil.h"
#include "graph.h"
#include "ouzel/engine.h"

typedef struct pyoz_instance {
    PyObject_HEAD
    oz_instance *instance; /* NULL once freed */
    pyoz_graph *graph;
    bool is_current; /* false: the drawn graph has changed, the next emit updates */
    bool is_timed;   /* see pyoz_graph */
    bool is_watched;
    bool is_closed;   /* freed as soon as nobody is inside */
    bool must_stop;   /* asked to leave run() */
    int64_t armed_ns; /* the timer that the background thread waits for */
    int32_t users;    /* threads inside or waiting for the lock; under the GIL */
    PyObject *job;    /* the Job that it is a worker of; or NULL */
    PyObject *weak_references;
    PyObject *exception; /* why it failed, when whoever drove it then had no use for that */
} pyoz_instance;

/* Begins to drive it on this thread, which holds the lock and the GIL. */
PYOZ_INLINE void
pyoz_instance_begin(pyoz_instance *self, pyoz_driver *driver)
{
    self->users++;
    pyoz_drive(driver, self);
}

/* Frees what close() had to leave. */
void
pyoz_instance_bury(pyoz_instance *self);

/* A step failed, but first a row before it goes out: its exception waits for the next call. */
void
pyoz_instance_keep(pyoz_instance *self, pyoz_driver *driver);

/* Ends driving, and gives the lock back. */
PYOZ_INLINE void
pyoz_instance_end(pyoz_instance *self, pyoz_driver *driver)
{
    if (PYOZ_UNLIKELY(driver->exception != NULL)) {
        pyoz_instance_keep(self, driver);
    }
    pyoz_drive_end(driver);
    oz_leave(self->instance);
    self->users--;
    if (PYOZ_UNLIKELY(self->is_closed)) {
        pyoz_instance_bury(self);
    }
}

/*
 * Takes the lock, giving the GIL away while it waits, and begins to drive. False with an
 * exception: it is closed.
 */
bool
pyoz_instance_enter(pyoz_instance *self, pyoz_driver *driver);

/* A new instance of a sealed graph; NULL with an exception. */
pyoz_instance *
pyoz_instance_make(PyTypeObject *type, pyoz_graph *graph, oz_run_options options);

/* Blocks until there is work or a signal; a negative time has no limit. -1 with an exception. */
int
pyoz_instance_wait(pyoz_instance *self, int64_t timeout_ns);

#endif
