"""The thread that lets time pass for pushed graphs outside asyncio.

A graph that holds rows until a timer (delay, timed_window, partition with a timeout, ...) has to be
called when the timer is due. One thread of the process does that for all of them; it starts when
the first such graph is pushed, and looks at one descriptor a graph.
"""

from __future__ import annotations

import atexit
import os
import selectors
import threading
import weakref
from typing import TYPE_CHECKING, Any

from . import _living
from ._ouzel import Instance

if TYPE_CHECKING:
    from .stream import Stream

_STEPS_MAX = 100
_LOOK_AGAIN_MS = 1000  # another thread may have taken what the descriptor told


def settle(stream: Stream, moves: int) -> Any:
    """After an emit: waits until there is room when there was none; timers go on by themselves."""
    instance = stream._target
    if instance is None:
        return _living.emitted()
    living = stream._living
    tickets = living.now().tickets if living is not None else None
    begun = tickets.take() if tickets is not None else []
    if _living.in_event_loop():
        from ._asyncio import settle as settle_in_loop

        return settle_in_loop(instance, moves, begun)
    if moves >= 0:
        wait_for_progress(instance, moves)
    if begun:
        _wait_for(instance, begun)
    if not instance.closed:
        background().watch(instance)
    return None


_awaited: list[Any] = []
"""Tickets whose errors some emit() will raise: the thread need not report them."""


def _wait_for(instance: Instance, tickets: list[Any]) -> None:
    """Waits until the coroutines of an element have ended; raises what one of them raised."""
    _awaited.extend(tickets)
    try:
        for ticket in tickets:
            moves = instance.moves
            while not (ticket.is_done or instance.closed):
                wait_for_progress(instance, moves)
                moves = instance.moves
    finally:
        for ticket in tickets:
            _awaited.remove(ticket)
    for ticket in tickets:
        if ticket.error is not None:
            raise ticket.error


def wait_for_progress(instance: Instance, moves: int) -> None:
    """Lets the graph work until what it can do at once is done, and it is further than `moves`.

    While there is nothing to do it waits without the graph's lock.
    """
    poll = None
    while (state := instance.step()) == "more" or (state == "wait" and instance.moves == moves):
        if state == "more":
            continue
        if poll is None:
            import select

            poll = select.poll()
            poll.register(instance.fileno(), select.POLLIN)
        instance.fileno()  # sets the alarm of the descriptor
        poll.poll(_LOOK_AGAIN_MS)


class Background:
    """One thread and the graphs that it looks after; it holds none of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._selector = selectors.DefaultSelector()
        self._files: weakref.WeakKeyDictionary[Instance, int] = weakref.WeakKeyDictionary()
        self._receive, self._send = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(self._receive, selectors.EVENT_READ, None)
        self._stopping = False
        self.is_gone = False
        self._thread = threading.Thread(target=self._run, name="ouzel-timers", daemon=True)
        self._thread.start()

    def watch(self, instance: Instance) -> None:
        """Looks after `instance` from now on, until it has ended or is gone."""
        file = instance.arm()
        with self._lock:
            if instance in self._files:
                return
            self._files[instance] = file
            gone = weakref.ref(instance, lambda gone, file=file: self._forget(file, gone))
            if file in self._selector.get_map():  # of one that was closed
                self._selector.unregister(file)
            self._selector.register(file, selectors.EVENT_READ, gone)
        self._wake()

    def _forget(self, file: int, gone: Any) -> None:
        """Leaves a descriptor alone, unless it belongs to another graph by now."""
        key = None if self.is_gone else self._selector.get_map().get(file)
        if key is not None and key.data is gone:
            try:
                self._selector.unregister(file)
            except (KeyError, ValueError, OSError):
                pass

    def _wake(self) -> None:
        try:
            os.write(self._send, b"!")
        except BlockingIOError:
            pass

    def _run(self) -> None:
        while not self._stopping:
            for key, _ in self._selector.select():
                if key.data is None:
                    os.read(key.fd, 4096)
                    continue
                instance = key.data()
                if instance is not None and not self._work(instance):
                    with self._lock:
                        self._files.pop(instance, None)
                        self._forget(key.fd, key.data)
                del instance

    def _work(self, instance: Instance) -> bool:
        """Lets a graph do what it can; false when it has ended."""
        try:
            for _ in range(_STEPS_MAX):
                state = instance.step()
                if state != "more":
                    break
            if state == "done":
                return False
            instance.arm()
        except BaseException as error:
            is_told = any(ticket.error is error for ticket in _awaited)
            if not (is_told or instance.closed):
                report(error, self._thread)
        return not instance.closed

    def stop(self) -> None:
        """Ends the thread: before the interpreter does."""
        self._stopping = True
        self._wake()
        self._thread.join(timeout=5)


def report(error: BaseException, thread: threading.Thread) -> None:
    """What a step raised while nobody was there to catch it: as for any thread."""
    arguments = (type(error), error, error.__traceback__, thread)
    threading.excepthook(threading.ExceptHookArgs(arguments))


_background: Background | None = None


def background() -> Background:
    """The thread of this process; started at the first call."""
    global _background
    if _background is None:
        _background = Background()
    return _background


def _stop() -> None:
    global _background
    if _background is not None:
        _background.stop()
        _background = None


def _after_fork() -> None:
    """A child has the memory of its parent, but not the thread; the selector is the parent's."""
    global _background
    if _background is not None:
        _background.is_gone = True
    _background = None


atexit.register(_stop)
os.register_at_fork(after_in_child=_after_fork)
