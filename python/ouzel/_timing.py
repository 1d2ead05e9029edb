"""Steps that go by the clock, by event time, or hold rows in a queue."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._drawing import Drawn
from ._functions import wrap

if TYPE_CHECKING:
    from .stream import Stream

_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds(interval: Any) -> float:
    """A duration in seconds: a number of them, a timedelta, or a text like "500ms".

    >>> seconds(2), seconds("500ms"), seconds("1.5 h")
    (2.0, 0.5, 5400.0)
    """
    if isinstance(interval, str):
        text = interval.strip()
        number = text.rstrip("abcdefghijklmnopqrstuvwxyz ")
        unit = text[len(number) :].strip() or "s"
        if unit not in _UNITS:
            raise ValueError(f'a duration is seconds or a text like "500ms", not {interval!r}')
        return float(number or 1) * _UNITS[unit]
    if hasattr(interval, "total_seconds"):
        return float(interval.total_seconds())
    if isinstance(interval, bool) or not isinstance(interval, (int, float)):
        raise TypeError(f'a duration is seconds or a text like "500ms", not {interval!r}')
    return float(interval)


class TimeSteps(Drawn):
    """timed_window, delay, rate_limit, buffer, event_time and window."""

    __slots__ = ()

    def timed_window(
        self,
        interval: float | str,
        *,
        name: str | None = None,
        stream_name: str | None = None,
    ) -> Stream:
        """Every `interval` a list of the rows that came since the last one.

        >>> import ouzel as oz
        >>> oz.of(1, 2).timed_window("1h").to_list()
        [[1, 2]]
        """
        settings = {"interval": seconds(interval)}
        return self._draw("timed_window", settings, name=name, stream_name=stream_name)

    def delay(
        self,
        interval: float | str,
        n: int | None = None,
        *,
        name: str | None = None,
        stream_name: str | None = None,
    ) -> Stream:
        """Lets each row go `interval` after it came; at most `n` rows wait.

        >>> import ouzel as oz
        >>> oz.of(1, 2).delay("1ms").to_list()
        [1, 2]
        """
        settings = {"interval": seconds(interval)} | ({} if n is None else {"n": n})
        return self._draw("delay", settings, name=name, stream_name=stream_name)

    def rate_limit(
        self,
        interval: float | str,
        n: int | None = None,
        *,
        name: str | None = None,
        stream_name: str | None = None,
    ) -> Stream:
        """Lets rows go at least `interval` apart; at most `n` rows wait.

        >>> import ouzel as oz
        >>> oz.of(1, 2).rate_limit("1ms").to_list()
        [1, 2]
        """
        settings = {"interval": seconds(interval)} | ({} if n is None else {"n": n})
        return self._draw("rate_limit", settings, name=name, stream_name=stream_name)

    def buffer(
        self, n: int, *, name: str | None = None, stream_name: str | None = None
    ) -> Stream:
        """Holds up to `n` rows, so that who emits need not wait for what reads them.

        >>> import ouzel as oz
        >>> oz.of(1, 2, 3).buffer(2).to_list()
        [1, 2, 3]
        """
        return self._draw("buffer", {"n": n}, name=name, stream_name=stream_name)

    def event_time(
        self,
        func: Callable[[Any], Any],
        lateness: float | str = 0.0,
        *,
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
    ) -> Stream:
        """Gives each row its event time: ``func(row)``, in seconds since 1970, or a datetime.

        Rows may come up to `lateness` late. Windows go by this time.

        >>> import ouzel as oz
        >>> rows = oz.of((0.5, "a"), (2.5, "b"))
        >>> rows.event_time(lambda row: row[0], lateness=1).to_list()
        [(0.5, 'a'), (2.5, 'b')]
        """
        settings = {"function": wrap("event_time", func, 1), "lateness": seconds(lateness)}
        return self._draw(
            "event_time", settings, name=name, stream_name=stream_name, on_error=on_error
        )
