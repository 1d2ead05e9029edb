"""Running: until the sources end, or a signal asks for the end."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from . import _plan
from ._ouzel import GraphError, Instance
from .stream import Stream


def run(*streams: Stream, drain: float = 10.0, batch: int | None = None) -> None:
    """Runs all that `streams` (sinks, as a rule) need until their sources have ended.

    Ctrl-C and SIGTERM stop the sources; what has been read goes through, for at most `drain`
    seconds. When that is enough run() returns; else it ends the program with status 1 and says how
    many rows were not delivered.

    >>> import ouzel as oz
    >>> numbers = oz.of(1, 2, 3)
    >>> oz.run(numbers.sink(print), numbers.map(lambda x: -x).sink(print))
    1
    -1
    2
    -2
    3
    -3
    """
    if not streams:
        raise TypeError("run() takes the sinks that are to be run")
    for stream in streams:
        if not isinstance(stream, Stream):
            raise TypeError(f"run() takes streams, not {stream!r}")
    if any(step._op == "input" for step in _plan.ancestors(streams)):
        raise GraphError("run() is for sources that are read; this graph is pushed by emit()")
    plan = _plan.compile(streams)
    instance = Instance(plan.graph, batch_rows=batch or 0)
    stopped = _Stop(instance)
    with stopped.by_signals():
        if not instance.run():
            _finish(instance, plan, drain)


def _finish(instance: Instance, plan: _plan.Plan, drain: float) -> None:
    """After a signal: what was read goes through; what does not is counted and said."""
    instance.drain()
    if instance.run(drain):
        return
    left = _undelivered(instance, plan)
    print(f"ouzel: {left} rows were not delivered within {drain:g} s", file=sys.stderr)
    raise SystemExit(1)


def _undelivered(instance: Instance, plan: _plan.Plan) -> int:
    """Rows that steps hold, as far as they count them."""
    held = 0
    for node in plan.nodes.values():
        for name in ("rows", "pending", "open"):
            try:
                held += instance.held(node, name)
            except KeyError:
                continue
    return held


class _Stop:
    """Asks an instance to leave run() when a signal comes; a second one interrupts at once."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._asked = False

    def _handle(self, number: int, frame: Any) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        self._instance.stop()

    @contextmanager
    def by_signals(self) -> Iterator[None]:
        """Signals go here while it lasts; only the main thread may ask for them."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {}
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, self._handle)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
