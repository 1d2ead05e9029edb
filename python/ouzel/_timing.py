"""Steps that go by the clock, by event time, or hold rows in a queue."""

from __future__ import annotations

from ._drawing import Drawn
from ._functions import wrap
from ._ouzel import GraphError
from ._windows import Windows, check_late_rows, nanoseconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

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
    """timed_window, delay, rate_limit, buffer, event_time, tumbling and hopping."""

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
        still leave on `.late`; with ``late="pass"`` they stay among the others, and windows take
        them as far as their grace allows. A datetime without a time zone is one of UTC. In a job
        of several workers it stands above steps that remember by key: where rows of several
        workers meet they are in no order.

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
            raise GraphError(f"{self!r} has no late rows: event_time() and windows have")
        if self._step._op == "window":
            check_late_rows(self, ".late")
        return self._port(outputs.index("late"))

    def tumbling(
        self,
        size: float | str,
        grace: float | str = 0.0,
        *,
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
    ) -> Windows:
        """Windows of event time, one after another, each `size` long; what follows aggregates them.

        With `late="pass"` above, a window takes late rows for a `grace` after its end.

        >>> import ouzel as oz
        >>> rows = oz.of((1, "a"), (4, "b"), (8, "a"), (12, "a")).event_time(lambda row: row[0])
        >>> counts = rows.key_by(lambda row: row[1]).tumbling(10).count().final()
        >>> [(w["key"], w["start"].second, w["end"].second, w["value"]) for w in counts]
        [('a', 0, 10, 2), ('b', 0, 10, 1), ('a', 10, 20, 1)]
        """
        settings = {"size": seconds(size), "grace": seconds(grace)}
        about = {"name": name, "stream_name": stream_name, "on_error": on_error}
        return Windows(self, settings, about)

    def hopping(
        self,
        size: float | str,
        hop: float | str,
        grace: float | str = 0.0,
        *,
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
    ) -> Windows:
        """Windows of event time, each `size` long, one every `hop`: a row falls into several.

        >>> import ouzel as oz
        >>> sums = oz.of(1, 4, 12).event_time().hopping(10, 5).sum().final()
        >>> [(w["start"].second, w["end"].second, w["value"]) for w in sums]
        [(55, 5, 5), (0, 10, 5), (5, 15, 12), (10, 20, 12)]
        """
        settings = {"size": seconds(size), "hop": seconds(hop), "grace": seconds(grace)}
        about = {"name": name, "stream_name": stream_name, "on_error": on_error}
        return Windows(self, settings, about)
