"""Pulling: one element at a time by `for` and `next`, in batches by to_list and to_dict."""

import itertools
import operator

import pytest

import ouzel as oz


def test_for_reads_no_more_than_asked_for():
    taken = []

    def source():
        for x in range(10):
            taken.append(x)
            yield x

    rows = iter(oz.from_iterable(source()).map(lambda x: x * 2))
    assert next(rows) == 0
    assert next(rows) == 2
    assert taken == [0, 1]


def test_side_effects_come_in_the_order_of_generators():
    def chain(log):
        def note(name):
            return lambda x: log.append((name, x)) or x

        return note("a"), note("b")

    ours, theirs = [], []
    a, b = chain(ours)
    for x in oz.of(1, 2).map(a).map(b):
        ours.append(("loop", x))
    a, b = chain(theirs)
    for x in map(b, map(a, (1, 2))):
        theirs.append(("loop", x))
    assert ours == theirs


def test_batch_one_keeps_the_strict_order_for_to_list():
    log = []
    step = oz.of(1, 2).map(lambda x: log.append(("a", x)) or x).map(lambda x: log.append(("b", x)))
    step.to_list(batch=1)
    assert log == [("a", 1), ("b", 1), ("a", 2), ("b", 2)]
    log.clear()
    step.to_list()
    assert log == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]


def test_flat_map_of_a_generator_is_lazy():
    taken = []

    def items(x):
        for y in range(3):
            taken.append((x, y))
            yield x, y

    rows = iter(oz.of(1, 2).flat_map(items))
    assert next(rows) == (1, 0)
    assert taken == [(1, 0)]
    assert next(rows) == (1, 1)
    assert taken == [(1, 0), (1, 1)]
    assert list(rows) == [(1, 2), (2, 0), (2, 1), (2, 2)]


def test_next_continues_and_iter_starts_anew():
    s = oz.of(1, 2, 3).map(str)
    assert next(s) == "1"
    assert list(s) == ["1", "2", "3"]
    assert next(s) == "2"
    assert next(s) == "3"
    with pytest.raises(StopIteration):
        next(s)
    with pytest.raises(StopIteration):
        next(s)


def test_each_pull_has_fresh_state():
    s = oz.of(1, 2, 3).accumulate(operator.add)
    assert s.to_list() == [1, 3, 6]
    assert s.to_list() == [1, 3, 6]
    assert list(s) == [1, 3, 6]


def test_only_what_is_asked_for_runs():
    seen = []
    s = oz.of(1, 2)
    s.map(seen.append)
    assert s.map(str).to_list() == ["1", "2"]
    assert seen == []


def test_first_reads_just_so_many():
    rows = iter(range(100))
    assert oz.from_iterable(rows).map(str).first(3).to_list() == ["0", "1", "2"]
    assert next(rows) == 3
    assert list(oz.from_iterable(rows).first(2)) == [4, 5]
    assert next(rows) == 6


def test_infinite_sources():
    assert oz.from_iterable(itertools.count()).map(lambda x: x * x).first(3).to_list() == [0, 1, 4]


@pytest.mark.parametrize("n", [0, 1, 2, 1023, 1024, 1025, 5000])
def test_lengths_around_a_batch(n):
    s = oz.from_iterable(range(n)).map(lambda x: x + 1).filter(lambda x: x % 3)
    expected = [x for x in range(1, n + 1) if x % 3]
    assert s.to_list() == expected
    assert s.to_list(batch=7) == expected
    assert list(s) == expected


@pytest.mark.parametrize(
    "items",
    [[3, 1, 2], (3, 1, 2), range(3), "abc", b"abc", {1: 2, 3: 4}, {5}, iter([1, 2]), [None, ()]],
    ids=repr,
)
def test_kinds_of_iterables(items):
    items, expected = (items, list(items)) if not hasattr(items, "__next__") else (items, [1, 2])
    assert oz.from_iterable(items).to_list() == expected


def test_iterable_by_getitem():
    class Old:
        def __getitem__(self, i):
            if i == 3:
                raise IndexError
            return i * 10

    assert oz.from_iterable(Old()).to_list() == [0, 10, 20]


def test_to_dict():
    words = oz.of("to be or not", "to be").flat_map(str.split)
    counts = words.key_by().count()
    assert counts.final().to_dict() == counts.to_dict() == {"to": 2, "be": 2, "or": 1, "not": 1}
    assert oz.of((1, 2), (1, 3)).to_dict() == {1: 3}
    assert words.key_by(len).map(str.upper).to_dict() == {2: "BE", 3: "NOT"}
    with pytest.raises(TypeError, match="pair|key"):
        words.to_dict()


def test_starmap_forms():
    assert oz.of((2, 3), [4, 5]).starmap(operator.mul).to_list() == [6, 20]
    assert oz.of((2,), (3,)).starmap(pow, 2).to_list() == [4, 9]
    assert oz.of((2,), (3,)).starmap(lambda x, y=0, *, z: (x, y, z), z=1).to_list() == [
        (2, 0, 1),
        (3, 0, 1),
    ]
    counted = oz.of("a", "b", "a").key_by().count()
    assert counted.starmap(lambda word, n: f"{word}{n}").to_list() == ["a1", "b1", "a2"]
    assert counted.map(lambda pair: pair).to_list() == [("a", 1), ("b", 1), ("a", 2)]


