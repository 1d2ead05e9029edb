"""Steps that remember: one state for all rows, or after `key_by` one for each key."""

from __future__ import annotations

from ._drawing import Drawn
from ._functions import wrap
from ._ouzel import Expiring, GraphError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .stream import Stream

_AGGREGATES = frozenset({"count", "sum", "min", "max", "mean", "reduce", "window"})
_MISSING: Any = type("Missing", (), {"__repr__": lambda self: "<no start>"})()


class StateSteps(Drawn):
    """accumulate, key_by, the aggregates, and stateful."""

    __slots__ = ()

    def accumulate(
        self,
        func: Callable[..., Any],
        start: Any = _MISSING,
        returns_state: bool = False,
        with_state: bool = False,
        *,
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
        **kwargs: Any,
    ) -> Stream:
        """Gives ``func(state, row)`` for each row, which is the next state too.

        Without `start` the first row is the first state, and the function is not called for it.
        With `returns_state` the function returns ``(state, result)``; `with_state` gives pairs.

        >>> import ouzel as oz, operator
        >>> oz.of(1, 2, 3).accumulate(operator.add).to_list()
        [1, 3, 6]
        >>> oz.of(1, 2, 3).accumulate(lambda s, x: (s + x, -x), 0, returns_state=True).to_list()
        [-1, -2, -3]
        """
        function = wrap("accumulate", func, 2, (), kwargs, with_state=with_state)
        settings = {"function": function, "returns_state": bool(returns_state)}
        if start is not _MISSING:
            settings["start"] = start
        return self._draw(
            "accumulate", settings, name=name, stream_name=stream_name, on_error=on_error
        )

    scan = accumulate

    def key_by(
        self,
        func: Callable[..., Any] | None = None,
        *args: Any,
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
        **kwargs: Any,
    ) -> Stream:
        """Gives each row a key: ``func(row)``, or the row itself. Steps that remember go by it.

        >>> import ouzel as oz
        >>> oz.of("to", "be", "or").key_by(len).count().to_list()
        [(2, 1), (2, 2), (2, 3)]
        """
        settings = {}
        if func is not None:
            settings["function"] = wrap("key_by", func, 1, args, kwargs)
        return self._draw(
            "key_by", settings, name=name, stream_name=stream_name, on_error=on_error
        )

    def count(self, *, name: str | None = None, stream_name: str | None = None) -> Stream:
        """Counts rows: (key, count) for each row, or the count alone without a key.

        >>> import ouzel as oz
        >>> oz.of("a", "b", "a").key_by().count().to_list()
        [('a', 1), ('b', 1), ('a', 2)]
        """
        return self._draw("count", name=name, stream_name=stream_name)

    def sum(
        self, *, name: str | None = None, stream_name: str | None = None, on_error: str = "fail"
    ) -> Stream:
        """Adds rows in order, from 0.

        >>> import ouzel as oz
        >>> oz.of(1, 2, 3).sum().final().to_list()
        [6]
        """
        return self._draw("sum", name=name, stream_name=stream_name, on_error=on_error)

    def min(
        self, *, name: str | None = None, stream_name: str | None = None, on_error: str = "fail"
    ) -> Stream:
        """Keeps the least row; of equal ones the first.

        >>> import ouzel as oz
        >>> oz.of(2, 3, 1).min().to_list()
        [2, 2, 1]
        """
        return self._draw("min", name=name, stream_name=stream_name, on_error=on_error)

    def max(
        self, *, name: str | None = None, stream_name: str | None = None, on_error: str = "fail"
    ) -> Stream:
        """Keeps the greatest row; of equal ones the first.

        >>> import ouzel as oz
        >>> oz.of(2, 3, 1).max().to_list()
        [2, 3, 3]
        """
        return self._draw("max", name=name, stream_name=stream_name, on_error=on_error)

    def mean(
        self, *, name: str | None = None, stream_name: str | None = None, on_error: str = "fail"
    ) -> Stream:
        """The mean of all rows so far.

        >>> import ouzel as oz
        >>> oz.of(1, 2, 6).mean().to_list()
        [1.0, 1.5, 3.0]
        """
        return self._draw("mean", name=name, stream_name=stream_name, on_error=on_error)

    def reduce(
        self,
        func: Callable[..., Any],
        *,
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
        **kwargs: Any,
    ) -> Stream:
        """Combines rows by ``func(value, row)``; the first row is the first value.

        >>> import ouzel as oz, operator
        >>> oz.of(2, 3, 4).reduce(operator.mul).final().to_list()
        [24]
        """
        settings = {"function": wrap("reduce", func, 2, (), kwargs)}
        return self._draw("reduce", settings, name=name, stream_name=stream_name, on_error=on_error)

    def final(self) -> Stream:
        """The aggregate once, at the end of the input (of a window: at its end).

        >>> import ouzel as oz
        >>> sorted(oz.of("a", "b", "a").key_by().count().final())
        [('a', 2), ('b', 1)]
        """
        return self._with_emit("final")

    def current(self) -> Stream:
        """The aggregate after each row: the default.

        >>> import ouzel as oz
        >>> oz.of(1, 2).sum().final().current().to_list()
        [1, 3]
        """
        return self._with_emit("current")

    def _with_emit(self, emit: str) -> Stream:
        """The same step with another way to give results; it takes the place of this one."""
        step = self._step
        if step._op not in _AGGREGATES and "emit" not in step._settings:
            raise GraphError(f"{emit}() follows an aggregate (count, sum, ...), not {self!r}")
        twin: Any = type(self).__new__(type(self))
        for slot in Drawn.__slots__[1:]:
            setattr(twin, slot, getattr(step, slot))
        twin._settings = {**step._settings, "emit": emit}
        twin._kids, twin._loops, twin._joined = {}, list(step._loops), list(step._joined)
        if step._downs is not None:
            twin._downs = []
            if not step._downs:
                step.destroy()
            twin._attach_above()
        return twin

    def stateful(
        self,
        func: Callable[..., Any],
        init: Callable[[], Any] | None = None,
        *,
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
        **kwargs: Any,
    ) -> Stream:
        """Gives ``func(state, row)``; the state is an object of the key's own, changed in place.

        `init()` makes the state of a new key. With ``init=ouzel.State`` it is a small store:
        ``state.get(name)``, ``set(name, value, ttl=None)``, ``delete``, ``exists``.

        >>> import ouzel as oz
        >>> def seen_before(state, word):
        ...     known = word in state
        ...     state.add(word)
        ...     return known
        >>> oz.of("a", "b", "a").stateful(seen_before, init=set).to_list()
        [False, False, True]
        """
        if init is not None and not callable(init):
            raise TypeError(f"init is a function that makes a state, not {init!r}")
        settings = {"function": wrap("stateful", func, 2, (), kwargs, init=init)}
        if isinstance(init, type) and issubclass(init, Expiring):
            settings["expires"] = True
        return self._draw(
            "stateful", settings, name=name, stream_name=stream_name, on_error=on_error
        )
