"""SIGINT and SIGTERM while something runs: a handler, and a pipe that wakes whoever waits."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def handled(handler: Callable[[int, Any], None], wake_by: Callable[[int], Any]) -> Iterator[None]:
    """Signals go to `handler` while it lasts; only the main thread may ask for them.

    `wake_by` is given a pipe that can be read once a signal has come.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    readable, writable = os.pipe()
    os.set_blocking(readable, False)
    os.set_blocking(writable, False)
    wake_by(readable)
    earlier = signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    before = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.set_wakeup_fd(earlier)
        for number, former in before.items():
            signal.signal(number, former)
        os.close(writable)
        os.close(readable)
