"""How many workers a job should have, from how busy they are: `ouzel run --autoscale`."""

from __future__ import annotations

EVERY_S = 0.25
"""How often an automatic job looks how busy its workers are."""

BUSY, FOR_S = 0.8, 1.0
"""So busy, for so long, and there is one more."""

IDLE, IDLE_FOR_S = 0.5, 10.0
"""When those that would be left were less busy than that, for so long, there is one less."""

REST_S = 5.0
"""After a change, until the next one."""


class Autoscale:
    """How many workers a job should have, from how busy those are that it has.

    The share of time in which they did not wait says more than any rate: workers that keep up have
    time left, and those that do not have none. One is added after FOR_S of BUSY, one taken away
    after IDLE_FOR_S in which one less would have been less busy than IDLE. Between the two lies
    more than what a change makes of it, and after a change REST_S pass: so it does not flap.

    >>> auto = Autoscale(1, 4)
    >>> [auto.decide(t / 4, 1, 1.0) for t in range(6)]
    [1, 1, 1, 1, 2, 2]
    """

    def __init__(self, low: int, high: int) -> None:
        self.low = low
        self.high = high
        self._workers = 0
        self._busy_since: float | None = None
        self._idle_since: float | None = None
        self._rests_until = 0.0

    def decide(self, now: float, workers: int, busy: float) -> int:
        """The number to have; `busy` is the mean share of the time since the last call."""
        if workers != self._workers:
            self._rests_until = now + REST_S if self._workers else now
            self._workers, self._busy_since, self._idle_since = workers, None, None
        is_idle = workers > 1 and busy * workers / (workers - 1) < IDLE
        self._busy_since = _since(self._busy_since, busy >= BUSY, now)
        self._idle_since = _since(self._idle_since, is_idle, now)
        if now < self._rests_until:
            return workers
        if workers < self.low or (workers < self.high and _lasts(self._busy_since, now, FOR_S)):
            return workers + 1
        is_too_many = workers > self.low and _lasts(self._idle_since, now, IDLE_FOR_S)
        if workers > self.high or is_too_many:
            return workers - 1
        return workers


def _since(since: float | None, holds: bool, now: float) -> float | None:
    return None if not holds else now if since is None else since


def _lasts(since: float | None, now: float, seconds: float) -> bool:
    return since is not None and now - since >= seconds


def bounds_of(text: str) -> tuple[int, int]:
    """The bounds of automatic scaling.

    >>> bounds_of("1-4")
    (1, 4)
    """
    low, _, high = text.partition("-")
    if not (low.isdecimal() and high.isdecimal() and 1 <= int(low) <= int(high)):
        raise ValueError(f"autoscale is from the fewest to the most workers, as 1-4, not {text!r}")
    return int(low), int(high)
