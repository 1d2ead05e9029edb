"""Keys: equal in Python means equal here, and what comes back is what went in."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ouzel as oz

plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-3, max_value=3),
    st.floats(),
    st.sampled_from([0.0, -0.0, 1.0, 2.0**63, 2.0**70, 1e300, math.inf, -math.inf]),
    st.sampled_from([2**63, 2**70, -(2**63), -(2**64), 10**300]),
    st.text(max_size=20),
    st.binary(max_size=20),
)
surrogates = st.text(st.characters(min_codepoint=0xD7F0, max_codepoint=0xE010), max_size=3)
keys = st.recursive(
    st.one_of(plain, surrogates),
    lambda inner: st.tuples(inner, inner) | st.tuples(inner),
    max_leaves=4,
)


def by_hand(rows):
    """How many rows each key has had, by a dict in which NaN equals NaN."""

    def without_nan(key):
        if isinstance(key, tuple):
            return tuple(map(without_nan, key))
        return "~nan~" if isinstance(key, float) and math.isnan(key) else key

    counts, result = {}, []
    for key in rows:
        same = without_nan(key)
        counts[same] = counts.get(same, 0) + 1
        result.append(counts[same])
    return result


def same(left, right):
    """Equal and of the same types and signs all through; NaN is NaN."""
    return repr(left) == repr(right)


@settings(max_examples=300, deadline=None)
@given(st.lists(keys, max_size=12))
def test_counts_per_key_are_those_of_a_dict(rows):
    counted = oz.from_iterable(rows).key_by().count().to_list()
    assert [n for _, n in counted] == by_hand(rows)
    assert all(same(key, row) for (key, _), row in zip(counted, rows)), counted


@settings(max_examples=100, deadline=None)
@given(st.lists(keys, max_size=12))
def test_pushed_the_same(rows):
    s = oz.Stream()
    got = s.key_by().count().sink_to_list()
    for row in rows:
        s.emit(row)
    assert [n for _, n in got] == by_hand(rows)


@pytest.mark.parametrize(
    "group",
    [
        (1, 1.0, True),
        (0, 0.0, -0.0, False),
        (2**70, 2.0**70),
        ((1, "a"), (1.0, "a"), (True, "a")),
        ((2**70,), (2.0**70,)),
        ((), ()),
        (float("nan"), -float("nan")),
    ],
    ids=repr,
)
def test_equal_keys(group):
    assert [n for _, n in oz.of(*group).key_by().count()] == list(range(1, len(group) + 1))


def test_different_keys():
    different = [None, 0, 1, "", "0", b"", b"0", (), (0,), ((),), ("a", "b"), ("ab",), 0.5, 2**64]
    assert all(n == 1 for _, n in oz.of(*different).key_by().count())


def test_any_hashable_object_is_a_key_by_its_own_hash():
    class Same:
        def __hash__(self):
            return 1

        def __eq__(self, other):
            return isinstance(other, Same)

    class Str(str):
        pass

    rows = [Same(), frozenset({1}), Same(), frozenset({1}), object(), Str("a"), Str("a")]
    assert [n for _, n in oz.of(*rows).key_by().count()] == [1, 1, 2, 2, 1, 1, 2]


def test_keys_that_raise():
    class Bad:
        def __hash__(self):
            raise LookupError("no hash")

    with pytest.raises(LookupError, match="no hash"):
        oz.of(Bad()).key_by().count().to_list()

    class Odd:
        def __hash__(self):
            return 1

        def __eq__(self, other):
            raise LookupError("no equal")

    with pytest.raises(LookupError, match="no equal"):
        oz.of(Odd(), Odd()).key_by().count().to_list()


def test_the_key_stays_until_the_next_key_by():
    s = oz.of("a", "bb", "cc").key_by(len).map(str.upper).filter(lambda x: x != "Z")
    assert s.flat_map(lambda x: [x, x]).count().to_list()[-1] == (2, 4)
    assert s.key_by().count().to_list() == [("A", 1), ("BB", 1), ("CC", 1)]


def test_sums_of_any_numbers():
    rows = [1, 2.5, True, 2**63, -(2**63), 10**30]
    total, expected = 0, []
    for row in rows:
        total += row
        expected.append(total)
    got = oz.of(*rows).sum().to_list()
    assert got == expected
    assert [type(x) for x in got] == [type(x) for x in expected]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.integers(), st.floats(allow_nan=False), st.booleans()), max_size=20))
def test_sum_min_max_are_those_of_python(rows):
    total, expected = 0, []
    for row in rows:
        total = total + row
        expected.append(total)
    assert repr(oz.from_iterable(rows).sum().to_list()) == repr(expected)
    if rows:
        assert repr(oz.from_iterable(rows).min().final().to_list()) == repr([min(rows)])
        assert repr(oz.from_iterable(rows).max().final().to_list()) == repr([max(rows)])
