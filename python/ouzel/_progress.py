"""A line on the terminal that says how far a run over bounded sources has come."""

from __future__ import annotations

import os
import sys
import time

from . import _plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from ._ouzel import Instance
    from .stream import Stream

EVERY_S = 0.2
_WIDTH = 30


class Progress:
    """Reads how much of each source has been read, and shows it."""

    def __init__(self, instance: Instance, totals: dict[int, tuple[str, int]], to: TextIO) -> None:
        self._instance = instance
        self._totals = totals
        self._to = to
        self._began = time.monotonic()
        self._shown = False

    def share(self) -> float:
        """How much has been read, from 0 to 1.

        >>> Progress(None, {}, None).share()
        1.0
        """
        total = sum(total for _, total in self._totals.values())
        done = sum(self._read(node, unit) for node, (unit, _) in self._totals.items())
        return min(done / total, 1.0) if total else 1.0

    def _read(self, node: int, unit: str) -> int:
        if unit == "rows":
            return self._instance.stats(node)["rows_out"]
        return self._instance.counter(node, unit)

    def draw(self) -> None:
        """Shows the line anew."""
        share, elapsed = self.share(), time.monotonic() - self._began
        bar = ("#" * round(share * _WIDTH)).ljust(_WIDTH, ".")
        left = f", {elapsed * (1 - share) / share:.0f} s left" if share > 0.01 else ""
        self._write(f"\r[{bar}] {share:4.0%} in {elapsed:.0f} s{left}\x1b[K")
        self._shown = True

    def clear(self) -> None:
        """Takes the line away."""
        if self._shown:
            self._write("\r\x1b[K")
            self._shown = False

    def _write(self, text: str) -> None:
        try:
            self._to.write(text)
            self._to.flush()
        except OSError:
            pass


def progress_of(plan: _plan.Plan, instance: Instance) -> Progress | None:
    """A line for a run whose sources all have an end that is known; None without a terminal."""
    to = sys.stderr
    if to is None or not hasattr(to, "isatty") or not to.isatty():
        return None
    totals: dict[int, tuple[str, int]] = {}
    for (step, part, _), node in plan.nodes.items():
        if part == _plan.STEP and not step._edges:
            total = size_of(step)
            if total is None:
                return None
            totals[node] = total
    return Progress(instance, totals, to)


def size_of(source: Stream) -> tuple[str, int] | None:
    """How much a source has in all, and in what unit; None when that cannot be told.

    >>> import ouzel as oz
    >>> size_of(oz.from_iterable(range(5))), size_of(oz.from_stdin())
    (('rows', 5), None)
    """
    if source._op == "iterable":
        items = source._settings["items"]
        return ("rows", len(items)) if hasattr(items, "__len__") else None
    if source._op != "files":
        return None
    from glob import glob

    paths = source._settings["path"].split("\n")
    found = [name for path in paths for name in (glob(path) or [path])]
    try:
        return "bytes", sum(os.stat(name).st_size for name in found)
    except OSError:
        return None
