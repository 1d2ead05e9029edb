"""Known functions run natively with exactly the results of Python, whatever the rows are."""

import operator
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import ouzel as oz

pytest.importorskip("pyarrow")
import pyarrow as pa

WHITE = "".join(chr(c) for c in range(sys.maxunicode + 1) if chr(c).isspace())

letters = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from(WHITE),
        st.sampled_from("abcXYZ019 _-.,éßİıſΣσςǅﬁ\x1c\x85\u2028\x00"),
    ),
    max_size=12,
)
texts = st.lists(letters, max_size=30)
nullable_texts = st.lists(st.one_of(st.none(), letters), max_size=30)
int64 = st.integers(-(2**63), 2**63 - 1)
numbers = st.lists(st.one_of(st.integers(-5, 5), int64), max_size=30)
floats = st.lists(st.floats(), max_size=30)


def native(rows, kind):
    """The rows as a native column, so that kernels run."""
    return oz.from_arrow(pa.array(rows, type=kind))


def outcome(call):
    """What a call gives: rows with their types, or the type of the exception."""
    try:
        return [(type(x).__name__, repr(x)) for x in call()]
    except Exception as error:
        return type(error)


def check(rows, kind, func, *args):
    """map, filter and flat_map over a native column and over objects are as in Python."""
    python = lambda: [func(x, *args) for x in rows]
    assert outcome(native(rows, kind).map(func, *args).to_list) == outcome(python)
    assert outcome(oz.from_iterable(rows).map(func, *args).to_list) == outcome(python)
    keep = lambda: [x for x in rows if func(x, *args)]
    assert outcome(native(rows, kind).filter(func, *args).to_list) == outcome(keep)
    drop = lambda: [x for x in rows if not func(x, *args)]
    assert outcome(native(rows, kind).remove(func, *args).to_list) == outcome(drop)


UNARY = ["lower", "upper", "strip", "lstrip", "rstrip", "title", "isalpha", "isdigit", "isspace"]


@pytest.mark.parametrize("name", [*UNARY, "casefold", "swapcase", "isupper", "capitalize"])
@settings(max_examples=120, deadline=None)
@given(rows=texts)
@example(rows=["", " ", "aB", "ÀÉ", "straße", "İ", "ΑΣ", "\x85a\u2003", "\x1cb", "9", "٣", "²"])
def test_methods_of_str(name, rows):
    check(rows, pa.string(), getattr(str, name))


@settings(max_examples=60, deadline=None)
@given(rows=nullable_texts)
def test_none_among_text(rows):
    for func in (str.lower, str.strip, len, str, bool):
        check(rows, pa.string(), func)


@settings(max_examples=150, deadline=None)
@given(rows=texts, chars=st.one_of(st.none(), letters))
def test_strip_with_characters(rows, chars):
    for func in (str.strip, str.lstrip, str.rstrip):
        check(rows, pa.string(), func, chars)


@settings(max_examples=150, deadline=None)
@given(rows=texts, sep=st.one_of(st.none(), letters), most=st.integers(-2, 3))
def test_split(rows, sep, most):
    for args in ((), (sep,), (sep, most)):
        python = lambda: [word for row in rows for word in row.split(*args)]
        assert outcome(native(rows, pa.string()).flat_map(str.split, *args).to_list) == outcome(
            python
        )
        assert outcome(native(rows, pa.string()).map(str.split, *args).to_list) == outcome(
            lambda: [row.split(*args) for row in rows]
        )


def test_every_white_space_of_unicode():
    rows = [f"a{c}b{c}" for c in WHITE]
    rows += [f"a{chr(c)}b" for c in range(0x3000)]
    s = native(rows, pa.string())
    assert s.flat_map(str.split).to_list() == [word for row in rows for word in row.split()]
    assert s.map(str.strip).to_list() == [row.strip() for row in rows]
    assert s.map(str.lower).to_list() == [row.lower() for row in rows]
    assert s.map(str.upper).to_list() == [row.upper() for row in rows]
    assert s.map(str.title).to_list() == [row.title() for row in rows]


