"""Graphs that are pushed: one living instance each, which follows what is drawn.

Drawing marks the instance as no longer current; the next emit compiles the graph as it is then, and
steps that were there before keep their state. The first element makes the instance.
"""

from __future__ import annotations

import os
import sys
from _thread import RLock
from _weakref import ref

from . import _ouzel, _plan
from ._ouzel import GraphError, Instance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._coroutines import Tickets
    from .stream import Stream


class Living:
    """What the steps of one pushed graph share. Merged when two graphs are joined."""

    __slots__ = (
        "lock",
        "instance",
        "cells",
        "nodes",
        "tickets",
        "version",
        "_into",
        "__weakref__",
    )

    def __init__(self) -> None:
        self.lock = RLock()
        self.instance: Instance | None = None
        self.cells: dict[Stream, Any] = {}
        self.nodes: dict[_plan.Key, int] = {}
        self.tickets: Tickets | None = None
        self.version = 0
        self._into: Living | None = None

    def now(self) -> Living:
        """Itself, or what it was merged into."""
        living = self
        while living._into is not None:
            living = living._into
        return living

    def changed(self) -> None:
        """The graph was drawn further: the next emit compiles it."""
        living = self.now()
        living.version += 1
        if living.instance is not None:
            living.instance.current = False

    def merge(self, other: Living) -> Living:
        """One graph of two that a step now joins."""
        first, second = self.now(), other.now()
        if first is second:
            return first
        if first.instance is None:
            first, second = second, first
        if second.instance is not None:
            if _holds_state(second):
                raise GraphError(
                    "two graphs that both hold state cannot be joined any more: "
                    "draw the join before the first emit"
                )
            second.instance.close()
            second.instance = None
        second._into = first
        first.changed()
        return first

    def refresh(self, stream: Stream) -> Instance:
        """The instance of the graph as it is drawn now."""
        with self.lock:
            instance = self.instance
            if instance is not None and instance.current:
                return instance
            version = self.version
            steps = component(stream._step)
            if self.tickets is None and any(map(_is_coroutine_step, steps)):
                from ._coroutines import Tickets

                self.tickets = Tickets()
            plan = _plan.compile([stream], steps=steps, cells=self.cells, tickets=self.tickets)
            if instance is None or instance.closed:
                self.instance = instance = Instance(plan.graph)
                _watch(self)
            else:
                instance.update(plan.graph)
            self.nodes = plan.nodes
            for step in steps:
                if step._op == "input":
                    step._attach(instance, plan.node(step))
            if version != self.version:
                instance.current = False
            return instance


_all: dict[int, ref[Living]] = {}
"""The graphs that work, for forks."""


def _watch(living: Living) -> None:
    key = id(living)
    _all[key] = ref(living, lambda _: _all.pop(key, None))


def _after_fork() -> None:
    """A child goes on with a copy of each graph, unless a thread that is no more was inside it.

    A graph with timers begins anew: its timers are the parent's.
    """
    for known in list(_all.values()):
        living = known()
        if living is not None:
            living.lock = RLock()
            if living.instance is not None and (living.instance.timed or living.instance.busy):
                living.instance.abandon()


os.register_at_fork(after_in_child=_after_fork)


def _is_coroutine_step(step: Stream) -> bool:
    return hasattr(step._settings.get("operator"), "fresh")


def _holds_state(living: Living) -> bool:
    instance = living.instance
    assert instance is not None
    return any(instance.stats(node)["state_bytes"] > 0 for node in living.nodes.values())


def component(step: Stream) -> set[Stream]:
    """All steps that belong together with a pushed one: below it, and above all of those."""
    found: set[Stream] = set()
    todo = [step]
    while todo:
        at = todo.pop()
        if at not in found:
            found.add(at)
            todo += _plan.above(at)
            todo += at._downs or ()
    return found


def emitted() -> Any:
    """What emit() answers when all is done: inside a running event loop, something to await."""
    return _ouzel.emitted if in_event_loop() else None


def in_event_loop() -> bool:
    """Whether this thread runs inside an event loop of asyncio; never imports asyncio."""
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None

