"""The engine against the oracle: random graphs and inputs, pushed, pulled and run.

OUZEL_SOAK=20 runs twenty times as many examples, other ones each time.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import ouzel as oz
from ouzel import _plan
from oracle import Drawing, Failed, Machine, pull, run, snapshot
from oracle.recipes import KEYS, METHODS, Drawn, Recipe, inputs, ints, recipes, small, texts, words

SOAK = int(os.environ.get("OUZEL_SOAK", "0"))
ROOT = Path(__file__).resolve().parents[2]
BATCHES = (None, 1, 2, 7, 1024)
ROWWISE = ("map", "filter", "remove", "flat_map", "flatten", "inspect", "branch", "union")

Rows = list[list[Any]]


def examples(count: int) -> Callable[[Any], Any]:
    """The settings of a property: always the same examples, unless it soaks."""
    return settings(
        max_examples=count * (SOAK or 1),
        derandomize=not SOAK,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


# ---------------------------------------------------------------------------------- outcomes


def failure(error: Exception) -> tuple[str, Any]:
    """What is compared of an exception: its type and the record."""
    if isinstance(error, Failed):
        return type(error.error).__name__, snapshot(error.record)
    record = getattr(getattr(error, "ouzel", None), "record", None)
    return type(error).__name__, snapshot(record)


class Outcome:
    """What came out: rows as they were when they came, the rows themselves, how it ended."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.rows: list[Any] = []
        self.error: tuple[str, Any] | None = None

    def take(self, row: Any) -> None:
        """What sinks call."""
        self.rows.append(row)
        self.seen.append(snapshot(row))

    def drive(self, function: Callable[[], Any]) -> Outcome:
        """Calls what drives the graph."""
        try:
            function()
        except Exception as error:
            self.error = failure(error)
        return self


def is_linear(drawing: Drawing) -> bool:
    """Whether no step is read twice: then batches fail on the row that single elements fail on."""
    read = [id(node) for step in drawing.nodes for node, _ in step.reads]
    return len(read) == len(set(read))


# ---------------------------------------------------------------------------------- pulled


def iterables(rows: Rows) -> list[oz.Stream]:
    """Sources that are pulled."""
    return [oz.from_iterable(items) for items in rows]


def as_lines(rows: Rows, folder: Path) -> list[oz.Stream] | None:
    """The same as lines of files, which are columns of text; None when the rows are no lines."""
    sources = []
    for place, items in enumerate(rows):
        if not items or not all(type(row) is str for row in items):
            return None
        text = "".join(f"{row}\n" for row in items)
        is_lines = "\r" not in text and text.count("\n") == len(items)
        if not is_lines or any("\ud800" <= letter <= "\udfff" for letter in text):
            return None
        path = folder / f"{place}.txt"
        path.write_bytes(text.encode())
        sources.append(oz.from_text(path))
    return sources


def as_columns(rows: Rows) -> list[oz.Stream] | None:
    """The same as columns of Arrow; None when the rows are not of one of its types."""
    pa = pytest.importorskip("pyarrow")
    sources = []
    for items in rows:
        types = {type(row) for row in items if row is not None}
        if len(types) != 1 or not types <= {int, float, str, bool}:
            return None
        try:
            column = pa.array(items)
        except (ValueError, OverflowError):
            return None
        sources.append(oz.from_arrow(pa.table({"x": column})["x"]))
    return sources


def expected_of(recipe: Recipe, rows: Rows, place: int) -> tuple[Outcome, Drawing]:
    """What the oracle says of one output."""
    sources = iterables(rows)
    stream = recipe.draw(sources)[place]
    expected = Outcome()
    expected.drive(lambda: pull(stream, dict(zip(sources, rows)), expected.take))
    return expected, Drawing([stream])


def pulled_by_for(stream: oz.Stream) -> Outcome:
    """One element at a time."""
    got = Outcome()

    def drive() -> None:
        for row in stream:
            got.take(row)

    return got.drive(drive)


def pulled_by_list(stream: oz.Stream, batch: int | None) -> Outcome:
    """In batches."""
    got = Outcome()
    return got.drive(lambda: got.rows.extend(stream.to_list(batch=batch)))


