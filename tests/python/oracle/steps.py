"""What each operator does: one class each, after the cards in src/ops."""

from __future__ import annotations

import copy
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .values import NO_KEY, same_key

if TYPE_CHECKING:
    from .drawn import Node
    from .machine import Machine


@dataclass(frozen=True)
class Row:
    """A value with its key."""

    value: Any
    key: Any = NO_KEY

    def with_value(self, value: Any) -> Row:
        """Another value, the key stays."""
        return Row(value, self.key)

    @property
    def is_keyed(self) -> bool:
        """Whether it came through key_by."""
        return self.key is not NO_KEY

    @property
    def group(self) -> Hashable:
        """What finds the state of its key."""
        return same_key(self.key) if self.is_keyed else NO_KEY


class Step:
    """A step at work. Subclasses say what to do with a row; the rest is the same for all."""

    def __init__(self, node: Node, machine: Machine) -> None:
        self.node = node
        self.settings = node.settings
        self.machine = machine
        self.open_edges = set(range(len(node.reads)))
        self.is_ended = False
        self.is_unwanted = False
        self.is_at_work = False
        self.deferred: deque[tuple[int, Row]] = deque()
        self.open()

    # ---- to override -------------------------------------------------------------------------

    def open(self) -> None:
        """Makes the state."""

    def row(self, edge: int, row: Row) -> None:
        """One row of one input."""
        raise NotImplementedError

    def edge_ended(self, edge: int) -> None:
        """One input has ended."""

    def flush(self) -> None:
        """Delivers what is held; also called after the last input has ended."""

    def end(self) -> None:
        """All inputs have ended: the last rows."""
        self.flush()

    # ---- the same for all --------------------------------------------------------------------

    def take(self, edge: int, row: Row) -> bool:
        """A row arrives; False when the step has ended by it.

        One that was emitted from inside this step waits until the step has returned.
        """
        self.deferred.append((edge, row))
        if self.is_at_work:
            return True
        while self.deferred and not self.is_ended:
            self.work(*self.deferred.popleft())
        return not self.is_ended

    def work(self, edge: int, row: Row) -> None:
        """The step is on the stack."""
        self.is_at_work = True
        try:
            self.row(edge, row)
        finally:
            self.is_at_work = False
        if self.is_unwanted:
            self.finish()

    def end_edge(self, edge: int) -> None:
        """The end of an input arrives."""
        if self.is_ended:
            return
        self.open_edges.discard(edge)
        self.edge_ended(edge)
        if not self.open_edges and not self.is_ended:
            self.end()
            self.finish()

    def finish(self) -> None:
        """No more rows leave."""
        if not self.is_ended:
            self.is_ended = True
            self.machine.finish(self.node)

    def emit(self, row: Row, output: int = 0) -> None:
        """A row leaves."""
        if not self.is_ended and not self.machine.emit(self.node, output, row):
            self.is_unwanted = True

    def call(self, row: Row, function: Callable[..., Any], *values: Any) -> tuple[bool, Any]:
        """(True, result), or (False, None) when it failed and the policy has been applied."""
        try:
            return True, function(*values)
        except Exception as error:
            self.bad(row, error)
            return False, None

    def bad(self, row: Row, error: Exception) -> None:
        """A row that cannot be treated."""
        from .machine import Failed

        if self.node.policy == "fail":
            raise Failed(error, self.node, row.value) from error
        if self.node.policy == "dead_letter":
            self.emit(row, self.node.outputs.index("dead"))

    def let_round(self) -> bool:
        """Of a loop: lets one row go round; False when there is none."""
        return False


# ---- rows ----------------------------------------------------------------------------------------


class Source(Step):
    """input, iterable, files: what is given leaves."""

    def row(self, edge: int, row: Row) -> None:
        self.emit(row)


class Map(Step):
    """One result a row."""

    def row(self, edge: int, row: Row) -> None:
        good, result = self.call(row, self.settings["function"], row.value)
        if good:
            self.emit(row.with_value(result))


