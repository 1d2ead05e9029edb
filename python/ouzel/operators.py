"""Operators, sources and sinks that are written in Python, on the contract of the engine.

The engine calls the methods; a `context` gives what they may ask for. Each answers None ("need":
give me more), "more" (call me again before anything new comes), "wait" (nothing until a timer or
descriptor of mine has called me and answered otherwise) or "done" (I want no more).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._ouzel import Batch, Context

Step = str | None


class Operator:
    """A step that looks at batches of rows; drawn by `stream.through(operator)`.

    >>> import ouzel as oz
    >>> class Pairs(oz.Operator):
    ...     def on_batch(self, context, batch):
    ...         for row in batch:
    ...             context.emit((row, row))
    >>> oz.of(1, 2).through(Pairs()).to_list()
    [(1, 1), (2, 2)]

    With ``stateful = True`` it has `context.state`, which is saved with each checkpoint of a job
    with a state folder, and is there again in open() when the job goes on: any object that can be
    pickled, None at first. Of several workers it then stands on worker 0, where all rows come.

    >>> class Differences(oz.Operator):
    ...     stateful = True
    ...     def on_batch(self, context, batch):
    ...         for row in batch:
    ...             if context.state is not None:
    ...                 context.emit(row - context.state)
    ...             context.state = row
    >>> oz.of(1, 4, 9).through(Differences()).to_list()
    [3, 5]
    """

    stateful = False

    def open(self, context: Context) -> Step:
        """Called once, before any row."""

    def on_batch(self, context: Context, batch: Batch) -> Step:
        """Called with rows, in order; with None after it answered "more"."""
        raise NotImplementedError

    def on_timer(self, context: Context, id: int) -> Step:
        """Called when a timer that `context.set_timer` set is due."""

    def on_ready(self, context: Context, token: int) -> Step:
        """Called when a descriptor that `context.watch` watches is readable."""

    def on_flush(self, context: Context) -> Step:
        """Called to deliver what is held, without ending."""

    def on_end(self, context: Context) -> Step:
        """Called when the input has ended; "wait" when rows are held until a timer."""

    def rows_held(self) -> int:
        """Rows on their way: taken, and soon to be emitted. A checkpoint waits for them."""
        return 0

    def close(self, context: Context) -> None:
        """Called once at the end, also after a failure."""


class Sink(Operator):
    """An operator that emits nothing; drawn by `stream.into(sink)`.

    >>> import ouzel as oz
    >>> class Count(oz.Sink):
    ...     rows = 0
    ...     def on_batch(self, context, batch):
    ...         self.rows += len(batch)
    >>> count = Count()
    >>> oz.of(1, 2, 3).into(count).run(), count.rows
    (0, 3)

    A sink whose rows are to come out exactly once has two more methods. In a job with a state
    folder each checkpoint calls ``prepare(context, epoch)``, which makes all rows since the last
    prepare durable, unseen, and returns whatever it takes to show them (any object that can be
    pickled); it is saved with the epoch. Rows go on to come: they belong to the next one. Once the
    epoch holds, ``commit(context, epoch, prepared)`` shows its rows. After a crash in between,
    commit() is called again, after open() and with the same two arguments, so it must bear that.
    When a checkpoint fails, its epoch is shown just before the next one that holds. Such a sink
    stands on worker 0; its `context.state` is kept.

    >>> class Whole(oz.Sink):
    ...     rows = []
    ...     def on_batch(self, context, batch):
    ...         self.rows += batch
    ...     def prepare(self, context, epoch):
    ...         prepared, self.rows = self.rows, []
    ...         return prepared
    ...     def commit(self, context, epoch, prepared):
    ...         print(prepared)
    >>> import tempfile
    >>> oz.of(1, 2, 3).into(Whole()).run(state=tempfile.mkdtemp())
    [1, 2, 3]
    0
    """


class Source:
    """A source; drawn by `ouzel.from_source(source)`.

    A position is the number of the first row not yet emitted, in whatever unit the source counts.
    A source without position() cannot read anything again: what it had emitted, and the job not yet
    dealt with, is lost when it is killed.

    >>> import ouzel as oz
    >>> class Countdown(oz.Source):
    ...     def open(self, context, partition, position):
    ...         self.at = 3
    ...     def poll(self, context, rows):
    ...         if self.at == 0:
    ...             return "done"
    ...         context.emit(self.at)
    ...         self.at -= 1
    ...         return "more"
    >>> oz.from_source(Countdown()).to_list()
    [3, 2, 1]
    """

    def partitions(self) -> list[str]:
        """The names of its parts, each with positions of its own; stable between runs."""
        return ["0"]

    def open(self, context: Context, partition: int, position: int) -> None:
        """Reads a partition from `position` on; -1: from its start."""

    def poll(self, context: Context, rows: int) -> Step:
        """Emits at most `rows` rows without blocking, and stops when an emit answers False.

        "more": there is more; None: nothing now, a timer or descriptor will wake it; "done": ended.
        """
        raise NotImplementedError

    def acknowledge(self, context: Context, partition: int, position: int) -> None:
        """A checkpoint holds: nothing before `position` will be asked for again; see position()."""

    def on_timer(self, context: Context, id: int) -> Step:
        """As of an operator."""

    def on_ready(self, context: Context, token: int) -> Step:
        """As of an operator."""

    def on_flush(self, context: Context) -> Step:
        """Emit what has been read, and read no more: the run is to end."""

    def close(self, context: Context) -> None:
        """Called once at the end, also after a failure."""


class ByEpoch(Sink):
    """The sink of `stream.sink_by_epoch(func)`."""

    def __init__(self, func: Callable[[int, list[Any]], Any], limit: int) -> None:
        self._func = func
        self._limit = limit
        self._rows: list[Any] = []

    def open(self, context: Context) -> None:
        """Rows of a run before that did not come to a checkpoint are read again."""
        if not context.has_epochs:
            raise ValueError("sink_by_epoch() needs epochs: run the stream with state=, a folder")
        self._rows = []

    def on_batch(self, context: Context, batch: Batch) -> None:
        """Rows wait for the end of the epoch, which comes early when they are many."""
        self._rows += batch
        if len(self._rows) >= self._limit:
            context.checkpoint()

    def prepare(self, context: Context, epoch: int) -> list[Any]:
        """They are saved with it."""
        rows, self._rows = self._rows, []
        return rows

    def commit(self, context: Context, epoch: int, prepared: list[Any]) -> None:
        """And given when it holds."""
        if prepared:
            self._func(epoch, prepared)


def methods_of(thing: Any, kind: type) -> Any:
    """`thing`, when it has the method that all of its kind must have."""
    needed = "poll" if kind is Source else "on_batch"
    if not callable(getattr(thing, needed, None)) or isinstance(thing, type):
        raise TypeError(f"a {kind.__name__} is an object with the method {needed}(), not {thing!r}")
    return thing
