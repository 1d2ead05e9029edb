"""The state of a key as a small store: entries by name, each with a time to live if wanted."""

from __future__ import annotations

import datetime
from typing import Any

from ._ouzel import Expiring

FOREVER = 2**63 - 1
NOTHING = -(2**63)
PURGE_FROM = 16
"""Entries that have expired are let go of when there are so many, or twice those of last time."""


class State(Expiring):
    """A state for `stateful(func, init=ouzel.State)`: values by name, with a time to live.

    Time is the event time of the rows (`event_time`), else the wall clock; for each key it goes
    forward only, so a row that comes late brings nothing back. An entry with ``ttl=5`` that is set
    at 10 s is there until 15 s. A key of which no entry is left takes no memory.

    >>> import ouzel as oz
    >>> def is_again(state, user):
    ...     again = state.exists("seen")
    ...     state.set("seen", True, ttl=3600)
    ...     return user, again
    >>> users = oz.of("ann", "bob", "ann").key_by()
    >>> users.stateful(is_again, init=oz.State).to_list()
    [('ann', False), ('bob', False), ('ann', True)]
    """

    __slots__ = ("_entries", "_purge_at")

    def __init__(self) -> None:
        self._entries: dict[Any, tuple[Any, int]] = {}
        self._purge_at = PURGE_FROM

    def get(self, key: Any, default: Any = None) -> Any:
        """The value of `key`, or `default` when there is none or its time is over.

        >>> import ouzel as oz
        >>> oz.State().get("count", 0)
        0
        """
        entry = self._entries.get(key)
        return default if entry is None or entry[1] <= self.now_ns else entry[0]

    def exists(self, key: Any) -> bool:
        """Whether `key` has a value, be it None.

        >>> import ouzel as oz
        >>> state = oz.State()
        >>> state.set("none", None)
        >>> state.exists("none"), state.exists("other")
        (True, False)
        """
        entry = self._entries.get(key)
        return entry is not None and entry[1] > self.now_ns

    def set(self, key: Any, value: Any, ttl: float | datetime.timedelta | None = None) -> None:
        """Sets a value, for `ttl` seconds (a number or a timedelta), or for as long as the job.

        What was set before, its time to live included, is replaced. The value stays the object that
        it is: one that is changed later changes here, too.

        >>> import ouzel as oz
        >>> state = oz.State()
        >>> state.set("count", 1)
        >>> state.set("seen", ["a"], ttl=60)
        >>> state.get("count"), state.get("seen")
        (1, ['a'])
        """
        until = FOREVER if ttl is None else self.now_ns + _nanoseconds(ttl)
        before = self._entries.get(key)
        self._entries[key] = (value, until)
        if before is not None and before[1] == self.spent_ns and until < self.spent_ns:
            self._look()
        else:
            self.spent_ns = max(self.spent_ns, until)
        if len(self._entries) >= self._purge_at:
            self._purge()

    def delete(self, key: Any) -> None:
        """Lets go of the value of `key`, if there is one.

        >>> import ouzel as oz
        >>> state = oz.State()
        >>> state.set("count", 1)
        >>> state.delete("count")
        >>> state.get("count")
        """
        entry = self._entries.pop(key, None)
        if entry is not None and entry[1] == self.spent_ns:
            self._look()

    def _look(self) -> None:
        self.spent_ns = max((until for _, until in self._entries.values()), default=NOTHING)

    def _purge(self) -> None:
        now = self.now_ns
        self._entries = {key: entry for key, entry in self._entries.items() if entry[1] > now}
        self._purge_at = max(PURGE_FROM, 2 * len(self._entries))

    def __reduce__(self) -> tuple[Any, ...]:
        self._purge()
        return type(self), (), (self._entries, self.now_ns, self.spent_ns)

    def __setstate__(self, saved: tuple[dict[Any, tuple[Any, int]], int, int]) -> None:
        self._entries, self.now_ns, self.spent_ns = saved
        self._purge_at = max(PURGE_FROM, 2 * len(self._entries))

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{key!r}: {value!r}"
            for key, (value, until) in self._entries.items()
            if until > self.now_ns
        )
        return f"<State {{{shown}}}>"


def _nanoseconds(ttl: Any) -> int:
    seconds = ttl.total_seconds() if isinstance(ttl, datetime.timedelta) else ttl
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise TypeError(f"ttl is a number of seconds or a timedelta, not {ttl!r}")
    if not 0 < seconds < float("inf"):
        raise ValueError(f"ttl is a time above 0, not {ttl!r}")
    return min(round(seconds * 1e9), FOREVER // 2)