class Filter(Step):
    """Rows for which the function is true."""

    def row(self, edge: int, row: Row) -> None:
        function = self.settings["function"]
        good, passes = self.call(row, lambda value: bool(function(value)), row.value)
        if good and passes:
            self.emit(row)


class Branch(Step):
    """Rows for which the function is true one way, the others the other way."""

    def row(self, edge: int, row: Row) -> None:
        function = self.settings["function"]
        good, is_first = self.call(row, lambda value: bool(function(value)), row.value)
        if good:
            self.emit(row, 0 if is_first else 1)


class FlatMap(Step):
    """Each item of what the function returns, as it comes."""

    def row(self, edge: int, row: Row) -> None:
        function = self.settings["function"]
        good, items = self.call(row, lambda value: iter(function(value)), row.value)
        while good and not self.is_unwanted:
            good, item = self.call(row, lambda: next(items, self))
            if item is self:
                break
            if good:
                self.emit(row.with_value(item))


class Inspect(Step):
    """Calls the function and passes the row on."""

    def row(self, edge: int, row: Row) -> None:
        good, _ = self.call(row, self.settings["function"], row.value)
        if good:
            self.emit(row)


class Sink(Step):
    """Calls the function."""

    def row(self, edge: int, row: Row) -> None:
        self.call(row, self.settings["function"], row.value)


class Collect(Step):
    """The end of a pull."""

    def __init__(self, above: Node, machine: Machine, take: Callable[[Any], Any]) -> None:
        super().__init__(above, machine)
        self.open_edges = {0}
        self.give = take

    def row(self, edge: int, row: Row) -> None:
        self.give(row.value)

    def end_edge(self, edge: int) -> None:
        self.is_ended = True


# ---- state by key --------------------------------------------------------------------------------


class KeyBy(Step):
    """Each row gets a key: what the function gives, or the row itself."""

    def row(self, edge: int, row: Row) -> None:
        function = self.settings.get("function", lambda value: value)

        def keyed(value: Any) -> Row:
            key = function(value)
            same_key(key)
            return Row(value, key)

        good, result = self.call(row, keyed, row.value)
        if good:
            self.emit(result)


class Accumulate(Step):
    """Each row with the state of its key; the result is the state, or comes beside it."""

    def open(self) -> None:
        self.states: dict[Hashable, Any] = {}

    def row(self, edge: int, row: Row) -> None:
        good, outcome = self.call(row, self.step, row)
        if good:
            state, result = outcome
            self.states[row.group] = state
            if self.settings["function"].with_state:
                result = (state, result)
            self.emit(row.with_value(result))

    def step(self, row: Row) -> tuple[Any, Any]:
        """(state, result) after a row."""
        if row.group in self.states:
            state = self.states[row.group]
        elif "start" in self.settings:
            state = self.states[row.group] = copy.deepcopy(self.settings["start"])
        else:
            return row.value, row.value
        outcome = self.settings["function"](state, row.value)
        if not self.settings["returns_state"]:
            return outcome, outcome
        if not isinstance(outcome, tuple) or len(outcome) != 2:
            raise TypeError("with returns_state the function must return (state, result)")
        return outcome


class Stateful(Step):
    """What the function returned; it changes the state of the key in place."""

    def open(self) -> None:
        self.states: dict[Hashable, Any] = {}

    def row(self, edge: int, row: Row) -> None:
        function = self.settings["function"]

        def step(value: Any) -> Any:
            if row.group not in self.states:
                self.states[row.group] = function.init()
            return function(self.states[row.group], value)

        good, result = self.call(row, step, row.value)
        if good:
            self.emit(row.with_value(result))


