"""Ouzel inside asyncio: graphs are driven by the event loop that runs, never by a thread.

An instance has one descriptor that is readable when there is work, timers included; the loop
watches it. What waits for room is a future.
"""

from __future__ import annotations

import asyncio
import weakref
from typing import Any

from ._ouzel import Cell, Instance, emitted
from ._ouzel import Iterator as Rows

_STEPS_MAX = 100


class Drive:
    """One instance in one event loop."""

    __slots__ = ("_instance", "_loop", "_file", "_waiters", "awaited", "__weakref__")

    def __init__(self, instance: Instance, loop: asyncio.AbstractEventLoop) -> None:
        self._instance = weakref.ref(instance, self._gone)
        self._loop = loop
        self._file = instance.fileno()
        self._waiters: list[asyncio.Future[None]] = []
        self.awaited: list[Any] = []
        _readers[loop, self._file] = self
        loop.add_reader(self._file, self._ready)

    def is_in(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether it is this loop that drives the instance."""
        return self._loop is loop

    def is_over(self) -> bool:
        """Whether its loop has been closed."""
        return self._loop.is_closed()

    def leave(self) -> None:
        """Stops watching: another loop takes over, or the instance is gone."""
        if _readers.get((self._loop, self._file)) is self:
            del _readers[self._loop, self._file]
            if not self._loop.is_closed():
                self._loop.remove_reader(self._file)

    def _gone(self, _: Any) -> None:
        if self._loop.is_closed() or asyncio._get_running_loop() is self._loop:
            self.leave()
        else:
            self._loop.call_soon_threadsafe(self.leave)

    def progress(self) -> asyncio.Future[None]:
        """A future that is done when the graph has moved."""
        future = self._loop.create_future()
        self._waiters.append(future)
        self._loop.call_soon(self._ready)
        return future

    def ready_soon(self) -> None:
        """Lets the graph work when the loop gets to it."""
        self._loop.call_soon(self._ready)

    def _ready(self) -> None:
        instance = self._instance()
        if instance is None or instance.closed:
            self.leave()
            return
        state, has_failed, moves = "more", False, instance.moves
        try:
            for _ in range(_STEPS_MAX):
                state = instance.step()
                if state != "more":
                    break
            if state == "done":
                self.leave()
            elif not instance.closed:
                instance.fileno()
        except Exception as error:
            has_failed = True
            self._fail(error)
        if state == "more":
            self._loop.call_soon(self._ready)
        if has_failed or state == "done" or instance.moves != moves:
            self._release()

    def _fail(self, error: Exception) -> None:
        """A step raised behind a queue: whoever waits gets it, else the loop's handler."""
        if any(ticket.error is error for ticket in self.awaited):
            return
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_exception(error)
                return
        self._loop.call_exception_handler(
            {"message": "a step of an ouzel graph raised", "exception": error}
        )

    def _release(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)


_readers: dict[tuple[asyncio.AbstractEventLoop, int], Drive] = {}
"""Whose each watched descriptor is: its number may be given to another graph."""

_drives: weakref.WeakKeyDictionary[Instance, Drive] = weakref.WeakKeyDictionary()


def drive(instance: Instance) -> Drive:
    """The drive of `instance` in the running loop; made when there is none."""
    loop = asyncio.get_running_loop()
    known = _drives.get(instance)
    if known is None or not known.is_in(loop):
        for over in [*(d for d in _readers.values() if d.is_over()), known]:
            if over is not None:
                over.leave()
        known = _drives[instance] = Drive(instance, loop)
    return known


def settle(instance: Instance, moves: int, tickets: list[Any]) -> Any:
    """After an emit: an awaitable, which is not done before there is room again.

    Coroutines that the element has set off belong to it.
    """
    if instance.closed:
        return emitted
    driven = drive(instance)
    is_blocked = moves == instance.moves
    if not (is_blocked or tickets):
        instance.fileno()
        return emitted
    if not tickets:
        return driven.progress()
    driven.awaited += tickets
    return asyncio.ensure_future(_wait_for(driven, tickets, is_blocked))


async def _wait_for(driven: Drive, tickets: list[Any], is_blocked: bool) -> None:
    """Waits for the coroutines of an element; raises what one of them raised."""
    if is_blocked:
        await driven.progress()
    for ticket in tickets:
        if not ticket.is_done:
            done = asyncio.get_running_loop().create_future()
            ticket.then(lambda done=done: done.done() or done.set_result(None))
            driven.ready_soon()
            await done
    for ticket in tickets:
        driven.awaited.remove(ticket)
    for ticket in tickets:
        if ticket.error is not None:
            raise ticket.error


class AsyncRows:
    """`async for`: rows one at a time; the loop goes on while there are none."""

    __slots__ = ("_instance", "_rows", "__weakref__")

    def __init__(self, instance: Instance, cell: Cell) -> None:
        self._instance = instance
        self._rows = Rows(instance, cell)

    def __aiter__(self) -> AsyncRows:
        return self

    async def __anext__(self) -> Any:
        while True:
            found = self._rows.poll()
            if found is None:
                raise StopAsyncIteration
            if found:
                return found[0]
            await self._wait()

    async def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        ready = loop.create_future()
        file = self._instance.fileno()
        loop.add_reader(file, lambda: ready.done() or ready.set_result(None))
        try:
            await ready
        finally:
            loop.remove_reader(file)
