"""Running: until the sources end, or a signal asks for the end."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager
from typing import Any

from . import _plan
from ._guarantees import ASKED, guarantee_of, show
from ._ouzel import GraphError, Instance
from ._progress import EVERY_S, Progress, progress_of
from ._signals import handled
from .stream import Stream


def run(
    *streams: Stream,
    drain: float = 10.0,
    batch: int | None = None,
    workers: int | None = None,
    state: str | os.PathLike[str] | None = None,
    checkpoint: float = 1.0,
    fresh: bool = False,
    allow_dropped_state: bool = False,
    guarantee: str | None = None,
) -> int:
    """Runs all that `streams` (sinks, as a rule) need until their sources have ended.

    Ctrl-C and SIGTERM stop the sources; what has been read goes through, for at most `drain`
    seconds. The answer is 0, or 1 when rows were not delivered in that time; it says how many.

    With ``state``, a folder, the job survives: every ``checkpoint`` seconds what its steps remember
    and how far its sources have read is written there, and when it is run again, also after a crash
    or ``kill -9``, it goes on from the last checkpoint. Files that it reads and writes come out
    exactly once (`docs/state.md`). ``fresh`` forgets what is there; ``allow_dropped_state`` lets go
    of what belongs to steps that the program no longer has. A signal makes a last checkpoint, and
    ends nothing. Raises StateError when the folder is damaged, another's, or of another program.

    With ``guarantee``, "exactly-once", "at-least-once" or "at-most-once", a source or sink that
    gives less is an error before anything is read: GraphError names it (`ouzel graph` shows them).

    With ``workers``, the program is started so many times more, each up to its first run(), and
    they share the work: the files of a source, and the keys of steps that remember
    (`docs/workers.md`). Raises StepError when a step fails, OuzelError when a worker has died and
    the job could not go on.

    >>> import ouzel as oz
    >>> numbers = oz.of(1, 2, 3)
    >>> oz.run(numbers.sink(print), numbers.map(lambda x: -x).sink(print))
    1
    2
    3
    -1
    -2
    -3
    0
    """
    if not streams:
        raise TypeError("run() takes the sinks that are to be run")
    for stream in streams:
        if not isinstance(stream, Stream):
            raise TypeError(f"run() takes streams, not {stream!r}")
    if any(step._op == "input" for step in _plan.ancestors(streams)):
        raise GraphError("run() is for sources that are read; this graph is pushed by emit()")
    folder = None if state is None else os.fspath(state)
    asked = guarantee_of(guarantee)
    if ASKED in os.environ:
        show(_plan.compile(streams))
    if "OUZEL_JOB" in os.environ:
        from ._worker import work

        work(_plan.compile(streams), batch, folder, asked)
    if workers is not None and workers != 1:
        from ._supervisor import Settings, run_program

        return run_program(
            Settings(
                workers, folder, checkpoint, fresh, allow_dropped_state, batch or 0, drain, asked
            )
        )
    plan = _plan.compile(streams)
    instance = Instance(
        plan.graph,
        batch_rows=batch or 0,
        state=folder,
        checkpoint=checkpoint,
        fresh=fresh,
        allow_dropped_state=allow_dropped_state,
        guarantee=asked,
    )
    tell_of_state(instance, state)
    stopped = _Stop(instance)
    progress = progress_of(plan, instance)
    try:
        with stopped.by_signals():
            return 0 if _to_the_end(instance, stopped, progress) else _finish(instance, drain)
    finally:
        instance.close()  # whoever keeps a traceback does not keep the folder


def tell_of_state(instance: Instance, state: Any) -> None:
    """A job that does not begin at the beginning says so."""
    if instance.had_ended:
        print(
            f"ouzel: the job in {state} has come to the end of its input; begin anew with fresh",
            file=sys.stderr,
        )
    elif instance.restored:
        print(f"ouzel: goes on from epoch {instance.restored} in {state}", file=sys.stderr)


def _to_the_end(instance: Instance, stopped: _Stop, progress: Progress | None) -> bool:
    """Runs until the sources have ended, or a signal came: then it answers False."""
    if progress is None:
        return instance.run()
    try:
        while not (has_ended := instance.run(EVERY_S)) and not stopped.asked:
            progress.draw()
        return has_ended
    finally:
        progress.clear()


def _finish(instance: Instance, drain: float) -> int:
    """After a signal: what was read goes through; what does not is counted and said."""
    instance.drain()
    if instance.run(drain):
        return 0
    left = instance.rows_held()
    print(f"ouzel: {left} rows were not delivered within {drain:g} s", file=sys.stderr)
    return 1


class _Stop:
    """Asks an instance to leave run() when a signal comes; a second one interrupts at once."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self.asked = False

    def _handle(self, number: int, frame: Any) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self._instance.stop()

    def by_signals(self) -> AbstractContextManager[None]:
        """Signals go here while it lasts."""
        return handled(self._handle, self._instance.wake_by)
