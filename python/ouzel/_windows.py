"""Windows of event time: what `tumbling` and `hopping` give, and what a time may be."""

from __future__ import annotations

from ._ouzel import GraphError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._drawing import Drawn
    from .stream import Stream


class Windows:
    """Windows that wait to be told what to make of their rows: count, sum, min, max or mean.

    Rows of the result are dicts of key (after `key_by`), start, end and value. By default each row
    gives the updates of its windows; after `.final()` each window comes once, when event time has
    passed its end.

    >>> import ouzel as oz
    >>> oz.of(1).event_time().hopping("1 min", 10)
    <windows of 60 s every 10 s>
    """

    __slots__ = ("_above", "_settings", "_about")

    def __init__(self, above: Drawn, settings: dict[str, Any], about: dict[str, Any]) -> None:
        if settings["grace"] > 0:
            check_late_rows(above, f"a grace of {settings['grace']:g} s")
        self._above = above
        self._settings = settings
        self._about = about

    def _aggregate(self, aggregate: str) -> Stream:
        settings = {**self._settings, "aggregate": aggregate}
        return self._above._draw("window", settings, **self._about)

    def count(self) -> Stream:
        """How many rows a window has.

        >>> import ouzel as oz
        >>> oz.of(1, 2, 12).event_time().tumbling(10).count().final().pluck("value").to_list()
        [2, 1]
        """
        return self._aggregate("count")

    def sum(self) -> Stream:
        """The sum of the rows of a window.

        >>> import ouzel as oz
        >>> oz.of(1, 2, 12).event_time().tumbling(10).sum().final().pluck("value").to_list()
        [3, 12]
        """
        return self._aggregate("sum")

    def min(self) -> Stream:
        """The least row of a window.

        >>> import ouzel as oz
        >>> oz.of(1, 2, 12).event_time().tumbling(10).min().final().pluck("value").to_list()
        [1, 12]
        """
        return self._aggregate("min")

    def max(self) -> Stream:
        """The greatest row of a window.

        >>> import ouzel as oz
        >>> oz.of(1, 2, 12).event_time().tumbling(10).max().final().pluck("value").to_list()
        [2, 12]
        """
        return self._aggregate("max")

    def mean(self) -> Stream:
        """The mean of the rows of a window.

        >>> import ouzel as oz
        >>> oz.of(1, 2, 12).event_time().tumbling(10).mean().final().pluck("value").to_list()
        [1.5, 12.0]
        """
        return self._aggregate("mean")

    def __repr__(self) -> str:
        hop = f" every {self._settings['hop']:g} s" if "hop" in self._settings else ""
        return f"<windows of {self._settings['size']:g} s{hop}>"


def check_late_rows(stream: Drawn, what: str) -> None:
    """Raises GraphError when no late row can come here: all event_time steps keep them aside."""
    todo, seen = [stream._step], set()
    times = []
    while todo:
        step = todo.pop()
        if step in seen:
            continue
        seen.add(step)
        if step._op == "event_time":
            times.append(step)
        else:
            todo += [up._step for up, _ in step._edges]
    if times and all(step._settings.get("late") != "pass" for step in times):
        raise GraphError(
            f"{what} has no effect: {times[0]!r} lets no late row through, "
            "they leave on its .late; "
            'draw it with late="pass"'
        )


def nanoseconds(moment: Any) -> int:
    """A time that is not a plain number as nanoseconds since 1970.

    A datetime without a time zone is one of UTC, a date its first moment.

    >>> from datetime import date, datetime, timedelta, timezone
    >>> nanoseconds(datetime(1970, 1, 1, 0, 0, 1))
    1000000000
    >>> nanoseconds(datetime(1970, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))))
    0
    >>> nanoseconds(date(1970, 1, 2)) == 24 * 60 * 60 * 10**9
    True
    """
    ns = _exact(moment)
    if not -(2**63) <= ns < 2**63:
        raise ValueError(f"an event time lies within the years 1678 to 2261, not {moment!r}")
    return ns


def _exact(moment: Any) -> int:
    from datetime import date, datetime, timedelta, timezone

    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    if isinstance(moment, datetime):
        aware = moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment
        ns = getattr(moment, "nanosecond", 0)  # of pandas
        return (aware - epoch) // timedelta(microseconds=1) * 1000 + ns
    if isinstance(moment, date):
        return (moment - epoch.date()).days * 86_400_000_000_000
    if type(moment).__name__ == "datetime64" and hasattr(moment, "astype"):  # of NumPy
        return int(moment.astype("datetime64[ns]").astype("int64"))
    return _of_number(moment)


def _of_number(moment: Any) -> int:
    """Seconds; what is no int or float is a Fraction, a Decimal, a number of NumPy, ..."""
    if isinstance(moment, float):
        is_fine = abs(moment) < 2**23  # see src/time/instant.h
        return round(moment * 1e9) if is_fine else round(moment * 1e6) * 1000
    if hasattr(moment, "__index__") and not isinstance(moment, bool):
        return int(moment) * 1_000_000_000
    if hasattr(moment, "__float__") and not isinstance(moment, bool):
        return round(moment * 1_000_000_000)
    raise TypeError(f"an event time is a number of seconds or a datetime, not {moment!r}")
