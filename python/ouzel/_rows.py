"""Steps that look at one row at a time."""

from __future__ import annotations

from ._drawing import Drawn
from ._functions import is_coroutine, wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .stream import Stream


class RowSteps(Drawn):
    """map, filter and their like.

    All take `name` (also `stream_name`) for the step and `on_error` ("fail", "skip" or
    "dead_letter") for rows that the function raises on; every other argument goes to the function.
    """

    __slots__ = ()

    def map(
        self,
        func: Callable[..., Any],
        *args: Any,
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
        concurrency: int | None = None,
        ordered: bool = True,
        **kwargs: Any,
    ) -> Stream:
        """Gives ``func(row, *args, **kwargs)`` for each row.

        Of a coroutine function, up to `concurrency` calls run at a time (16); results come in the
        order of the rows unless `ordered` is false.

        >>> import ouzel as oz
        >>> oz.of(1, 2, 3).map(lambda x: x * 10).to_list()
        [10, 20, 30]
        """
        function = wrap("map", func, 1, args, kwargs)
        if is_coroutine(func):
            about = {"name": name, "stream_name": stream_name, "on_error": on_error}
            return self._await("map", func, args, kwargs, concurrency, ordered, about)
        return self._draw(
            "map", {"function": function}, name=name, stream_name=stream_name, on_error=on_error
        )

    def starmap(
        self,
        func: Callable[..., Any],
        *args: Any,
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
        **kwargs: Any,
    ) -> Stream:
        """Gives ``func(*row, *args, **kwargs)`` for each row: a tuple, or the columns of a row.

        >>> import ouzel as oz
        >>> oz.of((2, 3), (4, 5)).starmap(pow).to_list()
        [8, 1024]
        """
        function = wrap("starmap", func, None, args, kwargs, star=True)
        return self._draw(
            "starmap", {"function": function}, name=name, stream_name=stream_name, on_error=on_error
        )

    def filter(
        self,
        predicate: Callable[..., Any] | None,
        *args: Any,
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
        concurrency: int | None = None,
        ordered: bool = True,
        **kwargs: Any,
    ) -> Stream:
        """Passes the rows for which the predicate is true; None passes rows that are true.

        A coroutine function is treated as by map().

        >>> import ouzel as oz
        >>> oz.of(0, 1, 2, 3).filter(lambda x: x % 2).to_list()
        [1, 3]
        """
        function = wrap("filter", predicate, 1, args, kwargs)
        if is_coroutine(predicate):
            about = {"name": name, "stream_name": stream_name, "on_error": on_error}
            return self._await("filter", predicate, args, kwargs, concurrency, ordered, about)
        return self._draw(
            "filter", {"function": function}, name=name, stream_name=stream_name, on_error=on_error
        )

    def remove(
        self,
        predicate: Callable[..., Any] | None,
        *args: Any,
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
        **kwargs: Any,
    ) -> Stream:
        """Passes the rows for which the predicate is false.

        >>> import ouzel as oz
        >>> oz.of("a", "", "b").remove(str.isspace).remove(lambda s: s == "").to_list()
        ['a', 'b']
        """
        function = wrap("remove", predicate, 1, args, kwargs, negate=True)
        return self._draw(
            "filter", {"function": function}, name=name, stream_name=stream_name, on_error=on_error
        )

    def flat_map(
        self,
        func: Callable[..., Any],
        *args: Any,
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
        **kwargs: Any,
    ) -> Stream:
        """Gives each item of what ``func(row, *args, **kwargs)`` returns.

        >>> import ouzel as oz
        >>> oz.of("to be", "or not").flat_map(str.split).to_list()
        ['to', 'be', 'or', 'not']
        """
        function = wrap("flat_map", func, 1, args, kwargs)
        return self._draw(
            "flat_map",
            {"function": function},
            name=name,
            stream_name=stream_name,
            on_error=on_error,
        )

    def flatten(
        self,
        *,
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
    ) -> Stream:
        """Gives each item of each row.

        >>> import ouzel as oz
        >>> oz.of([1, 2], (), "ab").flatten().to_list()
        [1, 2, 'a', 'b']
        """
        function = wrap("flatten", None, None)
        return self._draw(
            "flat_map",
            {"function": function},
            name=name,
            stream_name=stream_name,
            on_error=on_error,
        )

    concat = flatten

    def inspect(
        self,
        func: Callable[..., Any],
        *args: Any,
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
        **kwargs: Any,
    ) -> Stream:
        """Calls the function with each row, drops what it returns, and passes the row on.

        >>> import ouzel as oz
        >>> seen = []
        >>> oz.of(1, 2).inspect(seen.append).to_list(), seen
        ([1, 2], [1, 2])
        """
        function = wrap("inspect", func, 1, args, kwargs)
        return self._draw(
            "inspect", {"function": function}, name=name, stream_name=stream_name, on_error=on_error
        )

    def through(
        self,
        operator: Any,
        *,
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
    ) -> Stream:
        """Gives what an operator that is written in Python emits; see `ouzel.Operator`.

        >>> import ouzel as oz
        >>> class Last(oz.Operator):
        ...     def on_batch(self, context, batch):
        ...         self.row = batch[-1]
        ...     def on_end(self, context):
        ...         context.emit(self.row)
        >>> oz.of(1, 2, 3).through(Last()).to_list()
        [3]
        """
        from .operators import Operator, methods_of

        settings = {"operator": methods_of(operator, Operator)}
        op = "python_stateful" if getattr(operator, "stateful", False) else "python"
        return self._draw(op, settings, name=name, stream_name=stream_name, on_error=on_error)

    def pluck(
        self,
        pick: Any,
        *,
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
    ) -> Stream:
        """Gives ``row[pick]``; for a list of picks a tuple of their values.

        >>> import ouzel as oz
        >>> rows = oz.of({"a": 1, "b": 2}, {"a": 3, "b": 4})
        >>> rows.pluck("a").to_list(), rows.pluck(["b", "a"]).to_list()
        ([1, 3], [(2, 1), (4, 3)])
        """
        from operator import itemgetter

        if isinstance(pick, list):
            func = itemgetter(*pick) if len(pick) > 1 else _pick_all(pick)
        else:
            func = itemgetter(pick)
        return self.map(func, name=name, stream_name=stream_name, on_error=on_error)


def _pick_all(picks: list[Any]) -> Callable[[Any], tuple[Any, ...]]:
    def pick(row: Any) -> tuple[Any, ...]:
        return tuple(row[key] for key in picks)

    return pick
