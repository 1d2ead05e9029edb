"""The stream: a drawn step, and all that can be drawn below it or done with it."""

from __future__ import annotations

import os

from . import _living, _plan
from ._display import Display
from ._joining import JoinSteps
from ._ouzel import GraphError
from ._pulling import Pulling
from ._rows import RowSteps
from ._shape import ShapeSteps
from ._sinks import Sinks
from ._stateful import StateSteps
from ._timing import TimeSteps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


class Stream(
    RowSteps, StateSteps, ShapeSteps, JoinSteps, TimeSteps, Sinks, Pulling, Display
):
    """A source into which elements are pushed, and the base of all steps.

    >>> import ouzel as oz
    >>> clicks = oz.Stream("clicks")
    >>> total = clicks.map(len).accumulate(lambda total, n: total + n, start=0)
    >>> total.sink(print)
    <sink: print>
    >>> clicks.emit("ab"); clicks.emit("c")
    2
    3
    """

    __slots__ = ()

    def run(
        self,
        *,
        drain: float = 10.0,
        workers: int | None = None,
        state: str | os.PathLike[str] | None = None,
        checkpoint: float = 1.0,
        fresh: bool = False,
        allow_dropped_state: bool = False,
        guarantee: str | None = None,
    ) -> int:
        """Runs the graph that this stream needs until its sources end; see `ouzel.run`.

        >>> import ouzel as oz
        >>> oz.of("a", "b").sink(print).run()
        a
        b
        0
        """
        from ._running import run

        return run(
            self,
            drain=drain,
            workers=workers,
            state=state,
            checkpoint=checkpoint,
            fresh=fresh,
            allow_dropped_state=allow_dropped_state,
            guarantee=guarantee,
        )

    # ---- pushing: what emit() needs besides its C part ------------------------------------------

    def flush(self) -> Any:
        """Delivers what the steps of this graph hold (partitions, windows), without ending it.

        >>> import ouzel as oz
        >>> s, got = oz.Stream(), []
        >>> s.partition(3).sink(got.append)
        <sink: list.append>
        >>> s.emit(1); s.flush(); got
        [(1,)]
        """
        living = self._step._living
        if living is None:
            raise GraphError("flush() is for streams below oz.Stream()")
        living.now().refresh(self).flush()
        return _living.emitted()

    def close(self) -> Any:
        """Ends the sources of this stream: what is held is delivered, a further emit() raises.

        >>> import ouzel as oz
        >>> s, got = oz.Stream(), []
        >>> s.sum().final().sink(got.append)
        <sink: list.append>
        >>> s.emit(1); s.emit(2); s.close(); got
        [3]
        """
        sources = [step for step in _plan.ancestors([self]) if step._op == "input"]
        if not sources:
            raise GraphError("close() is for streams below oz.Stream()")
        for source in sorted(sources, key=lambda source: source._serial):
            if not source._closed:
                assert source._living is not None
                instance = source._living.now().refresh(source)
                node = source._target_node
                source._closed = True
                instance.push_end(node)
        return _living.emitted()

    def _refresh(self) -> None:
        """Called by emit() when the graph is not as drawn."""
        if self._op != "input" or self._living is None:
            raise GraphError(f"emit() is for oz.Stream(), the source; this is {self!r}")
        living = self._living.now()
        instance = living.refresh(self)
        if self._target is not instance:
            self._attach(instance, living.nodes[self, _plan.STEP, 0])

    def _settle(self, moves: int) -> Any:
        """Called by emit() when there is no room for more, or something may happen by itself.

        `moves` is how far the graph had come when there was no room; -1: there is.
        """
        from ._background import settle

        return settle(self, moves)

    def _emitted(self) -> Any:
        """Called by emit() when all is done, but perhaps inside an event loop."""
        return _living.emitted()

    # ---- ways to begin, as methods for those who expect them here -------------------------------

    @staticmethod
    def from_iterable(items: Iterable[Any], *, name: str | None = None) -> Stream:
        """See `ouzel.from_iterable`.

        >>> import ouzel as oz
        >>> oz.Stream.from_iterable([1, 2]).to_list()
        [1, 2]
        """
        from .sources import from_iterable

        return from_iterable(items, name=name)


__all__ = ["Stream"]
