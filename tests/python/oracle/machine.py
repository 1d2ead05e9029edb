"""How rows and ends travel: depth first, branches in the order drawn, one element at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ouzel import Stream

from .drawn import Drawing, Node
from .steps import STEPS, Row, Step


class Failed(Exception):
    """A row that a step with the policy "fail" could not treat."""

    def __init__(self, error: Exception, node: Node, record: Any) -> None:
        super().__init__(str(error))
        self.error = error
        self.op = node.op
        self.record = record


class Target:
    """One reader of an output: a step and which of its inputs; closed when it wants no more."""

    def __init__(self, step: Step, edge: int) -> None:
        self.step = step
        self.edge = edge
        self.is_open = True


class Machine:
    """A graph at work. Each step is told by `emit` and `finish` where its rows and its end go."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.steps: dict[Node, Step] = {}
        self.targets: dict[Node, list[list[Target]]] = {}
        for node in drawing.nodes:
            self.steps[node] = STEPS[node.op](node, self)
            self.targets[node] = [[] for _ in node.outputs]
        for node in drawing.nodes:
            for edge, (above, output) in enumerate(node.reads):
                self.targets[above][output].append(Target(self.steps[node], edge))
        self.loops = [step for node, step in self.steps.items() if node.op == "feedback"]

    def redraw(self, drawing: Drawing) -> Machine:
        """The graph was drawn further: steps that were there go on with their state."""
        machine = Machine(drawing)
        old = {node.serial: step for node, step in self.steps.items()}
        for node, step in machine.steps.items():
            if node.serial in old:
                kept = machine.steps[node] = old[node.serial]
                kept.node, kept.machine = node, machine
                for targets in machine.targets.values():
                    for target in (t for ts in targets for t in ts if t.step is step):
                        target.step = kept
        return machine

    # ---- what steps call ---------------------------------------------------------------------

    def emit(self, node: Node, output: int, row: Row) -> bool:
        """Gives a row to all readers of an output; False when nobody reads the step any more."""
        for target in self.targets[node][output]:
            if target.is_open:
                target.is_open = not target.step.is_ended and target.step.take(target.edge, row)
        outputs = self.targets[node]
        closed = [not target.is_open for targets in outputs for target in targets]
        return not (closed and all(closed))

    def has_reader(self, node: Node, output: int) -> bool:
        """Whether somebody reads the output."""
        return any(target.is_open for target in self.targets[node][output])

    def finish(self, node: Node) -> None:
        """The step gives no more: its readers are told, in the order drawn."""
        for targets in self.targets[node]:
            for target in targets:
                if target.is_open:
                    target.is_open = False
                    target.step.end_edge(target.edge)

    # ---- what a driver calls -----------------------------------------------------------------

    def give(self, stream: Stream, value: Any) -> bool:
        """One element of a source goes through the whole graph, then round its loops.

        False when nobody wants the source any more.
        """
        source = self.steps[self.drawing.source(stream)]
        if not source.is_ended:
            source.row(0, Row(value))
            self.turn_loops()
        if source.is_unwanted:
            source.finish()
        return not source.is_ended

    def turn_loops(self) -> None:
        """Rows go round, one at a time, until none is left."""
        while any(loop.let_round() for loop in self.loops):
            pass

    def end(self, stream: Stream) -> None:
        """A source has ended."""
        source = self.steps[self.drawing.source(stream)]
        if not source.is_ended:
            source.finish()
        self.turn_loops()

    def end_loops(self) -> None:
        """All sources have ended: what still is open hangs on loops, which are empty."""
        for loop in self.loops:
            if not loop.is_ended:
                loop.finish()

    def flush(self) -> None:
        """What is held is delivered, step by step in the order drawn."""
        for step in self.steps.values():
            if not step.is_ended:
                step.flush()
                self.turn_loops()


Rows = dict[Stream, Sequence[Any]]


def run(drawing: Drawing, inputs: Rows, machine: Machine | None = None) -> None:
    """Reads sources to their ends, by turns, one element each."""
    machine = machine or Machine(drawing)
    rows = {source: iter(items) for source, items in inputs.items() if drawing.has(source)}
    while rows:
        for source in list(rows):
            try:
                value = next(rows[source])
            except StopIteration:
                del rows[source]
                machine.end(source)
                continue
            if not machine.give(source, value):
                del rows[source]
    machine.end_loops()


def pull(stream: Stream, inputs: Rows, take: Callable[[Any], Any]) -> None:
    """Pulls everything; `take` gets what comes out."""
    drawing = Drawing([stream])
    machine = Machine(drawing)
    node, output = drawing.node_of(stream)
    collector = STEPS["collect"](node, machine, take)
    machine.targets[node][output].append(Target(collector, 0))
    run(drawing, inputs, machine)
