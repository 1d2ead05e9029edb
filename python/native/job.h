/* ouzel._ouzel.Job: what the workers of a job share. */
#ifndef PYOZ_JOB_H
#define PYOZ_JOB_H

#include "compat.h"
#include "ouzel/job.h"

typedef struct pyoz_job {
    PyObject_HEAD
    oz_job *job;
} pyoz_job;

#endif
