"""Known functions over native columns, beside test_known.py: every letter there is, lines of files,
chains of them, aggregates, and rows that must leave the native path and come back.
"""

from __future__ import annotations

import functools
import operator
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ouzel as oz

pa = pytest.importorskip("pyarrow")

Function = Callable[..., Any]
LETTERS = [
    chr(code)
    for code in (*range(0x32400), *range(0xE0000, 0xE0200), 0xFFFFD, 0x100000, sys.maxunicode)
    if not 0xD800 <= code < 0xE000 and chr(code) not in "\n\r"
]
BATCHES = (None, 1, 3, 100_000)

words = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\n\r")
    | st.sampled_from("aAbB 1\t.éßİσΣ\x1c\x85\u3000"),
    max_size=10,
)
int64 = st.integers(-9, 9) | st.integers(-(2**63), 2**63 - 1)


def typed(values: Iterable[Any]) -> list[tuple[str, str]]:
    """Values with their types: 1, True and 1.0 differ, NaN does not."""
    return [(type(value).__name__, repr(value)) for value in values]


def outcome(call: Callable[[], Iterable[Any]]) -> Any:
    """What a call gives, or the type of what it raises."""
    try:
        return typed(call())
    except Exception as error:
        return type(error)


def column(rows: list[Any], kind: str) -> oz.Stream:
    """A source of one native column."""
    types = {"text": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_()}
    return oz.from_arrow(pa.array(rows, type=types[kind]))


def check(stream: Callable[[], oz.Stream], python: Callable[[], Iterable[Any]]) -> None:
    """The stream gives what Python gives, however its rows are batched."""
    wanted = outcome(python)
    for batch in BATCHES:
        assert outcome(lambda: stream().to_list(batch=batch)) == wanted


# ---------------------------------------------------------------------------------- every letter


@functools.cache
def every_letter() -> list[str]:
    """Each letter among ASCII ones: at the ends, where strip looks, and inside."""
    return [f"{letter}a {letter}B{letter}" for letter in LETTERS]


