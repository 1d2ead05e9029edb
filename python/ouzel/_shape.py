"""Steps that choose rows by their place, gather them, or drop repeated ones."""

from __future__ import annotations

from ._drawing import Drawn
from ._functions import wrap
from ._timing import seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .stream import Stream


class ShapeSteps(Drawn):
    """slice, skip, first, step, partition and unique."""

    __slots__ = ()

    def slice(
        self,
        start: int | None = None,
        end: int | None = None,
        step: int | None = None,
        *,
        name: str | None = None,
        stream_name: str | None = None,
    ) -> Stream:
        """Passes the rows of ``list(rows)[start:end:step]``, and stops reading at `end`.

        >>> import ouzel as oz
        >>> oz.from_iterable(range(10)).slice(1, 8, 3).to_list()
        [1, 4, 7]
        """
        given = {"start": start, "end": end, "step": step}
        settings = {key: value for key, value in given.items() if value is not None}
        for key, value in settings.items():
            if not isinstance(value, int) or value < (key == "step"):
                least = int(key == "step")
                raise ValueError(f"slice(): {key} is a number from {least}, not {value}")
        return self._draw("slice", settings, name=name, stream_name=stream_name)

    def skip(self, n: int, *, name: str | None = None, stream_name: str | None = None) -> Stream:
        """All rows but the first `n`.

        >>> import ouzel as oz
        >>> oz.of(1, 2, 3).skip(1).to_list()
        [2, 3]
        """
        return self.slice(n, name=name, stream_name=stream_name)

    def first(
        self, n: int = 1, *, name: str | None = None, stream_name: str | None = None
    ) -> Stream:
        """The first `n` rows. Whatever pulls them reads no more from the source than that needs.

        >>> import ouzel as oz
        >>> rows = iter(range(10))
        >>> oz.from_iterable(rows).first(2).to_list(), next(rows)
        ([0, 1], 2)
        """
        return self.slice(None, n, name=name, stream_name=stream_name)

    def step(self, n: int, *, name: str | None = None, stream_name: str | None = None) -> Stream:
        """Every n-th row, beginning with the first.

        >>> import ouzel as oz
        >>> oz.from_iterable(range(7)).step(3).to_list()
        [0, 3, 6]
        """
        return self.slice(step=n, name=name, stream_name=stream_name)

    def partition(
        self,
        n: int,
        timeout: float | str | None = None,
        key: Callable[[Any], Any] | None = None,
        *,
        name: str | None = None,
        stream_name: str | None = None,
    ) -> Stream:
        """Gathers `n` rows into a tuple; after key_by, or with `key`, rows of one key.

        With `timeout` a shorter tuple goes on that many seconds after its first row; the end of
        the input and flush() deliver what is left.

        >>> import ouzel as oz
        >>> oz.from_iterable(range(5)).partition(2).to_list()
        [(0, 1), (2, 3), (4,)]
        """
        settings: dict[str, Any] = {"n": n}
        if timeout is not None:
            settings["timeout"] = seconds(timeout)
        stream: Any = self
        if key is not None:
            stream = stream._draw("key_by", {"function": wrap("partition", key, 1)})
        return stream._draw("partition", settings, name=name, stream_name=stream_name)

    def unique(
        self,
        maxsize: int | None = None,
        key: Callable[[Any], Any] | None = None,
        *,
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
    ) -> Stream:
        """Passes rows that were not seen before; with `maxsize` it remembers so many, the latest.

        >>> import ouzel as oz
        >>> oz.of(1, 2, 1, 3, 2).unique().to_list()
        [1, 2, 3]
        """
        settings: dict[str, Any] = {} if maxsize is None else {"maxsize": maxsize}
        if key is not None:
            settings["key"] = wrap("unique", key, 1)
        return self._draw("unique", settings, name=name, stream_name=stream_name, on_error=on_error)
