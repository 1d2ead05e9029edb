"""Steps that join several streams, split one, or lead rows back."""

from __future__ import annotations

from . import _plan
from ._drawing import Drawn
from ._functions import wrap
from ._ouzel import GraphError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from .stream import Stream


class JoinSteps(Drawn):
    """union, zip, combine_latest, branch, connect and feedback."""

    __slots__ = ()

    def union(
        self, *others: Stream, name: str | None = None, stream_name: str | None = None
    ) -> Stream:
        """Passes the rows of all streams. A row takes its ways in the order they were drawn in.

        >>> import ouzel as oz
        >>> s = oz.of(1, 2)
        >>> s.union(s.map(lambda x: x * 10)).to_list()
        [10, 1, 20, 2]
        """
        return self._draw("union", None, others, name=name, stream_name=stream_name)

    def zip(
        self,
        *others: Stream,
        maxsize: int | None = None,
        name: str | None = None,
        stream_name: str | None = None,
    ) -> Stream:
        """Gives a tuple of one row of each stream, first with first, second with second.

        >>> import ouzel as oz
        >>> oz.of(1, 2).zip(oz.of("a", "b")).to_list()
        [(1, 'a'), (2, 'b')]
        """
        settings = {} if maxsize is None else {"maxsize": maxsize}
        return self._draw("zip", settings, others, name=name, stream_name=stream_name)

    def combine_latest(
        self,
        *others: Stream,
        emit_on: Stream | int | Iterable[Stream | int] | None = None,
        name: str | None = None,
        stream_name: str | None = None,
    ) -> Stream:
        """Gives a tuple of the latest row of each stream, whenever one comes.

        With `emit_on` (streams, or their places) only rows of those give a result.

        >>> import ouzel as oz
        >>> s = oz.of(1, 2)
        >>> s.combine_latest(s.map(lambda x: x * 10), emit_on=0).to_list()
        [(1, 10), (2, 20)]
        """
        streams = (self, *others)
        settings = {} if emit_on is None else {"emit_on": _mask(streams, emit_on)}
        return self._draw("combine_latest", settings, others, name=name, stream_name=stream_name)

    def branch(
        self,
        *predicates: Callable[[Any], Any],
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
    ) -> tuple[Stream, ...]:
        """Sends each row to the first stream whose predicate is true; the last takes the rest.

        >>> import ouzel as oz
        >>> odd, even = oz.of(1, 2, 3).branch(lambda x: x % 2)
        >>> odd.to_list(), even.to_list()
        ([1, 3], [2])
        """
        if not predicates:
            raise TypeError("branch() takes at least one function")
        name = stream_name if name is None else name
        streams: list[Stream] = []
        rest: Any = self
        for number, predicate in enumerate(predicates):
            settings = {"function": wrap("branch", predicate, 1)}
            about = name if name is None or number == 0 else f"{name}.{number}"
            step = rest._draw("branch", settings, name=about, on_error=on_error)
            streams.append(step)
            rest = step._port(1)
        return (*streams, rest)

    def connect(self, downstream: Stream) -> Stream:
        """Leads the rows of this stream into one that was drawn before, and returns that.

        >>> import ouzel as oz
        >>> a, b, got = oz.Stream(), oz.Stream(), []
        >>> b.map(str).sink(got.append)
        <sink: list.append>
        >>> a.connect(b)
        <input>
        >>> a.emit(1); b.emit(2); got
        ['1', '2']
        """
        step = downstream._step
        if step in _plan.ancestors([self]):  # type: ignore[list-item]
            raise GraphError(
                f"connecting {self!r} to {downstream!r} closes a loop: lead rows back by feedback()"
            )
        if step._downs is None:
            raise GraphError(f"only streams below oz.Stream() can be connected to, not {step!r}")
        step._joined.append(self)  # type: ignore[arg-type]
        step._attach_above()
        return downstream

    def feedback(self, into: Stream, n: int | None = None) -> Stream:
        """Leads the rows of this stream back into `into`, from which it was drawn; returns itself.

        Rows go round after the element that gave them has passed. At most `n` rows wait.

        >>> import ouzel as oz
        >>> s, got = oz.Stream(), []
        >>> s.sink(got.append)
        <sink: list.append>
        >>> s.map(lambda x: x + 1).filter(lambda x: x < 4).feedback(s)
        <filter: <lambda>>
        >>> s.emit(1); got
        [1, 2, 3]
        """
        step = into._step
        if step not in _plan.ancestors([self]):  # type: ignore[list-item]
            raise GraphError(f"{self!r} is not drawn from {into!r}: use connect()")
        step._loops.append((self, n))  # type: ignore[arg-type]
        if step._living is not None:
            step._living.changed()
        return self  # type: ignore[return-value]


def _mask(streams: tuple[Any, ...], emit_on: Any) -> int:
    """The places of `emit_on` in `streams` as bits."""
    wanted = emit_on if isinstance(emit_on, (list, tuple, set, frozenset)) else (emit_on,)
    mask = 0
    for item in wanted:
        if isinstance(item, int):
            if not 0 <= item < len(streams):
                raise ValueError(f"emit_on: there is no stream number {item}")
            mask |= 1 << item
            continue
        places = [i for i, stream in enumerate(streams) if stream is item]
        if not places:
            raise ValueError(f"emit_on: {item!r} is not one of the streams")
        mask |= sum(1 << place for place in places)
    if mask == 0:
        raise ValueError("emit_on names no stream")
    return mask
