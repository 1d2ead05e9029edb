"""From drawn streams to a graph of the engine: only what is asked for, in the order drawn.

A drawn step becomes a node. A step into which rows come back (`feedback`) or that was connected to
further streams becomes several: the step, one feedback node a loop, and a union that its readers
read in its place::

    step ------------+
    feedback.0 ------+--> join --> readers
    connected steps -+
"""

from __future__ import annotations

import os

from . import _ids
from ._ouzel import Graph
from ._ouzel import Iterable as Items

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from .stream import Stream

    Key = tuple[Stream, int, int]
    """A node: a drawn step, which part of it, and the number of the loop."""

STEP, LOOP, JOIN = range(3)


def join_or_step(stream: Stream) -> Key:
    """The node that readers of a stream read."""
    step = stream._step
    return (step, JOIN if step._loops or step._joined else STEP, 0)


class Plan:
    """A sealed graph, and which of its nodes stands for which part of which step."""

    __slots__ = ("graph", "nodes", "has_limit", "_cells", "_tickets", "_eager", "_folder")

    def __init__(self, cells: dict[Stream, Any], tickets: Any, eager: bool) -> None:
        self.graph = Graph()
        self.nodes: dict[Key, int] = {}
        self.has_limit = False
        self._cells = cells
        self._tickets = tickets
        self._eager = eager
        self._folder = os.getcwd()

    def node(self, stream: Stream) -> int:
        """The node of a drawn step."""
        return self.nodes[stream._step, STEP, 0]

    def _output(self, stream: Stream) -> tuple[int, int]:
        """The node and port that readers of `stream` read."""
        key = join_or_step(stream)
        return self.nodes[key], stream._output if key[1] == STEP else 0

    def _where(self, stream: Stream) -> str:
        return _ids.place(stream._where, self._folder)

    def add(self, key: Key) -> None:
        """Adds one node; those that it reads are there."""
        stream, part, number = key
        make = (self._add_step, self._add_loop, self._add_join)[part]
        self.nodes[key] = make(stream, number)

    def _add_step(self, stream: Stream, number: int) -> int:
        edges = tuple((*self._output(up), port) for up, port in stream._edges)
        settings = stream._settings
        if stream._op == "iterable":
            settings = {"items": self._cell(stream)}
        elif stream._op in ("python", "python_sink") and hasattr(settings["operator"], "fresh"):
            settings = {"operator": self._cell(stream)}
        self.has_limit |= stream._op == "slice" and "end" in settings
        return self.graph.add(
            stream._op,
            edges,
            settings,
            stream.name,
            step_id(stream),
            self._where(stream),
            stream._policy,
        )

    def _cell(self, stream: Stream) -> Any:
        """What is the instance's own; the same again when a living graph is compiled anew."""
        cell = self._cells.get(stream)
        if cell is None:
            if stream._op == "iterable":
                cell = Items(stream._settings["items"], self._eager)
            else:
                cell = stream._settings["operator"].fresh(self._tickets)
            self._cells[stream] = cell
        return cell

    def _add_loop(self, stream: Stream, number: int) -> int:
        bound = stream._loops[number][1]
        settings = {} if bound is None else {"n": bound}
        return self._add_part("feedback", (), settings, stream, f"/feedback.{number}")

    def _add_join(self, stream: Stream, number: int) -> int:
        edges = [(self.nodes[stream, STEP, 0], 0, 0)]
        edges += [(self.nodes[stream, LOOP, i], 0, 0) for i in range(len(stream._loops))]
        edges += [(*self._output(up), 0) for up in stream._joined]
        return self._add_part("union", tuple(edges), {}, stream, "/join")

    def _add_part(
        self,
        op: str,
        edges: tuple[tuple[int, int, int], ...],
        settings: dict[str, Any],
        stream: Stream,
        suffix: str,
    ) -> int:
        id = step_id(stream) + suffix
        return self.graph.add(op, edges, settings, None, id, self._where(stream))

    def add_sink(self, op: str, settings: dict[str, Any], stream: Stream) -> int:
        """A sink that nobody drew: the end of a pull."""
        edges = ((*self._output(stream), 0),)
        return self.graph.add(op, edges, settings, None, None, self._where(stream))

    def close_loops(self) -> None:
        """Leads what goes round into the feedback nodes."""
        for (stream, part, number), node in self.nodes.items():
            if part == LOOP:
                self.graph.feed_back(*self._output(stream._loops[number][0]), node)


def step_id(stream: Stream) -> str:
    """The id of a step, made when it is first asked for; without recursion, chains may be long."""
    missing: list[Stream] = []
    at: Stream | None = stream
    while at is not None and at._id is None:
        missing.append(at)
        at = at._edges[0][0]._step if at._edges else None
    for step in reversed(missing):
        above = step._edges[0][0]._step._id if step._edges else None
        step._id = step.name or _ids.derive(step._op, step._ordinal, above)
    return stream._id  # type: ignore[return-value]


def above(step: Stream) -> list[Stream]:
    """The steps that a step reads, loops included."""
    found = [up._step for up, _ in step._edges]
    found += [up._step for up in step._joined]
    found += [up._step for up, _ in step._loops]
    return found


def ancestors(streams: Iterable[Stream]) -> set[Stream]:
    """All steps that `streams` need, themselves included."""
    found: set[Stream] = set()
    todo = [stream._step for stream in streams]
    while todo:
        step = todo.pop()
        if step not in found:
            found.add(step)
            todo += above(step)
    return found


def _needs(steps: set[Stream]) -> dict[Key, list[Key]]:
    """The nodes to make, each with those that must be there before it."""
    needs: dict[Key, list[Key]] = {}
    for step in steps:
        needs[step, STEP, 0] = [join_or_step(up) for up, _ in step._edges]
        if step._loops or step._joined:
            loops: list[Key] = [(step, LOOP, i) for i in range(len(step._loops))]
            for loop in loops:
                needs[loop] = []
            joined = [join_or_step(up) for up in step._joined]
            needs[step, JOIN, 0] = [(step, STEP, 0), *loops, *joined]
    return needs


def _ordered(needs: dict[Key, list[Key]]) -> list[Key]:
    """In the order drawn, as far as what a node reads allows."""
    waiting = sorted(needs, key=lambda key: (key[0]._serial, key[1], key[2]))
    done: dict[Key, None] = {}
    while waiting:
        later = []
        for key in waiting:
            if all(need in done for need in needs[key]):
                done[key] = None
            else:
                later.append(key)
        assert len(later) < len(waiting), "a loop without feedback was drawn"
        waiting = later
    return list(done)


def compile(
    streams: Sequence[Stream],
    *,
    steps: set[Stream] | None = None,
    sink: tuple[str, dict[str, Any]] | None = None,
    cells: dict[Stream, Any] | None = None,
    tickets: Any = None,
    eager: bool = False,
) -> Plan:
    """The sealed plan of `streams` and their ancestors, or of exactly `steps`.

    `sink` is an operator with its settings that reads the first stream; `eager` allows sources to
    be read ahead. `cells` and `tickets` are those of a pushed graph.
    """
    plan = Plan({} if cells is None else cells, tickets, eager)
    for key in _ordered(_needs(ancestors(streams) if steps is None else steps)):
        plan.add(key)
    plan.close_loops()
    if sink is not None:
        plan.add_sink(*sink, streams[0])
    plan.graph.seal()
    return plan