@settings(max_examples=100, deadline=None)
@given(rows=texts, part=letters, other=letters)
def test_startswith_endswith_replace(rows, part, other):
    check(rows, pa.string(), str.startswith, part)
    check(rows, pa.string(), str.endswith, part)
    check(rows, pa.string(), str.replace, part, other)
    check(rows, pa.string(), operator.methodcaller("replace", part, other))
    check(rows, pa.string(), operator.add, part)
    check(rows, pa.string(), operator.eq, part)
    check(rows, pa.string(), operator.lt, part)


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(
        st.one_of(
            st.integers().map(str),
            st.floats().map(str),
            st.text("0123456789+-_.eE \tinfaxo١", max_size=8),
            st.integers().map(lambda n: f" {n:_}\n"),
        ),
        max_size=6,
    )
)
@example(rows=["1_0", " 12 ", "+5", "-0", "٣", "", "9223372036854775807", "9223372036854775808"])
@example(rows=["1e5", "nan", "-inf", "1_0.5", " .5 ", "0x10", "1e400", "infinity"])
def test_int_and_float_of_text(rows):
    check(rows, pa.string(), int)
    check(rows, pa.string(), float)
    check(rows, pa.string(), bool)
    check(rows, pa.string(), len)
    check(rows, pa.string(), str)


NUMERIC = ["add", "sub", "mul", "floordiv", "mod", "truediv", "pow", "and_", "or_", "xor"]
COMPARE = ["eq", "ne", "lt", "le", "gt", "ge"]


@pytest.mark.parametrize("name", [*NUMERIC, *COMPARE])
@settings(max_examples=80, deadline=None)
@given(rows=numbers, other=st.one_of(st.integers(-3, 3), int64, st.integers(-(2**70), 2**70)))
@example(rows=[2**63 - 1, -(2**63), 0, -7], other=1)
@example(rows=[2**63 - 1, -(2**63), 0, -7], other=-1)
@example(rows=[-(2**63)], other=-(2**63))
def test_operators_on_integers(name, rows, other):
    if name == "pow" and abs(other) > 100:
        other %= 5
    check(rows, pa.int64(), getattr(operator, name), other)


@pytest.mark.parametrize("name", [*NUMERIC[:6], *COMPARE])
@settings(max_examples=80, deadline=None)
@given(rows=floats, other=st.one_of(st.floats(), st.integers(-3, 3), st.integers()))
def test_operators_on_floats(name, rows, other):
    check(rows, pa.float64(), getattr(operator, name), other)


@pytest.mark.parametrize("name", ["neg", "pos", "not_", "truth", "abs", "invert", "index"])
@settings(max_examples=40, deadline=None)
@given(rows=numbers)
def test_unary_operators(name, rows):
    check(rows, pa.int64(), getattr(operator, name))


@settings(max_examples=100, deadline=None)
@given(rows=numbers, reals=floats, flags=st.lists(st.booleans(), max_size=9))
def test_conversions(rows, reals, flags):
    for func in (int, float, str, bool, abs, len):
        check(rows, pa.int64(), func)
        check(reals, pa.float64(), func)
        check(flags, pa.bool_(), func)


@settings(max_examples=80, deadline=None)
@given(rows=st.lists(st.tuples(letters, int64), max_size=20))
def test_format_of_columns(rows):
    numbers = pa.array([n for _, n in rows], pa.int64())
    table = pa.table({"word": [w for w, _ in rows], "n": numbers})
    for text in ("{} => {}", "{1}-{0}", "{{}}{}{}", "{0!r} {1:>5}", "", "{} {} {}", "{"):
        assert outcome(oz.from_arrow(table).starmap(text.format).to_list) == outcome(
            lambda: [text.format(*row) for row in rows]
        )
        assert outcome(oz.from_iterable(rows).starmap(text.format).to_list) == outcome(
            lambda: [text.format(*row) for row in rows]
        )
    counts = oz.from_iterable([w for w, _ in rows]).key_by().count()
    assert counts.starmap("{} => {}".format).to_list() == [
        f"{w} => {n}" for w, n in counts.to_list()
    ]


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(int64, int64), max_size=20))
def test_starmap_of_operators(rows):
    table = pa.table({"a": [a for a, _ in rows], "b": [b for _, b in rows]})
    table = table.cast(pa.schema([("a", pa.int64()), ("b", pa.int64())]))
    for func in (operator.add, operator.mul, operator.lt, operator.floordiv, max, pow):
        if func is pow:
            continue
        assert outcome(oz.from_arrow(table).starmap(func).to_list) == outcome(
            lambda: [func(*row) for row in rows]
        )


