"""Watching the workers of a job: a step that does not come back, and memory that grows.

A source may take its time, as it waits for others; a step that has rows may not.
"""

from __future__ import annotations

import os
import signal
import time
from typing import Any

PATIENCE_S = 300.0
"""A step that takes so long is taken for hung, in a job that can begin again."""

LAST_WORDS_S = 5.0
"""A worker that is aborted has so long to write its traceback."""

UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def bytes_of(text: str) -> int:
    """A number of bytes from "500M" or "2.5G".

    >>> bytes_of("2.5G")
    2684354560
    """
    number, unit = (text[:-1], UNITS[text[-1]]) if text[-1:] in UNITS else (text, 1)
    try:
        size = int(float(number) * unit)
    except (ValueError, OverflowError):
        size = 0
    if size <= 0:
        raise ValueError(f"memory is a number of bytes such as 500M or 2.5G, not {text!r}")
    return size


class Watch:
    """One worker: what it is found out to do wrong, and its end for that."""

    def __init__(self, pid: int, patience: float, memory: int) -> None:
        self.fault = ""
        self._pid = pid
        self._patience = patience
        self._memory = memory
        self._calls = -1
        self._since = 0.0

    def look(self, status: dict[str, Any]) -> None:
        """Ends the worker when it hangs or has grown too large; `fault` says so from then on."""
        now = time.monotonic()
        if self.fault:
            if now - self._since > LAST_WORDS_S:
                self._end(signal.SIGKILL)
            return
        is_at_it = status["phase"] == "running" and status["busy"]
        if status["calls"] != self._calls or not is_at_it:
            self._calls, self._since = status["calls"], now
        elif self._patience and now - self._since > self._patience:
            self.fault = f"has not come back for {self._patience:g} s"
            self._since = now
            self._end(signal.SIGABRT)  # it writes where it is
        if self._memory and not self.fault and (used := resident(self._pid)) > self._memory:
            self.fault = (
                f"was ended for its memory ({used >> 20} MiB, of which {self._memory >> 20} MiB "
                "are allowed)"
            )
            self._since = now
            self._end(signal.SIGKILL)

    def _end(self, number: int) -> None:
        try:
            os.kill(self._pid, number)
        except ProcessLookupError:
            pass


def resident(pid: int) -> int:
    """The bytes of memory that a process has; 0 where that cannot be seen."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0