class Aggregate(Step):
    """count, sum, min, max, mean, reduce: an update for each row, or one row a key at the end."""

    def open(self) -> None:
        self.states: OrderedDict[Hashable, tuple[Any, Any]] = OrderedDict()
        self.is_final = self.settings.get("emit") == "final"

    def row(self, edge: int, row: Row) -> None:
        key, state = self.states.get(row.group, (row.key, None))
        good, state = self.call(row, self.update, state, row.value)
        if good:
            self.states[row.group] = (key, state)
            if not self.is_final:
                self.emit(self.shown(row.key, state))

    def end(self) -> None:
        for key, state in self.states.values():
            if self.is_final and not self.is_unwanted:
                self.emit(self.shown(key, state))

    def shown(self, key: Any, state: Any) -> Row:
        """The row that tells of a state."""
        result = self.result(state)
        return Row(result if key is NO_KEY else (key, result), key)

    def update(self, state: Any, value: Any) -> Any:
        """The state after a row; None before the first."""
        raise NotImplementedError

    def result(self, state: Any) -> Any:
        """What is told of a state."""
        return state


class Count(Aggregate):
    """How many rows."""

    def update(self, state: Any, value: Any) -> Any:
        return (state or 0) + 1


class Sum(Aggregate):
    """In order, from 0."""

    def update(self, state: Any, value: Any) -> Any:
        return (0 if state is None else state) + value


class Least(Aggregate):
    """The least row, of equal ones the first."""

    def update(self, state: Any, value: Any) -> Any:
        if state is None:
            return [value]
        return [value] if self.is_better(value, state[0]) else state

    def is_better(self, value: Any, best: Any) -> bool:
        """Whether a row takes the place of the one kept."""
        return bool(value < best)

    def result(self, state: Any) -> Any:
        return state[0]


class Greatest(Least):
    """The greatest row, of equal ones the first."""

    def is_better(self, value: Any, best: Any) -> bool:
        return bool(best < value)


class Mean(Aggregate):
    """The sum divided by the count."""

    def update(self, state: Any, value: Any) -> Any:
        total, count = state or (0, 0)
        return total + value, count + 1

    def result(self, state: Any) -> Any:
        total, count = state
        is_large = isinstance(total, int) and not -(2**63) <= total < 2**63
        return (float(total) if is_large else total) / count


class Reduce(Aggregate):
    """The function over value and row; the first row is the first value."""

    def update(self, state: Any, value: Any) -> Any:
        return [value if state is None else self.settings["function"](state[0], value)]

    def result(self, state: Any) -> Any:
        return state[0]


# ---- joins ---------------------------------------------------------------------------------------


class Union(Step):
    """Rows as they come."""

    def row(self, edge: int, row: Row) -> None:
        self.emit(row)


class Zip(Step):
    """First rows with first ones, second with second; ends when an ended input is used up."""

    def open(self) -> None:
        self.waiting: list[deque[Any]] = [deque() for _ in self.node.reads]

    def row(self, edge: int, row: Row) -> None:
        self.waiting[edge].append(row.value)
        if all(self.waiting):
            self.emit(Row(tuple(rows.popleft() for rows in self.waiting)))
        self.edge_ended(edge)

    def edge_ended(self, edge: int) -> None:
        for place, rows in enumerate(self.waiting):
            if place not in self.open_edges and not rows:
                self.finish()


class CombineLatest(Step):
    """The latest row of each input, whenever one comes of those that count."""

    def open(self) -> None:
        self.latest: dict[int, Any] = {}

    def row(self, edge: int, row: Row) -> None:
        self.latest[edge] = row.value
        mask = self.settings.get("emit_on", 0)
        if len(self.latest) == len(self.node.reads) and (mask == 0 or mask >> edge & 1):
            self.emit(Row(tuple(self.latest[place] for place in range(len(self.latest)))))


class Feedback(Step):
    """Rows wait until the element that gave them has passed."""

    def open(self) -> None:
        self.rows: deque[Row] = deque()

    def row(self, edge: int, row: Row) -> None:
        self.rows.append(row)

    def let_round(self) -> bool:
        if not self.rows:
            return False
        self.emit(self.rows.popleft())
        return True


# ---- shape ---------------------------------------------------------------------------------------