def test_further_arguments():
    assert oz.of("a,b").map(str.split, ",").to_list() == [["a", "b"]]
    assert oz.of("a,b").map(str.split, sep=",").to_list() == [["a", "b"]]
    assert oz.of(1, 2, 3).filter(lambda x, least: x >= least, 2).to_list() == [2, 3]
    assert oz.of(1, 2).accumulate(lambda s, x, k: s + k * x, start=0, k=10).to_list() == [10, 30]
    many = list(range(40))
    assert oz.of(0).map(lambda *a: a, *many).to_list() == [(0, *many)]


def test_accumulate_forms():
    s = oz.of(1, 2, 3)
    assert s.accumulate(lambda a, x: (a + x, -x), returns_state=True).to_list() == [1, -2, -3]
    assert s.accumulate(operator.add, with_state=True).to_list() == [(1, 1), (3, 3), (6, 6)]
    assert s.scan(operator.add, 10).to_list() == [11, 13, 16]
    assert oz.of(1).accumulate(lambda a, x: (a, x), start=None).to_list() == [(None, 1)]

    def distinct(seen, x):
        seen.add(x)
        return seen, len(seen)

    words = oz.of("cat", "dog", "cat", "mouse").accumulate(distinct, set(), returns_state=True)
    assert words.to_list() == [1, 2, 2, 3]
    assert words.to_list() == [1, 2, 2, 3], "start is copied for each run"


def test_mutable_results_travel_before_the_next_call():
    def add(seen, x):
        seen.append(x)
        return seen

    lengths = oz.of(*"abc").accumulate(add, start=[]).map(len).to_list()
    assert lengths == [1, 2, 3]


def test_stateful_per_key():
    def step(state, x):
        state["sum"] = state.get("sum", 0) + x
        return state["sum"]

    s = oz.from_iterable(range(6)).key_by(lambda x: x % 2).stateful(step, init=dict)
    assert s.to_list() == [0, 1, 2, 4, 6, 9]
    assert s.to_dict() == {0: 6, 1: 9}


def test_aggregates():
    s = oz.of(3, 1, 2)
    assert s.count().to_list() == [1, 2, 3]
    assert s.sum().to_list() == [3, 4, 6]
    assert s.min().to_list() == [3, 1, 1]
    assert s.max().to_list() == [3, 3, 3]
    assert s.mean().to_list() == [3.0, 2.0, 2.0]
    assert s.reduce(operator.mul).to_list() == [3, 3, 6]
    assert [getattr(s, n)().final().to_list() for n in ("count", "sum", "min", "max", "mean")] == [
        [3],
        [6],
        [1],
        [3],
        [2.0],
    ]
    with pytest.raises(oz.GraphError, match="aggregate"):
        s.map(str).final()


def test_shapes():
    s = oz.from_iterable(range(10))
    assert s.slice(2, 8, 3).to_list() == [2, 5]
    assert s.skip(8).to_list() == [8, 9]
    assert s.step(4).to_list() == [0, 4, 8]
    assert s.partition(4).to_list() == [(0, 1, 2, 3), (4, 5, 6, 7), (8, 9)]
    pairs = s.partition(2, key=lambda x: x % 2).to_list()
    assert pairs == [(0, 2), (1, 3), (4, 6), (5, 7), (8,), (9,)]
    assert oz.of(1, 1, 2, 1, 3).unique().to_list() == [1, 2, 3]
    assert oz.of(1, 2, 1, 3, 1, 2).unique(maxsize=2).to_list() == [1, 2, 3, 2]
    assert oz.of("a", "b", "cc").unique(key=len).to_list() == ["a", "cc"]
    with pytest.raises(ValueError):
        s.slice(-1)


def test_branch():
    small, even, rest = oz.from_iterable(range(8)).branch(lambda x: x < 3, lambda x: x % 2 == 0)
    assert small.to_list() == [0, 1, 2]
    assert even.to_list() == [4, 6]
    assert rest.to_list() == [3, 5, 7]
    assert small.union(rest).to_list() == [0, 1, 2, 3, 5, 7]


def test_joins_of_one_source_are_as_row_by_row():
    s = oz.from_iterable(range(3000))
    tens = s.map(lambda x: x * 10)
    assert s.union(tens).to_list() == [y for x in range(3000) for y in (x * 10, x)]
    assert s.zip(tens).to_list() == [(x, x * 10) for x in range(3000)]
    assert s.combine_latest(tens).first(3).to_list() == [(0, 0), (0, 10), (1, 10)]


def test_feedback_when_pulled():
    s = oz.of(1, 3)
    inc = s.map(lambda x: x + 1)
    inc.filter(lambda x: x < 4).feedback(s)
    assert sorted(inc.to_list()) == [2, 3, 4, 4]


def test_no_source_is_read_twice_by_one_pull():
    rows = iter(range(4))
    s = oz.from_iterable(rows)
    assert s.union(s.map(str)).to_list() == ["0", 0, "1", 1, "2", 2, "3", 3]


def test_a_used_up_iterator_stays_used_up():
    s = oz.from_iterable(iter([1, 2]))
    assert s.to_list() == [1, 2]
    assert s.to_list() == []


def test_pluck_and_itemgetter():
    rows = oz.of({"a": 1, "b": 2}, {"a": 3, "b": 4})
    assert rows.pluck("b").to_list() == [2, 4]
    assert oz.of([1, 2, 3], "abc").pluck([0, 2]).to_list() == [(1, 3), ("a", "c")]


def test_recursive_next_is_refused():
    rows = None

    def call_back(x):
        with pytest.raises(ValueError, match="already"):
            next(rows)
        return x

    rows = iter(oz.of(1).map(call_back))
    assert next(rows) == 1