def check_list(expected: Outcome, got: Outcome, is_strict: bool) -> None:
    """Compares what to_list() gave: rows as they are at the end, or the failure."""
    if expected.error is None:
        assert got.error is None
        assert snapshot(got.rows) == snapshot(expected.rows)
    elif is_strict:
        assert got.error == expected.error
    else:
        assert got.error is not None


def check_pulls(recipe: Recipe, rows: Rows, place: int) -> None:
    """One output, pulled every way, gives what the oracle says."""
    expected, drawing = expected_of(recipe, rows, place)
    got = pulled_by_for(recipe.draw(iterables(rows))[place])
    assert (got.seen, got.error) == (expected.seen, expected.error)
    for batch in BATCHES:
        got = pulled_by_list(recipe.draw(iterables(rows))[place], batch)
        check_list(expected, got, batch == 1 or is_linear(drawing))
    with tempfile.TemporaryDirectory() as folder:
        for sources in (as_lines(rows, Path(folder)), as_columns(rows)):
            if sources is not None:
                got = pulled_by_list(recipe.draw(sources)[place], None)
                check_list(expected, got, is_linear(drawing))


@examples(250)
@given(recipes(), inputs())
def test_pulled(recipe: Recipe, rows: list[Any]) -> None:
    for place in range(len(recipe.outputs)):
        check_pulls(recipe, [rows], place)


@examples(60)
@given(recipes(), inputs((words, texts)))
def test_pulled_text(recipe: Recipe, rows: list[Any]) -> None:
    for place in range(len(recipe.outputs)):
        check_pulls(recipe, [rows], place)


@examples(60)
@given(recipes(), inputs((small, ints, st.floats())))
def test_pulled_numbers(recipe: Recipe, rows: list[Any]) -> None:
    for place in range(len(recipe.outputs)):
        check_pulls(recipe, [rows], place)


# ---------------------------------------------------------------------------------- queues

INLINE = ("map", "filter", "flat_map", "accumulate", "stateful", "key_by", "count", "sum", "max")
INLINE += ("slice", "first", "partition", "unique")
CHANGING = ("collect", "self")  # a list that goes on changing while it waits in a queue


def draw_queued(steps: list[Drawn], queues: list[int], source: oz.Stream) -> oz.Stream:
    """A chain with a queue of so many rows (0: none) before each step, and one at the end."""
    for step, queue in zip([*steps, None], queues):
        source = source.buffer(queue) if queue else source
        source = METHODS[step.method].draw([source], step) if step else source
    return source


@examples(100)
@given(
    recipes(methods=INLINE, policies=("skip",)),
    st.lists(st.sampled_from((0, 1, 2, 5, 1000)), min_size=8, max_size=8),
    inputs(),
)
def test_queues_change_nothing(recipe: Recipe, queues: list[int], rows: list[Any]) -> None:
    steps = list(recipe.steps)
    assume(not any(step.choice in CHANGING for step in steps))
    source = oz.from_iterable(rows)
    expected = Outcome()
    pull(draw_queued(steps, [0] * 8, source), {source: rows}, expected.take)
    got = pulled_by_for(draw_queued(steps, queues, oz.from_iterable(rows)))
    assert (got.seen, got.error) == (expected.seen, None)
    for batch in BATCHES:
        got = pulled_by_list(draw_queued(steps, queues, oz.from_iterable(rows)), batch)
        check_list(expected, got, True)


# ---------------------------------------------------------------------------------- run


def check_run(recipe: Recipe, rows: Rows, batch: int | None) -> None:
    """All outputs at once, each into a sink of its own."""
    expected, got = [[Outcome() for _ in recipe.outputs] for _ in "ab"]
    sources = iterables(rows)
    sinks = [s.sink(o.take) for s, o in zip(recipe.draw(sources), expected)]
    told = Outcome().drive(lambda: run(Drawing(sinks), dict(zip(sources, rows))))
    sinks = [s.sink(o.take) for s, o in zip(recipe.draw(iterables(rows)), got)]
    said = Outcome().drive(lambda: oz.run(*sinks, batch=batch))
    is_strict = batch == 1 or is_linear(Drawing(sinks))
    assert said.error == told.error or not is_strict and said.error and told.error
    if is_strict or told.error is None:
        assert [o.seen for o in got] == [o.seen for o in expected]


