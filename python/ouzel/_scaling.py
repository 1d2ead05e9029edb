"""Another number of workers while a job runs: asked for by hand, or found out by looking.

`scale()` asks the supervisor of a job, which starts those workers that are new and lets the engine
move their part of the keys. `Autoscale` says how many there should be, from how busy they are.
"""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from typing import Any

from ._control import request
from .errors import StateError

LOOK_S = 0.01
PATIENCE_S = 60.0

SEATS = 16
"""The workers that a job of several can have at most, unless it says otherwise."""

EVERY_S = 0.25
"""How often an automatic job looks how busy its workers are."""

BUSY, FOR_S = 0.8, 1.0
"""So busy, for so long, and there is one more."""

IDLE, IDLE_FOR_S = 0.5, 10.0
"""When those that would be left were less busy than that, for so long, there is one less."""

REST_S = 5.0
"""After a change, until the next one."""


@dataclass(frozen=True)
class Scaled:
    """What has become of asking a job for another number of workers."""

    before: int
    after: int
    pause: float
    """Seconds, the longest that a worker read nothing."""
    entries: int
    """Entries of tables that went over to other workers."""


def scale(state: str | os.PathLike[str], workers: int) -> Scaled:
    """Lets the job that runs in a state folder go on with another number of workers.

    Those that are new are started first, while the others work. Then, when no row is on its way,
    the keys of some key groups go over to other workers, and no more of them than must; for so long
    nothing is read. Whatever dies in the middle, the job goes on from its last checkpoint. Returns
    when the keys have moved; workers that have none left end after the next checkpoint
    (`docs/workers.md` has a whole example).

    >>> import ouzel as oz
    >>> oz.scale("no such folder", 3)
    Traceback (most recent call last):
    ouzel.StateError: no state folder 'no such folder': No such file or directory

    Raises:
        StateError: no job of several workers runs there, it cannot have so many (`ouzel run
            --workers-max`), a step cannot go on elsewhere, or the new workers did not come to
            their work: it says why, and the job is as it was.
    """
    if isinstance(workers, bool) or not isinstance(workers, int):
        raise TypeError(f"workers is a number, not {workers!r}")
    folder = os.fspath(state)
    asked = request(folder, f"scale {workers}")
    if "error" in asked:
        raise StateError(asked["error"])
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        scaled = request(folder, "status")["scaled"]
        if scaled is not None and scaled["number"] == asked["number"]:
            return _result(scaled)
        time.sleep(LOOK_S)
    raise StateError(f"the job in '{folder}' has not {workers} workers after {PATIENCE_S:g} s")


def _result(scaled: dict[str, Any]) -> Scaled:
    if scaled["error"]:
        raise StateError(scaled["error"])
    return Scaled(scaled["before"], scaled["after"], scaled["pause"], scaled["entries"])


@dataclass
class Request:
    """One change of the number of workers, as the supervisor follows it."""

    number: int
    before: int
    after: int
    pause: float = 0.0
    entries: int = 0
    error: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


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
