"""Windows of event time against a naive implementation that keeps every row.

Random times, keys, sizes, hops, lateness and grace; whatever comes out must be what the naive one
gives, row by row, however rows are batched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ouzel as oz

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
AGGREGATES: dict[str, Callable[[list[int]], Any]] = {
    "count": len,
    "sum": sum,
    "min": min,
    "max": max,
    "mean": lambda values: sum(values) / len(values),
}
BATCHES = (1, 7, 1000)

Row = tuple[str, float, int]  # key, time, value


@dataclass(frozen=True)
class Plan:
    """What is drawn."""

    size: float
    hop: float
    aggregate: str
    emit: str
    lateness: float
    late: str
    grace: float
    keyed: bool

    def timed(self, source: oz.Stream) -> oz.Stream:
        """The rows with their times."""
        return source.event_time(lambda row: row[1], lateness=self.lateness, late=self.late)

    def windows(self, timed: oz.Stream) -> oz.Stream:
        """What is made of the rows."""
        rows = timed.key_by(lambda row: row[0]) if self.keyed else timed
        windows = rows.map(lambda row: row[2]).hopping(self.size, self.hop, self.grace)
        made: oz.Stream = getattr(windows, self.aggregate)()
        return made.final() if self.emit == "final" else made.current()


@dataclass
class Naive:
    """The same, row by row, with every row of every open window at hand."""

    plan: Plan
    results: list[tuple[Any, ...]] = field(default_factory=list)
    late_times: list[Row] = field(default_factory=list)
    late_rows: list[int] = field(default_factory=list)
    open: dict[int, dict[Any, list[int]]] = field(default_factory=dict)
    watermark: Fraction | None = None
    greatest: Fraction | None = None

    def run(self, rows: list[Row]) -> Naive:
        """All rows, and the end."""
        for row in rows:
            self.take(row)
        self.close(lambda window: True)
        return self

    def end(self, window: int) -> Fraction:
        return window * Fraction(self.plan.hop) + Fraction(self.plan.size)

    def is_closed(self, window: int) -> bool:
        grace = Fraction(self.plan.grace)
        return self.watermark is not None and self.end(window) + grace <= self.watermark

    def take(self, row: Row) -> None:
        key, time, value = row
        if self.watermark is not None and time < self.watermark and self.plan.late == "split":
            self.late_times.append(row)
            return
        self.add(key if self.plan.keyed else None, Fraction(time), value)
        if self.greatest is None or time > self.greatest:
            self.greatest = Fraction(time)
            self.watermark = self.greatest - Fraction(self.plan.lateness)
        self.close(self.is_closed)

    def add(self, key: Any, time: Fraction, value: int) -> None:
        hop, size = Fraction(self.plan.hop), Fraction(self.plan.size)
        covering = range((time - size) // hop + 1, time // hop + 1)
        windows = [window for window in covering if not self.is_closed(window)]
        if not windows:
            self.late_rows.append(value)
        for window in windows:
            values = self.open.setdefault(window, {}).setdefault(key, [])
            values.append(value)
            if self.plan.emit == "current":
                self.give(key, window, values)

    def close(self, is_closed: Callable[[int], bool]) -> None:
        for window in sorted(filter(is_closed, self.open)):
            by_key = self.open.pop(window)
            if self.plan.emit == "final":
                for key, values in by_key.items():
                    self.give(key, window, values)

    def give(self, key: Any, window: int, values: list[int]) -> None:
        start = EPOCH + timedelta(microseconds=float(window * Fraction(self.plan.hop)) * 1e6)
        end = EPOCH + timedelta(microseconds=float(self.end(window)) * 1e6)
        row = {"start": start, "end": end, "value": AGGREGATES[self.plan.aggregate](values)}
        self.results.append({"key": key, **row} if self.plan.keyed else row)


quarters = st.integers(-40, 400).map(lambda n: n / 4)
sizes = st.integers(1, 40).map(lambda n: n / 4)
plans = st.builds(
    lambda size, part, **rest: Plan(size=size, hop=max(1, round(size * 4 * part)) / 4, **rest),
    size=sizes,
    part=st.sampled_from([1.0, 0.5, 0.4, 0.3, 0.1]),
    aggregate=st.sampled_from(sorted(AGGREGATES)),
    emit=st.sampled_from(["current", "final"]),
    lateness=st.sampled_from([0.0, 0.25, 3.0, 20.0]),
    late=st.just("pass"),
    grace=st.sampled_from([0.0, 0.0, 1.5, 30.0]),
    keyed=st.booleans(),
) | st.builds(
    Plan,
    size=sizes,
    hop=st.just(0.25),
    aggregate=st.sampled_from(sorted(AGGREGATES)),
    emit=st.sampled_from(["current", "final"]),
    lateness=st.sampled_from([0.0, 3.0]),
    late=st.just("split"),
    grace=st.just(0.0),
    keyed=st.booleans(),
)
rows = st.lists(st.tuples(st.sampled_from("abc"), quarters, st.integers(-9, 9)), max_size=40)


@settings(max_examples=150, deadline=None)
@given(plan=plans, rows=rows)
def test_windows_are_those_of_the_naive_implementation(plan: Plan, rows: list[Row]) -> None:
    wanted = Naive(plan).run(rows)
    for batch in BATCHES:
        timed = plan.timed(oz.from_iterable(rows))
        windows = plan.windows(timed)
        assert windows.to_list(batch=batch) == wanted.results
        if plan.late == "split":
            assert timed.late.to_list(batch=batch) == wanted.late_times
        else:
            assert windows.late.to_list(batch=batch) == wanted.late_rows


@settings(max_examples=50, deadline=None)
@given(plan=plans, rows=rows)
def test_pushed_rows_give_the_same(plan: Plan, rows: list[Row]) -> None:
    wanted = Naive(plan).run(rows)
    source = oz.Stream()
    results: list[Any] = []
    plan.windows(plan.timed(source)).sink(results.append)
    for row in rows:
        source.emit(row)
    source.close()
    assert results == wanted.results


@settings(max_examples=50, deadline=None)
@given(rows=rows, split=st.integers(0, 40))
def test_flush_gives_what_is_held_once(rows: list[Row], split: int) -> None:
    source = oz.Stream()
    results: list[Any] = []
    timed = source.event_time(lambda row: row[1], lateness=200).key_by(lambda row: row[0])
    timed.map(lambda row: row[2]).tumbling(10).count().final().sink(results.append)
    for row in rows[:split]:
        source.emit(row)
    source.flush()
    assert sum(row["value"] for row in results) == len(rows[:split])
    for row in rows[split:]:
        source.emit(row)
    source.close()
    assert sum(row["value"] for row in results) == len(rows)


def test_a_time_may_be_a_datetime() -> None:
    zone = timezone(timedelta(hours=2))
    moments = [datetime(2024, 5, 1, 12, 0, 7), datetime(2024, 5, 1, 14, 0, 9, tzinfo=zone)]
    (window,) = oz.from_iterable(moments).event_time().tumbling("1 min").count().final()
    start = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)
    assert window == {"start": start, "end": start + timedelta(minutes=1), "value": 2}


@pytest.mark.parametrize("time", [1700000000.3, 0.3, 1e-9, -0.3])
def test_a_float_is_the_time_that_it_was_meant_to_be(time: float) -> None:
    (window,) = oz.of(time).event_time().tumbling("0.1").count().final()
    assert window["start"] == EPOCH + timedelta(seconds=round(time, 1))


@pytest.mark.parametrize("time", [None, True, "noon", b"", float("nan"), 1e10, 10**30, [1]])
def test_what_is_no_time_is_a_bad_record(time: Any) -> None:
    timed = oz.of(1, time, 2).event_time(on_error="dead_letter")
    assert timed.to_list() == [1, 2]
    (dead,) = timed.dead_letters.to_list()
    assert repr(dead) == repr(time)


def test_a_row_that_cannot_be_added_changes_nothing() -> None:
    rows = [("a", 1, 5), ("a", 2, "x"), ("b", 3, "x"), ("a", 4, 6), ("a", 12, "x"), ("a", 5, 7)]
    timed = oz.from_iterable(rows).event_time(lambda row: row[1], lateness=20)
    values = timed.key_by(lambda row: row[0]).map(lambda row: row[2])
    for batch in BATCHES:
        sums = values.tumbling(10, on_error="skip").sum().final()
        assert [(row["key"], row["value"]) for row in sums.to_list(batch=batch)] == [("a", 18)]


def test_windows_take_what_adds_up_or_compares() -> None:
    texts = oz.of((1, "b"), (2, "a long text that is kept beside its slot"), (7, "c"), (11, "a"))
    timed = texts.event_time(lambda row: row[0]).map(lambda row: row[1])
    assert timed.hopping(10, 5).min().final().pluck("value").to_list() == [
        "a long text that is kept beside its slot",
        "a long text that is kept beside its slot",
        "a",
        "a",
    ]
    large = oz.of((1, 2**62), (2, 2**62), (7, 2**62)).event_time(lambda row: row[0])
    sums = large.map(lambda row: row[1]).hopping(10, 5).sum().final()
    assert sums.pluck("value").to_list() == [2**63, 3 * 2**62, 2**62]


def test_rows_of_a_window_that_do_not_go_together_are_told() -> None:
    rows = oz.of((1, 5), (7, "x")).event_time(lambda row: row[0]).map(lambda row: row[1])
    assert rows.tumbling(5).max().final().pluck("value").to_list() == [5, "x"]
    with pytest.raises(TypeError, match="not supported between"):
        rows.hopping(10, 5).max().final().to_list()


@pytest.mark.parametrize("batch", BATCHES)
def test_text_that_a_window_keeps_is_given_back(batch: int) -> None:
    texts = ["a long text that is kept beside its slot", "b" * 100, "a long text that comes later"]
    rows = oz.from_iterable(enumerate(texts)).event_time(lambda row: row[0])
    least = rows.map(lambda row: row[1]).tumbling(2).min().final().pluck("value")
    assert least.to_list(batch=batch) == [texts[0], texts[2]]


def test_a_size_that_changes_under_open_windows_is_refused() -> None:
    source = oz.Stream()
    timed = source.event_time()
    first = timed.tumbling(10, name="w").count()
    first.sink(lambda row: None)
    source.emit(1)
    first.destroy()
    timed.tumbling(20, name="w").count().sink(lambda row: None)
    with pytest.raises(oz.OuzelError, match="open windows of another size"):
        source.emit(2)


def test_results_keep_key_and_time() -> None:
    rows = [("a", 1), ("b", 2), ("a", 61), ("a", 121), ("a", 3700)]
    minutes = (
        oz.from_iterable(rows)
        .event_time(lambda row: row[1])
        .key_by(lambda row: row[0])
        .tumbling(60)
        .count()
        .final()
    )
    hours = minutes.map(lambda row: row["value"]).tumbling("1 h").sum().final()
    assert [(row["key"], row["value"]) for row in hours] == [("a", 3), ("b", 1), ("a", 1)]


def test_a_grace_without_late_rows_is_refused() -> None:
    timed = oz.of(1).event_time()
    with pytest.raises(oz.GraphError, match='late="pass"'):
        timed.tumbling(10, grace=5)
    with pytest.raises(oz.GraphError, match='late="pass"'):
        _ = timed.tumbling(10).count().late


@pytest.mark.parametrize("size, hop", [(0, 1), (-1, 1), (1, 2), (1000, 0.001)])
def test_windows_that_cannot_be_are_refused(size: float, hop: float) -> None:
    with pytest.raises(oz.GraphError):
        oz.of(1).event_time().hopping(size, hop).count().to_list()


def test_rows_without_event_time_are_refused() -> None:
    with pytest.raises(oz.StepError, match="draw event_time"):
        oz.of(1).tumbling(10).count().to_list()


def test_groups_that_leave_at_the_end_have_event_time():
    rows = oz.of((0.0, 1), (1.0, 2), (2.5, 3)).event_time(lambda row: row[0])
    windows = rows.partition(2).tumbling(1.0).count().final().to_list()
    assert [(w["start"].timestamp(), w["value"]) for w in windows] == [(1.0, 1), (2.0, 1)]