@pytest.fixture(scope="module")
def every_line(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as the lines of a file."""
    path = tmp_path_factory.mktemp("lines") / "letters.txt"
    path.write_bytes("".join(f"{row}\n" for row in every_letter()).encode())
    return path


METHODS = "lower upper title strip lstrip rstrip isalpha isdigit".split()


@pytest.mark.parametrize("function", [getattr(str, name) for name in METHODS] + [len, bool, str])
def test_every_letter(every_line: Path, function: Function) -> None:
    assert oz.from_text(every_line).map(function).to_list() == list(map(function, every_letter()))


@pytest.mark.parametrize("function", [str.isalpha, str.isdigit])
def test_every_letter_alone(function: Function) -> None:
    assert column(LETTERS, "text").filter(function).to_list() == list(filter(function, LETTERS))


def test_words_of_every_letter(every_line: Path) -> None:
    split = [word for row in every_letter() for word in row.split()]
    assert oz.from_text(every_line).flat_map(str.split).to_list() == split
    for function in (int, float):
        digits = [letter for letter in LETTERS if is_number(function, letter)]
        got = column(LETTERS, "text").map(function, on_error="skip").to_list()
        assert typed(got) == typed(map(function, digits))


def is_number(function: Function, text: str) -> bool:
    """Whether int or float takes the text."""
    try:
        function(text)
    except ValueError:
        return False
    return True


# ---------------------------------------------------------------------------------- chains

CHAINED: dict[str, tuple[Function, tuple[Any, ...]]] = {
    "lower": (str.lower, ()),
    "upper": (str.upper, ()),
    "title": (str.title, ()),
    "strip": (str.strip, ()),
    "lstrip of a": (str.lstrip, ("aA",)),
    "rstrip of b": (str.rstrip, ("bB ",)),
    "replace": (str.replace, ("a", "éa")),
    "replace nothing": (str.replace, ("", "-", 2)),
    "twice": (operator.mul, (2,)),
    "add": (operator.add, ("z",)),
    "format": ("<{}>".format, ()),
    "method": (operator.methodcaller("replace", " ", ""), ()),
    "str": (str, ()),
}
ENDS: dict[str, tuple[Function, tuple[Any, ...]]] = {
    "len": (len, ()),
    "bool": (bool, ()),
    "split": (str.split, ()),
    "split at a": (str.split, ("a", 1)),
    "starts": (str.startswith, ("A",)),
    "ends": (str.endswith, (("b", "B"),)),
    "alpha": (str.isalpha, ()),
    "first": (operator.itemgetter(0), ()),
    "less": (operator.lt, ("m",)),
    "equal": (operator.eq, ("A",)),
}


def chained(row: Any, steps: list[str]) -> Any:
    """The row after all steps."""
    for step in steps:
        function, args = {**CHAINED, **ENDS}[step]
        row = function(row, *args)
    return row


@settings(max_examples=100, deadline=None, database=None)
@given(
    st.lists(words | st.none(), max_size=20),
    st.lists(st.sampled_from(sorted(CHAINED)), max_size=4),
    st.sampled_from(sorted(ENDS)),
)
def test_chains(rows: list[Any], steps: list[str], end: str) -> None:
    def draw(source: oz.Stream) -> oz.Stream:
        for step in [*steps, end]:
            function, args = {**CHAINED, **ENDS}[step]
            source = source.map(function, *args)
        return source

    python = outcome(lambda: [chained(row, [*steps, end]) for row in rows])
    is_sure = not isinstance(python, type)  # of several failing rows a batch may tell another
    for batch in BATCHES if is_sure else (1,):
        got = outcome(lambda: draw(column(rows, "text")).to_list(batch=batch))
        assert got == python
    assert isinstance(outcome(draw(column(rows, "text")).to_list), type) != is_sure


@settings(max_examples=60, deadline=None, database=None)
@given(st.lists(int64 | st.none(), max_size=20), st.integers(-3, 2**63), st.integers(1, 7))
def test_numbers_leave_64_bits_and_come_back(rows: list[Any], by: int, over: int) -> None:
    kept = [row for row in rows if row is not None]
    stream = lambda: (  # noqa: E731
        column(rows, "int")
        .filter(operator.is_not, None)
        .map(operator.mul, by)
        .map(operator.add, 1)
        .map(operator.floordiv, over)
        .map(str)
    )
    check(stream, lambda: [str((row * by + 1) // over) for row in kept])


# ---------------------------------------------------------------------------------- truth and None


@settings(max_examples=60, deadline=None, database=None)
@given(
    st.sampled_from(["text", "int", "float", "bool"]).flatmap(
        lambda kind: st.tuples(
            st.just(kind),
            st.lists(
                st.none()
                | {"text": words, "int": int64, "float": st.floats(), "bool": st.booleans()}[kind],
                max_size=20,
            ),
        )
    )
)
def test_truth(kind_and_rows: tuple[str, list[Any]]) -> None:
    kind, rows = kind_and_rows
    check(lambda: column(rows, kind).filter(None), lambda: list(filter(None, rows)))
    check(lambda: column(rows, kind).remove(None), lambda: [row for row in rows if not row])
    check(lambda: column(rows, kind).map(bool), lambda: list(map(bool, rows)))
    check(lambda: column(rows, kind).map(str), lambda: list(map(str, rows)))
    check(lambda: column(rows, kind).filter(operator.truth), lambda: list(filter(None, rows)))


@pytest.mark.parametrize("function", [len, int, float, str.lower, operator.neg, str.split])
def test_none_is_no_value_of_these(function: Function) -> None:
    rows = {"text": ["1", None], "int": [1, None], "float": [1.5, None]}
    for kind, values in rows.items():
        wanted = outcome(lambda: [function(value) for value in values])
        assert outcome(column(values, kind).map(function).to_list) == wanted


# ---------------------------------------------------------------------------------- aggregates


def running(function: Function, rows: list[Any], start: Any = None) -> Iterator[Any]:
    """The aggregate after each row."""
    state = start
    for row in rows:
        state = row if state is None else function(state, row)
        yield state


def least(best: Any, row: Any) -> Any:
    """min() of two, the first of equal ones."""
    return row if row < best else best


def greatest(best: Any, row: Any) -> Any:
    """max() of two, the first of equal ones."""
    return row if row > best else best


AGGREGATES: dict[str, Callable[[list[Any]], list[Any]]] = {
    "sum": lambda rows: list(running(operator.add, rows, 0)),
    "min": lambda rows: list(running(least, rows)),
    "max": lambda rows: list(running(greatest, rows)),
    "count": lambda rows: list(range(1, len(rows) + 1)),
}


@pytest.mark.parametrize("name", sorted(AGGREGATES))
@settings(max_examples=60, deadline=None, database=None)
@given(st.lists(int64, max_size=20), st.lists(st.floats(), max_size=20))
def test_aggregates(name: str, ints: list[int], floats: list[float]) -> None:
    for kind, rows in (("int", ints), ("float", floats)):
        wanted = AGGREGATES[name](rows)
        check(lambda: getattr(column(rows, kind), name)(), lambda: wanted)
        check(lambda: getattr(column(rows, kind), name)().final(), lambda: wanted[-1:])


@pytest.mark.parametrize("name", sorted(AGGREGATES))
@settings(max_examples=60, deadline=None, database=None)
@given(st.lists(st.tuples(st.integers(0, 3), int64), max_size=30))
def test_aggregates_by_key(name: str, rows: list[tuple[int, int]]) -> None:
    groups: dict[int, list[int]] = {}
    for key, value in rows:
        groups.setdefault(key, []).append(value)
    source = column([key * 2**60 + value // 16 for key, value in rows], "int")
    keyed = source.key_by(operator.floordiv, 2**60)
    values = [key * 2**60 + value // 16 for key, value in rows]
    wanted: dict[int, Any] = {}
    for value in values:
        group = [v for v in values if v // 2**60 == value // 2**60]
        wanted[value // 2**60] = AGGREGATES[name](group)[-1]
    got = getattr(keyed, name)().final().to_dict()
    assert typed(sorted(got.items())) == typed(sorted(wanted.items()))


@settings(max_examples=60, deadline=None, database=None)
@given(st.lists(words, max_size=30))
def test_words_are_counted_as_by_hand(lines: list[str]) -> None:
    counts: dict[str, int] = {}
    for line in lines:
        for word in line.lower().split():
            counts[word] = counts.get(word, 0) + 1
    got = column(lines, "text").flat_map(str.split).map(str.lower).key_by().count()
    other = column(lines, "text").map(str.lower).flat_map(str.split).key_by().count()
    if all(line.lower().split() == [word.lower() for word in line.split()] for line in lines):
        assert got.to_dict() == counts
    assert other.to_dict() == other.final().to_dict() == counts


# ---------------------------------------------------------------------------------- no native rows


class Int(int):
    """An int that adds in its own way."""

    def __add__(self, other: int) -> int:
        return 1000 + int(other)

    def __str__(self) -> str:
        return "an Int"


class Text(str):
    """A str that is longer than it is, and splits in its own way."""

    def __len__(self) -> int:
        return 7

    def __getitem__(self, place: Any) -> str:
        return "item"

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = str.__hash__


OWN: list[tuple[list[Any], Function, tuple[Any, ...]]] = [
    ([1, Int(2), 3], operator.add, (1,)),
    ([1, Int(2), True], str, ()),
    ([Int(5), 2**70, 3], int, ()),
    (["a", Text("b")], len, ()),
    (["a", Text("b")], operator.itemgetter(0), ()),
    (["a", Text("a")], operator.eq, ("a",)),
    ([Text(" B "), " a "], str.strip, ()),
    ([1.5, True, Int(3)], float, ()),
]


@pytest.mark.parametrize("rows, function, args", OWN)
def test_classes_with_ways_of_their_own(
    rows: list[Any], function: Function, args: tuple[Any, ...]
) -> None:
    check(
        lambda: oz.from_iterable(rows).map(function, *args),
        lambda: [function(row, *args) for row in rows],
    )


def test_surrogates_stay_what_they_are() -> None:
    rows = ["\ud800", "a\udfff", "\ud83d\ude00"]
    for function in (str.lower, str.upper, str.strip, len, str.isalpha, str, str.title):
        check(lambda: oz.from_iterable(rows).map(function), lambda: map(function, rows))
    assert oz.from_iterable(rows).key_by().count().final().to_dict() == dict.fromkeys(rows, 1)
