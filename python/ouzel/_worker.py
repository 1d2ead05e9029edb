"""A worker of a job: this process was started by a supervisor, and joins at its first run()."""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import threading
from typing import Any, NoReturn

from . import _plan
from ._ouzel import GraphError, Instance, Job

VARIABLE = "OUZEL_JOB"
"""The environment variable by which a supervisor tells a worker what it is; run() takes it out."""


def work(plan: _plan.Plan, batch: int | None, state: str | None, guarantee: int) -> NoReturn:
    """Does this worker's part of the job; then the program ends. What fails comes out of it.

    The supervisor decides on workers and state; `batch` and `state` are what the program says.
    """
    setup: dict[str, Any] = json.loads(os.environ.pop(VARIABLE))
    if os.getppid() != setup["host"]:
        raise SystemExit(1)  # nobody waits for it any more
    if threading.current_thread() is not threading.main_thread():
        raise GraphError("in a job of several workers run() is called by the main thread")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the supervisor asks for the end
    faulthandler.enable()
    job = Job.join(setup["file"], tuple(setup["bells"]), setup["worker"])
    try:
        if setup["state"] is None and state is not None:
            raise GraphError(f"the state folder '{state}' is given to `ouzel run` by --state")
        plan.graph.spread(job.seats)
        instance = Instance(
            plan.graph,
            job=job,
            batch_rows=setup["batch"] or batch or 0,
            state=setup["state"],
            checkpoint=setup["checkpoint"],
            fresh=setup["fresh"],
            allow_dropped_state=setup["allow_dropped_state"],
            guarantee=setup["guarantee"] | guarantee,
        )
    except Exception as error:
        job.fail(str(error))
        raise
    if setup["worker"] == 0:
        from ._running import tell_of_state

        tell_of_state(instance, setup["state"])
    instance.run()
    instance.close()
    raise SystemExit(0)
