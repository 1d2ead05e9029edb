"""Steps that go by the clock, by event time, or hold rows in a queue."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._drawing import Drawn
from ._functions import wrap
from ._ouzel import GraphError

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
        func: Callable[[Any], Any] | None = None,
        lateness: float | str = 0.0,
        *,
        late: str = "split",
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
    ) -> Stream:
        """Gives each row its event time: ``func(row)``, seconds since 1970 or a datetime.

        Rows may come up to `lateness` later than rows of a greater time. Those that come later
        still leave on `.late`, or with ``late="pass"`` stay among the others. A datetime without a
        time zone is one of UTC.

        >>> import ouzel as oz
        >>> timed = oz.of(10, 12, 11, 9, 10).event_time(lateness=1)
        >>> timed.to_list(), timed.late.to_list()
        ([10, 12, 11], [9, 10])
        """
        settings: dict[str, Any] = {"lateness": seconds(lateness), "late": late}
        settings["convert"] = wrap("event_time", nanoseconds, 1)
        if func is not None:
            settings["function"] = wrap("event_time", func, 1)
        return self._draw(
            "event_time", settings, name=name, stream_name=stream_name, on_error=on_error
        )

    @property
    def late(self) -> Stream:
        """The rows that came too late for this step: of event_time, or of a window.

        >>> import ouzel as oz
        >>> oz.of(5, 1).event_time().late.to_list()
        [1]
        """
        outputs = self._outputs()
        if "late" not in outputs:
            raise GraphError(f"{self!r} knows no late rows: they come from event_time() and window()")
        return self._port(outputs.index("late"))

    def window(
        self,
        size: float | str,
        hop: float | str | None = None,
        grace: float | str = 0.0,
        *,
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
    ) -> Window:
        """Windows of event time, `size` long, one every `hop` (by default one after another).

        What follows says what is made of their rows: count, sum, min, max or mean; `.final()` gives
        each window once, when event time has passed its end and the `grace`.

        >>> import ouzel as oz
        >>> counts = oz.of(1, 4, 12).event_time().window(10).count().final()
        >>> [(w["start"].second, w["end"].second, w["value"]) for w in counts]
        [(0, 10, 2), (10, 20, 1)]
        """
        settings = {"size": seconds(size), "grace": seconds(grace)}
        if hop is not None:
            settings["hop"] = seconds(hop)
        about = {"name": name, "stream_name": stream_name, "on_error": on_error}
        return Window(self, settings, about)


class Window:
    """A window that waits to be told what to make of its rows.

    >>> import ouzel as oz
    >>> oz.of(1).event_time().window("1 min")
    <window of 60 s>
    """

    def __init__(self, above: TimeSteps, settings: dict[str, Any], about: dict[str, Any]) -> None:
        self._above = above
        self._settings = settings
        self._about = about

    def _aggregate(self, aggregate: str) -> Stream:
        return self._above._draw("window", {**self._settings, "aggregate": aggregate}, **self._about)

    def count(self) -> Stream:
        """How many rows a window has.

        >>> import ouzel as oz
        >>> oz.of(1, 2).event_time().window(10).count().final().pluck("value").to_list()
        [2]
        """
        return self._aggregate("count")

    def sum(self) -> Stream:
        """The sum of the rows of a window.

        >>> import ouzel as oz
        >>> oz.of(1, 2).event_time().window(10).sum().final().pluck("value").to_list()
        [3]
        """
        return self._aggregate("sum")

    def min(self) -> Stream:
        """The least row of a window.

        >>> import ouzel as oz
        >>> oz.of(1, 2).event_time().window(10).min().final().pluck("value").to_list()
        [1]
        """
        return self._aggregate("min")

    def max(self) -> Stream:
        """The greatest row of a window.

        >>> import ouzel as oz
        >>> oz.of(1, 2).event_time().window(10).max().final().pluck("value").to_list()
        [2]
        """
        return self._aggregate("max")

    def mean(self) -> Stream:
        """The mean of the rows of a window.

        >>> import ouzel as oz
        >>> oz.of(1, 2).event_time().window(10).mean().final().pluck("value").to_list()
        [1.5]
        """
        return self._aggregate("mean")

    def __repr__(self) -> str:
        return f"<window of {self._settings['size']:g} s>"


def nanoseconds(moment: Any) -> int:
    """A datetime (of UTC when it has no time zone) as nanoseconds since 1970.

    >>> from datetime import datetime
    >>> nanoseconds(datetime(1970, 1, 1, 0, 0, 1))
    1000000000
    """
    from datetime import datetime, timedelta, timezone

    if not isinstance(moment, datetime):
        raise TypeError(f"an event time is a number of seconds or a datetime, not {moment!r}")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=1) * 1000