class Slice(Step):
    """Rows at certain places; places are counted for each key."""

    def open(self) -> None:
        self.seen: dict[Hashable, int] = {}

    def row(self, edge: int, row: Row) -> None:
        place = self.seen.get(row.group, 0)
        self.seen[row.group] = place + 1
        start, end = self.settings.get("start", 0), self.settings.get("end")
        if place >= start and (end is None or place < end):
            if (place - start) % self.settings.get("step", 1) == 0:
                self.emit(row)
        if end is not None and place + 1 >= end and not row.is_keyed:
            self.finish()


class Partition(Step):
    """n rows of a key as a tuple; what is left leaves first opened first."""

    def open(self) -> None:
        self.groups: OrderedDict[Hashable, list[Row]] = OrderedDict()

    def row(self, edge: int, row: Row) -> None:
        group = self.groups.setdefault(row.group, [])
        group.append(row)
        if len(group) >= self.settings["n"]:
            self.deliver(row.group)

    def deliver(self, group: Hashable) -> None:
        """One tuple leaves."""
        rows = self.groups.pop(group)
        self.emit(rows[-1].with_value(tuple(row.value for row in rows)))

    def flush(self) -> None:
        while self.groups and not self.is_unwanted:
            self.deliver(next(iter(self.groups)))


class TimedWindow(Partition):
    """All rows of a key as a list; without a clock, once at the end or by flush."""

    def row(self, edge: int, row: Row) -> None:
        self.groups.setdefault(row.group, []).append(row)

    def deliver(self, group: Hashable) -> None:
        rows = self.groups.pop(group)
        self.emit(rows[-1].with_value([row.value for row in rows]))


class Unique(Step):
    """Rows that were not seen before; only so many are remembered, those that came last."""

    def open(self) -> None:
        self.seen: dict[Hashable, OrderedDict[Hashable, None]] = {}

    def row(self, edge: int, row: Row) -> None:
        function = self.settings.get("key", lambda value: value)
        good, value = self.call(row, lambda value: same_key(function(value)), row.value)
        if not good:
            return
        seen = self.seen.setdefault(row.group, OrderedDict())
        is_new = value not in seen
        seen[value] = None
        seen.move_to_end(value)
        if 0 < self.settings.get("maxsize", 0) < len(seen):
            seen.popitem(last=False)
        if is_new:
            self.emit(row)


class EventTime(Step):
    """Rows behind the greatest time so far, less the lateness, leave apart."""

    def open(self) -> None:
        self.greatest: int | None = None

    def row(self, edge: int, row: Row) -> None:
        function = self.settings.get("function", lambda value: value)
        convert = self.settings["convert"]
        good, time = self.call(row, lambda value: convert(function(value)), row.value)
        if not good:
            return
        lateness = round(self.settings["lateness"] * 1e9)
        is_late = self.greatest is not None and time < self.greatest - lateness
        self.greatest = time if self.greatest is None else max(time, self.greatest)
        late = "late" if is_late and self.settings["late"] == "split" else "out"
        self.emit(row, self.node.outputs.index(late))


class Buffer(Step):
    """Holds rows; without a clock they pass at once."""

    def row(self, edge: int, row: Row) -> None:
        self.emit(row)


STEPS: dict[str, Any] = {
    "input": Source,
    "iterable": Source,
    "files": Source,
    "arrow": Source,
    "map": Map,
    "starmap": Map,
    "filter": Filter,
    "branch": Branch,
    "flat_map": FlatMap,
    "inspect": Inspect,
    "sink": Sink,
    "collect": Collect,
    "key_by": KeyBy,
    "accumulate": Accumulate,
    "stateful": Stateful,
    "count": Count,
    "sum": Sum,
    "min": Least,
    "max": Greatest,
    "mean": Mean,
    "reduce": Reduce,
    "union": Union,
    "zip": Zip,
    "combine_latest": CombineLatest,
    "feedback": Feedback,
    "slice": Slice,
    "partition": Partition,
    "timed_window": TimedWindow,
    "unique": Unique,
    "event_time": EventTime,
    "buffer": Buffer,
    "delay": Buffer,
    "rate_limit": Buffer,
}
"""The class of each operator. Not here is `window`: test_windows.py has an oracle of its own."""
