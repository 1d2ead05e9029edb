"""Drawn streams as a graph of plain nodes: what the oracle knows of the face."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ouzel import Stream, _ouzel

POLICIES = ("fail", "skip", "dead_letter")


class Call:
    """A function as a step calls it: with further arguments, spread over a row, negated."""

    def __init__(self, function: Any) -> None:
        given = function.given
        self.callable = function.callable
        names = given["keywords"] or ()
        extra = given["extra"] or ()
        self.args = extra[: len(extra) - len(names)]
        self.kwargs = dict(zip(names, extra[len(self.args) :]))
        self.is_star = given["star"]
        self.is_negated = given["negate"]
        self.with_state = given["with_state"]
        self.init = given["init"] or (lambda: None)

    def __call__(self, *values: Any) -> Any:
        """f(row) or f(state, row); without a function the row itself."""
        if self.callable is None:
            return not values[-1] if self.is_negated else values[-1]
        if self.is_star:
            if not isinstance(values[-1], (tuple, list)):
                raise TypeError("starmap needs a tuple or list for each row")
            values = tuple(values[-1])
        result = self.callable(*values, *self.args, **self.kwargs)
        return not result if self.is_negated else result


@dataclass(eq=False)
class Node:
    """A step of the graph: a drawn one, or what a loop or connect() adds to it."""

    op: str
    settings: dict[str, Any]
    policy: str
    outputs: tuple[str, ...]
    serial: tuple[int, int, int]
    stream: Stream
    reads: list[tuple[Node, int]] = field(default_factory=list)  # (node, output), edge by edge


def settings_of(step: Stream) -> dict[str, Any]:
    """The settings of a step, its functions as plain callables."""
    found = {}
    for name, value in step._settings.items():
        found[name] = Call(value) if isinstance(value, _ouzel.Function) else value
    return found


class Drawing:
    """All nodes that some streams need (or that belong to a pushed graph), in the order drawn."""

    def __init__(self, streams: Iterable[Stream]) -> None:
        self._steps: dict[Stream, Node] = {}  # a step by itself
        self._joins: dict[Stream, Node] = {}  # a step into which other rows come, too
        self.nodes: list[Node] = []
        for stream in streams:
            self.node_of(stream)
        self.nodes.sort(key=lambda node: node.serial)

    def node_of(self, stream: Stream) -> tuple[Node, int]:
        """The node and output that readers of `stream` read."""
        step = stream._step
        if step not in self._steps:
            self._add(step)
        if step in self._joins:
            return self._joins[step], 0
        return self._steps[step], stream._output

    def has(self, stream: Stream) -> bool:
        """Whether the stream is part of it."""
        return stream._step in self._steps

    def source(self, stream: Stream) -> Node:
        """The node of a source itself, whatever else comes into it."""
        self.node_of(stream)
        return self._steps[stream._step]

    def _make(self, op: str, settings: dict[str, Any], step: Stream, part: int, place: int) -> Node:
        policy = POLICIES[step._policy] if part == 0 else "fail"
        outputs = _ouzel.outputs(op) or ()
        node = Node(op, settings, policy, outputs, (step._serial, part, place), step)
        self.nodes.append(node)
        return node

    def _add(self, step: Stream) -> None:
        node = self._steps[step] = self._make(step._op, settings_of(step), step, 0, 0)
        if step._loops or step._joined:
            join = self._joins[step] = self._make("union", {}, step, 2, 0)
            join.reads.append((node, 0))
        node.reads += [self.node_of(up) for up, _ in step._edges]
        for place, (up, _) in enumerate(step._loops):
            loop = self._make("feedback", {}, step, 1, place)
            join.reads.append((loop, 0))
            loop.reads.append(self.node_of(up))
        for up in step._joined:
            join.reads.append(self.node_of(up))
        for below in step._downs or ():
            self.node_of(below)