def test_itemgetter():
    rows = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    table = pa.Table.from_pylist(rows)
    for key in ("a", "b", "missing"):
        get = operator.itemgetter(key)
        assert outcome(oz.from_arrow(table).map(get).to_list) == outcome(
            lambda: [get(row) for row in rows]
        )
    both = operator.itemgetter("b", "a")
    assert oz.from_arrow(table).map(both).to_list() == [("x", 1), ("y", 2)]
    words = ["abc", "de"]
    assert native(words, pa.string()).map(operator.itemgetter(1)).to_list() == ["b", "e"]
    assert native(words, pa.string()).map(operator.itemgetter(slice(1, None))).to_list() == [
        "bc",
        "e",
    ]


def test_numbers_that_are_objects_pass_as_they_are():
    rows = [10**6 + i for i in range(100)]
    kept = oz.from_iterable(rows).filter(operator.lt, 10**6 + 50).to_list()
    assert all(x is y for x, y in zip(kept, rows[:50], strict=True))
    mixed = [*range(50), 2**70, 1.5, True, *range(50)]
    assert outcome(oz.from_iterable(mixed).map(operator.add, 1).to_list) == outcome(
        lambda: [x + 1 for x in mixed]
    )


def test_subclasses_are_python():
    class Loud(str):
        def lower(self):
            return "loud"

        def __len__(self):
            return 99

    rows = [Loud("ABC"), "DEF"]
    assert oz.from_iterable(rows).map(str.lower).to_list() == ["abc", "def"]
    assert oz.from_iterable(rows).map(len).to_list() == [99, 3]
    assert oz.from_iterable([True, 2]).map(str).to_list() == ["True", "2"]


def test_rows_of_the_wrong_type_raise_as_in_python():
    for rows, func in (([1], str.lower), ([b"a"], str.lower), ([None], len), (["a"], operator.neg)):
        python = outcome(lambda: [func(x) for x in rows])
        assert outcome(oz.from_iterable(rows).map(func).to_list) == python
        assert outcome(oz.from_arrow(pa.array(rows)).map(func).to_list) == python


def test_errors_name_the_row():
    with pytest.raises(ValueError, match="invalid literal") as caught:
        native(["1", "2", "x", "4"], pa.string()).map(int, name="number").to_list()
    assert caught.value.ouzel.record == "x"
    assert native(["1", "x", "3"], pa.string()).map(int, on_error="skip").to_list() == [1, 3]
    got = native(["1", "x", "3"], pa.string()).map(int, on_error="dead_letter").dead_letters
    assert got.to_list() == ["x"]


@pytest.mark.parametrize("n", [10, 1000, 5000])
def test_left_over_rows_at_any_density(n):
    for every in (1, 2, 3, 50, 10**6):
        rows = [f"ROW {i}" + ("É" if i % every == 0 else "") for i in range(n)]
        s = native(rows, pa.string())
        assert s.map(str.lower).to_list() == [row.lower() for row in rows]
        assert s.map(str.lower).map(str.upper).map(len).to_list() == list(map(len, rows))
        assert s.filter(str.isupper).to_list() == [row for row in rows if row.isupper()]
        big = [2**62 * (i % every == 0) + i for i in range(n)]
        assert native(big, pa.int64()).map(operator.mul, 4).to_list() == [4 * x for x in big]


def test_explain_says_what_is_native():
    s = oz.from_text("x").map(str.lower).map(str.casefold).map(lambda x: x)
    lines = s.explain().splitlines()
    assert "native" in lines[0]
    assert "Python" in lines[-1]