@examples(120)
@given(recipes(), inputs(), st.sampled_from((None, 1, 3)))
def test_run(recipe: Recipe, rows: list[Any], batch: int | None) -> None:
    check_run(recipe, [rows], batch)


# ---------------------------------------------------------------------------------- pushed

Script = list[tuple[str, int, Any]]


def script_of(rows: Rows, places: list[int], flush_at: int) -> Script:
    """Elements of the sources, in the order that `places` says, one flush, and the ends."""
    script: Script = []
    waiting = [list(reversed(items)) for items in rows]
    for place in [*places, *(p for p in range(len(rows)) for _ in rows[p])]:
        items = waiting[place % len(rows)]
        if items:
            script.append(("emit", place % len(rows), items.pop()))
    at = flush_at % (len(script) + 1)
    script[at:at] = [("flush", place, None) for place in range(len(rows))]
    return script + [("close", place, None) for place in range(len(rows))]


class Log:
    """What all sinks of a pushed graph saw, in one order, and what each action raised."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def sink(self, number: int) -> Callable[[Any], None]:
        """The function of one sink."""
        return lambda row: self.events.append((number, snapshot(row)))

    def drive(self, script: Script, act: Callable[[str, int, Any], Any]) -> list[Any]:
        """Goes through the script; after a failing close there is nothing more to say."""
        for action, place, value in script:
            try:
                act(action, place, value)
            except Exception as error:
                self.events.append((action, *failure(error)))
                if action != "emit":
                    break
        return self.events


def expected_push(recipe: Recipe, script: Script) -> list[Any]:
    """What the oracle says of a pushed graph."""
    log = Log()
    sources = [oz.Stream() for _ in range(recipe.sources)]
    for number, stream in enumerate(recipe.draw(sources)):
        stream.sink(log.sink(number))
    machine = Machine(Drawing(sources))
    acts = {
        "emit": lambda place, value: machine.give(sources[place], value),
        "flush": lambda place, value: machine.flush() if place == 0 else None,
        "close": lambda place, value: machine.end(sources[place]),
    }
    return log.drive(script, lambda action, place, value: acts[action](place, value))


def pushed(recipe: Recipe, script: Script) -> list[Any]:
    """The same, pushed."""
    log = Log()
    sources = [oz.Stream() for _ in range(recipe.sources)]
    for number, stream in enumerate(recipe.draw(sources)):
        stream.sink(log.sink(number))

    def act(action: str, place: int, value: Any) -> None:
        method = getattr(sources[place], action)
        method(value) if action == "emit" else method()

    return log.drive(script, act)


@examples(300)
@given(recipes(), inputs(), st.integers(0, 20))
def test_pushed(recipe: Recipe, rows: list[Any], flush_at: int) -> None:
    script = script_of([rows], [], flush_at)
    assert pushed(recipe, script) == expected_push(recipe, script)


@examples(150)
@given(recipes(2), inputs(), inputs(), st.lists(st.integers(0, 1), max_size=30), st.integers(0, 9))
def test_two_pushed(
    recipe: Recipe, first: list[Any], second: list[Any], places: list[int], flush_at: int
) -> None:
    script = script_of([first, second], places, flush_at)
    assert pushed(recipe, script) == expected_push(recipe, script)


@examples(120)
@given(recipes(), recipes(), inputs(), inputs())
def test_drawn_further(
    before: Recipe, after: Recipe, first: list[Any], second: list[Any]
) -> None:
    def draw(log: Log, number: int, recipe: Recipe, source: oz.Stream) -> None:
        for place, stream in enumerate(recipe.draw([source])):
            stream.sink(log.sink(number + place))

    def script(values: list[Any]) -> Script:
        return [("emit", 0, value) for value in values]

    expected, source = Log(), oz.Stream()
    draw(expected, 0, before, source)
    machine = Machine(Drawing([source]))
    expected.drive(script(first), lambda action, place, value: machine.give(source, value))
    draw(expected, 10, after, source)
    further = machine.redraw(Drawing([source]))
    expected.drive(script(second), lambda action, place, value: further.give(source, value))

    got, source = Log(), oz.Stream()
    draw(got, 0, before, source)
    got.drive(script(first), lambda action, place, value: source.emit(value))
    draw(got, 10, after, source)
    got.drive(script(second), lambda action, place, value: source.emit(value))
    assert got.events == expected.events


# ---------------------------------------------------------------------------------- emit inside


class Emits:
    """What a step calls to emit: into the engine, or into the oracle."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.emit: Callable[[Any], Any] = lambda value: None

    def down(self, value: Any) -> None:
        """A number emits all that are one less, halved, ..."""
        self.log.events.append(("inside", snapshot(value)))
        if value > 0:
            self.emit(value - 1)
            self.emit(value // 2)


@examples(120)
@given(
    recipes(methods=(*ROWWISE, "count", "partition", "zip"), policies=("skip",)),
    st.lists(small, max_size=5),
    st.booleans(),
)
def test_emit_inside(recipe: Recipe, rows: list[int], first: bool) -> None:
    def draw(log: Log) -> tuple[oz.Stream, Emits]:
        source, emits = oz.Stream(), Emits(log)
        if first:
            source.sink(emits.down)
        for number, stream in enumerate(recipe.draw([source])):
            stream.sink(log.sink(number))
        if not first:
            source.map(lambda x: x).sink(emits.down)
        return source, emits

    expected = Log()
    source, emits = draw(expected)
    machine = Machine(Drawing([source]))
    emits.emit = lambda value: machine.give(source, value)
    for row in rows:
        machine.give(source, row)
    got = Log()
    source, emits = draw(got)
    emits.emit = source.emit
    for row in rows:
        source.emit(row)
    assert got.events == expected.events


# ---------------------------------------------------------------------------------- several sources


def order_promised(recipe: Recipe, drawing: Drawing) -> str:
    """What is promised of a graph over independent sources: "rows", "multiset", or nothing."""
    if not any(node.op in ("union", "combine_latest") for node in drawing.nodes):
        return "rows"
    if all(step.method in ROWWISE for step in recipe.steps):
        return "multiset"
    return ""


def is_promised(promise: str, expected: list[Any], got: list[Any]) -> bool:
    """Whether rows are those that were expected, as far as their order is promised."""
    if promise == "multiset":
        return Counter(map(repr, got)) == Counter(map(repr, expected))
    return got == expected


@examples(150)
@given(recipes(3), inputs(), inputs(), inputs(), st.sampled_from(BATCHES))
def test_three_pulled(
    recipe: Recipe, a: list[Any], b: list[Any], c: list[Any], batch: int | None
) -> None:
    rows = [a, b, c]
    for place in range(len(recipe.outputs)):
        expected, drawing = expected_of(recipe, rows, place)
        promise = order_promised(recipe, drawing)
        if expected.error is None and promise:
            got = pulled_by_for(recipe.draw(iterables(rows))[place])
            assert got.error is None and is_promised(promise, expected.seen, got.seen)
            got = pulled_by_list(recipe.draw(iterables(rows))[place], batch)
            if got.error is None:  # a zip ended, but the batch read on
                seen = [snapshot(row) for row in got.rows]
                assert is_promised(promise, [snapshot(row) for row in expected.rows], seen)


@examples(60)
@given(recipes(3, ROWWISE), inputs(), inputs(), inputs(), st.sampled_from(BATCHES))
def test_three_united(
    recipe: Recipe, a: list[Any], b: list[Any], c: list[Any], batch: int | None
) -> None:
    test_three_pulled.hypothesis.inner_test(recipe, a, b, c, batch)


# ---------------------------------------------------------------------------------- final by key

AGGREGATES = ("count", "sum", "min", "max", "mean", "reduce")


@examples(80)
@given(
    recipes(methods=ROWWISE),
    st.sampled_from(AGGREGATES),
    st.sampled_from(sorted(KEYS)),
    inputs(),
    st.sampled_from(BATCHES),
)
def test_final_by_key(
    recipe: Recipe, method: str, key: str, rows: list[Any], batch: int | None
) -> None:
    steps = (
        Drawn("key_by", (recipe.outputs[0],), key, "skip"),
        Drawn(method, (recipe.size,), "pair", "fail" if method == "count" else "skip", final=True),
        Drawn("map", (recipe.size + 1,), "pair"),
    )
    final = Recipe(1, recipe.steps + steps, (recipe.size + 2,))
    expected, _ = expected_of(final, [rows], 0)
    got = pulled_by_list(final.draw(iterables([rows]))[0], batch)
    assert got.error == expected.error or batch != 1 and got.error and expected.error
    if expected.error is None:
        assert Counter(map(repr, map(snapshot, got.rows))) == Counter(map(repr, expected.seen))


# ---------------------------------------------------------------------------------- loops

LOOPS: dict[str, Callable[[oz.Stream], oz.Stream]] = {
    "down": lambda s: s.map(lambda x: x - 1).filter(lambda x: x > 0),
    "children": lambda s: s.flat_map(range),
    "halves": lambda s: s.filter(lambda x: x > 1).map(lambda x: x // 2),
    "new": lambda s: s.unique().flat_map(lambda x: [x // 2, x // 3]),
}
INSIDE = ("map", "filter", "flat_map", "inspect", "count", "sum", "union", "zip", "partition")


def draw_loop(kind: str, into_map: bool, recipe: Recipe, source: oz.Stream) -> list[oz.Stream]:
    """A loop into the source, or into a step below it; then the recipe from there."""
    into = source.map(lambda x: x) if into_map else source
    LOOPS[kind](into).feedback(into)
    return recipe.draw([into])


@examples(120)
@given(
    st.sampled_from(sorted(LOOPS)),
    st.booleans(),
    recipes(methods=INSIDE),
    st.lists(st.integers(0, 5), max_size=6),
)
def test_loops(kind: str, into_map: bool, recipe: Recipe, rows: list[int]) -> None:
    source = oz.from_iterable(rows)
    stream = draw_loop(kind, into_map, recipe, source)[0]
    expected = Outcome()
    expected.drive(lambda: pull(stream, {source: rows}, expected.take))
    for batch in BATCHES:
        stream = draw_loop(kind, into_map, recipe, oz.from_iterable(rows))[0]
        check_list(expected, pulled_by_list(stream, batch), batch == 1)
    got = pulled_by_for(draw_loop(kind, into_map, recipe, oz.from_iterable(rows))[0])
    assert (got.seen, got.error) == (expected.seen, expected.error)


# ---------------------------------------------------------------------------------- identity


@examples(60)
@given(recipes(methods=("filter", "inspect", "union", "slice"), policies=("skip",)), st.booleans())
def test_what_passes_is_the_very_object(recipe: Recipe, by_list: bool) -> None:
    rows = [1.5, "text", (1, 2), [3], {}, object(), 2**80, None] * 2
    source = oz.from_iterable(rows)
    expected: list[Any] = []
    pull(recipe.draw([source])[0], {source: rows}, expected.append)
    stream = recipe.draw([oz.from_iterable(rows)])[0]
    got = stream.to_list() if by_list else list(stream)
    assert list(map(id, got)) == list(map(id, expected))


# ---------------------------------------------------------------------------------- case folders


def load_script(name: str) -> Any:
    """A program of tools/ as a module."""
    loader = SourceFileLoader(name.replace("-", "_"), str(ROOT / "tools" / name))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module


run_cases = load_script("run-cases")


@pytest.mark.parametrize("name", [case.name for case in run_cases.all_cases([])])
def test_the_oracle_itself_passes_the_cases(name: str) -> None:
    (case,) = run_cases.all_cases([name])
    rows = [run_cases.script(items) for items in case.inputs.values()]
    sources = iterables(rows)
    stream = case.plan(*sources)
    if any(step._op == "window" for step in _plan.ancestors([stream])):
        pytest.skip("test_windows.py has an oracle for windows")
    out = Outcome()
    out.drive(lambda: pull(stream, dict(zip(sources, rows)), out.take))
    error = case.expected[-1].split()[1].rstrip(":") if case.wants_error else None
    assert error == (out.error[0] if out.error else None)
    lines = sorted(repr(run_cases.literal(line)) for line in case.expected if line[0] != "!")
    assert sorted(map(repr, out.rows)) == lines
