"""Pulling: `for`, `next`, `to_list`. Each pull is a new instance of what the stream needs."""

from __future__ import annotations

from . import _plan
from ._drawing import Drawn
from ._ouzel import Batches, Cell, Collector, GraphError, Instance
from ._ouzel import Iterator as Rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from typing import Any

ONE_BY_ONE = 1


def instance_of(
    stream: Drawn, op: str, settings: dict[str, Any], batch: int | None, eager: bool
) -> Instance:
    """An instance that pulls `stream` into the sink `op`."""
    if any(step._op == "input" for step in _plan.ancestors([stream])):
        raise GraphError(
            f"{stream!r} is pushed: its elements come by emit(), there is nothing to pull; "
            "collect them by sink_to_list()"
        )
    plan = _plan.compile([stream], sink=(op, settings), eager=eager)
    rows = ONE_BY_ONE if plan.has_limit and batch is None else batch or 0
    return Instance(plan.graph, batch_rows=rows)


class Pulling(Drawn):
    """Iteration takes one element at a time; whatever asks for everything works in batches."""

    __slots__ = ()

    def __iter__(self) -> Iterator[Any]:
        """A new run of the stream, one element at a time: nothing is read ahead.

        >>> import ouzel as oz
        >>> [x for x in oz.of(1, 2).map(str)]
        ['1', '2']
        """
        cell = Cell()
        return Rows(instance_of(self, "pull", {"cell": cell}, ONE_BY_ONE, False), cell)

    def __next__(self) -> Any:
        """The next element of the run that the stream itself holds; the first call starts it.

        >>> import ouzel as oz
        >>> s = oz.of(1, 2).map(str)
        >>> next(s), next(s)
        ('1', '2')
        """
        if self._iterator is None:
            self._iterator = iter(self)
        return next(self._iterator)

    def __aiter__(self) -> AsyncIterator[Any]:
        """The elements inside asyncio: the event loop goes on while there are none.

        >>> import asyncio, ouzel as oz
        >>> async def main():
        ...     return [x async for x in oz.of(1, 2)]
        >>> asyncio.run(main())
        [1, 2]
        """
        from ._asyncio import AsyncRows

        cell = Cell()
        return AsyncRows(instance_of(self, "pull", {"cell": cell}, ONE_BY_ONE, False), cell)

    def to_list(self, *, batch: int | None = None) -> list[Any]:
        """All elements. They go through the graph in batches; ``batch=1`` keeps the strict order.

        >>> import ouzel as oz
        >>> oz.of(1, 2, 3).map(lambda x: x + 1).to_list()
        [2, 3, 4]
        """
        collector = Collector()
        settings = {"collector": collector}
        instance_of(self, "collect", settings, batch, True).run()
        return collector.take()

    def to_dict(self, *, batch: int | None = None) -> dict[Any, Any]:
        """The last value per key: of (key, value) rows, or of rows after key_by.

        >>> import ouzel as oz
        >>> oz.of("a", "b", "a").key_by().count().to_dict()
        {'a': 2, 'b': 1}
        """
        target: dict[Any, Any] = {}
        instance_of(self, "put", {"target": target}, batch, True).run()
        return target

    def to_arrow(self) -> Batches:
        """All elements as Arrow data: whatever takes ``__arrow_c_stream__`` can read the result.

        >>> import ouzel as oz, pyarrow
        >>> pyarrow.table(oz.of(1, 2).to_arrow()).to_pydict()
        {'value': [1, 2]}
        """
        batches = Batches()
        instance_of(self, "gather", {"batches": batches}, None, True).run()
        return batches

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """The Arrow protocol: `pyarrow.table(stream)` pulls the stream."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)
