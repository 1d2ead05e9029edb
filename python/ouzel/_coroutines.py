"""Coroutine functions in map, filter and sink: several at a time, results in order.

Inside asyncio the coroutines run in the loop that drives the graph; elsewhere in one of a thread of
their own. Each call that ends writes to a descriptor, which makes the engine call `on_ready`.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ._living import in_event_loop
from ._ouzel import Batch, Context
from .operators import Operator

CONCURRENCY = 16


class _Call:
    """One row on its way through a coroutine."""

    __slots__ = ("batch", "index", "future", "ticket")

    def __init__(self, batch: Batch, index: int, future: Any, ticket: Ticket) -> None:
        self.batch = batch
        self.index = index
        self.future = future
        self.ticket = ticket


class Ticket:
    """Tells whoever emitted an element when all that it set off has ended."""

    __slots__ = ("_left", "error", "_then")

    def __init__(self) -> None:
        self._left = 1
        self.error: BaseException | None = None
        self._then: list[Callable[[], None]] = []

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to wait for."""
        return self._left == 0

    def then(self, call: Callable[[], None]) -> None:
        """Calls `call` when it is done."""
        if self.is_done:
            call()
        else:
            self._then.append(call)

    def finish(self, further: Sequence[Ticket] = (), error: BaseException | None = None) -> None:
        """The row has been dealt with, but for what it set off further down."""
        self.error = self.error or error
        self._left += len(further)
        for ticket in further:
            ticket.then(self._one_less)
        self._one_less()

    def _one_less(self) -> None:
        self._left -= 1
        if self._left == 0:
            for call in self._then:
                call()


class Tickets:
    """The tickets of the calls that the elements of one pushed graph have begun, by thread."""

    __slots__ = ("_tickets",)

    def __init__(self) -> None:
        self._tickets: list[tuple[int, Ticket]] = []

    def add(self, ticket: Ticket) -> None:
        """Called when a call begins, by the thread that pushes."""
        self._tickets.append((threading.get_ident(), ticket))

    def take(self) -> list[Ticket]:
        """Those that this thread has added since it last asked."""
        if not self._tickets:
            return []
        here = threading.get_ident()
        taken = [ticket for thread, ticket in self._tickets if thread == here]
        self._tickets = [entry for entry in self._tickets if entry[0] != here]
        return taken


class CoroutineStep(Operator):
    """map, filter or sink by a coroutine function; `finish` says what is done with a result."""

    def __init__(
        self,
        func: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        kind: str,
        concurrency: int | None,
        ordered: bool,
    ) -> None:
        if concurrency is not None and (not isinstance(concurrency, int) or concurrency < 1):
            raise ValueError(f"concurrency is a number from 1, not {concurrency!r}")
        self._made_of = (func, args, kwargs, kind, concurrency, ordered)
        self._func, self._args, self._kwargs = func, tuple(args), dict(kwargs)
        self._kind = kind
        self._limit = concurrency or CONCURRENCY
        self._ordered = ordered
        self._calls: deque[_Call] = deque()
        self._rest: deque[tuple[Batch, int]] = deque()
        self._file = -1
        self._tickets: Tickets | None = None
        self.name = getattr(func, "__qualname__", repr(func))

    def fresh(self, tickets: Tickets | None) -> CoroutineStep:
        """One for a new instance; with `tickets` for one that is pushed."""
        step = CoroutineStep(*self._made_of)
        step._tickets = tickets
        return step

    # ---- the contract --------------------------------------------------------------------------

    def open(self, context: Context) -> None:
        """One call at a time when rows are pulled one by one: nothing is read ahead."""
        self._file = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        context.watch(self._file)
        if context.is_strict:
            self._limit = 1

    def on_batch(self, context: Context, batch: Batch | None) -> str | None:
        """Begins as many calls as may run; the rest of the rows wait."""
        if batch is not None:
            self._rest.extend((batch, index) for index in range(len(batch)))
        self._begin_calls()
        return self._standing()

    def on_ready(self, context: Context, token: int) -> str | None:
        """Calls have ended: their results go on, in order, and others begin."""
        try:
            os.eventfd_read(self._file)
        except BlockingIOError:
            pass
        while (call := self._next_ended()) is not None:
            self._give(context, call)
            self._begin_calls()
        return self._standing()

    def on_end(self, context: Context) -> str | None:
        """Ends when all calls have."""
        return "wait" if self._calls or self._rest else None

    def rows_held(self) -> int:
        """A checkpoint waits for calls that run."""
        return len(self._calls) + len(self._rest)

    def close(self, context: Context) -> None:
        """Calls that still run are cancelled."""
        for call in self._calls:
            call.future.cancel()
            call.ticket.finish()
        self._calls.clear()
        self._rest.clear()
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)

    # ---- calls ---------------------------------------------------------------------------------

    def _standing(self) -> str | None:
        return "wait" if self._rest or len(self._calls) >= self._limit else None

    def _begin_calls(self) -> None:
        while self._rest and len(self._calls) < self._limit:
            batch, index = self._rest.popleft()
            coroutine = self._func(batch[index], *self._args, **self._kwargs)
            if in_event_loop():
                future: Any = asyncio.ensure_future(coroutine)
            else:
                future = asyncio.run_coroutine_threadsafe(coroutine, loop_thread().loop)
            ticket = Ticket()
            if self._tickets is not None:
                self._tickets.add(ticket)
            self._calls.append(_Call(batch, index, future, ticket))
            future.add_done_callback(self._wake)

    def _wake(self, _: Any) -> None:
        if self._file >= 0:
            os.eventfd_write(self._file, 1)

    def _next_ended(self) -> _Call | None:
        if self._ordered:
            if self._calls and self._calls[0].future.done():
                return self._calls.popleft()
            return None
        for call in self._calls:
            if call.future.done():
                self._calls.remove(call)
                return call
        return None

    def _give(self, context: Context, call: _Call) -> None:
        tickets = self._tickets or Tickets()
        before = tickets.take()
        error = _error_of(call.future)
        if error is not None:
            context.bad_record(call.batch, call.index, error)
        elif self._kind == "map":
            context.emit(call.future.result(), 0, call.batch, call.index)
        elif self._kind == "filter" and call.future.result():
            context.emit(call.batch[call.index], 0, call.batch, call.index)
        call.ticket.finish(tickets.take(), error)
        for ticket in before:
            tickets.add(ticket)


def _error_of(future: Any) -> BaseException | None:
    if future.cancelled():
        return asyncio.CancelledError()
    error: BaseException | None = future.exception()
    return error


class LoopThread:
    """A thread with an event loop, for coroutines of graphs that no event loop drives."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="ouzel-coroutines", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.close()

    def stop(self) -> None:
        """Ends the thread: before the interpreter does."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(timeout=5)


_thread: LoopThread | None = None
_thread_lock = threading.Lock()


def loop_thread() -> LoopThread:
    """The thread of this process; started at the first call."""
    global _thread
    with _thread_lock:
        if _thread is None:
            _thread = LoopThread()
        return _thread


def _stop() -> None:
    global _thread
    if _thread is not None:
        _thread.stop()
        _thread = None


def _after_fork() -> None:
    global _thread, _thread_lock
    _thread = None
    _thread_lock = threading.Lock()


atexit.register(_stop)
os.register_at_fork(after_in_child=_after_fork)
