"""Another number of workers while a job runs: `ouzel scale`.

The supervisor of a job is asked, which starts those workers that are new and lets the engine move
their part of the keys.
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

@dataclass(frozen=True)
class Scaled:
    """What has become of asking a job for another number of workers."""

    before: int
    after: int
    pause: float
    """Seconds, the longest that a worker read nothing."""
    entries: int
    """Entries of tables that went over to other workers."""

    def __str__(self) -> str:
        return (
            f"{self.before} -> {self.after} workers: {self.entries} entries moved, nothing was "
            f"read for {self.pause * 1e3:.0f} ms"
        )


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
