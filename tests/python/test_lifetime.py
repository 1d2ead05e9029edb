"""Garbage collection, reference counts, and memory that stays flat."""

import gc
import sys
import weakref

import pytest

import ouzel as oz


class Thing:
    """Something whose end can be seen."""


@pytest.fixture(autouse=True)
def collected():
    gc.collect()
    yield
    gc.collect()


def dies(make):
    """Whether what `make` returns a weak reference to is freed by one collection."""
    ref = make()
    gc.collect()
    return ref() is None


def test_a_pulled_graph_whose_function_holds_the_stream():
    def make():
        thing = Thing()
        thing.stream = oz.of(1).map(lambda x: (thing, x))
        list(thing.stream)
        thing.rows = iter(thing.stream)
        next(thing.rows)
        return weakref.ref(thing)

    assert dies(make)


def test_a_pushed_graph_whose_function_holds_the_stream():
    def make():
        thing = Thing()
        thing.stream = oz.Stream()
        thing.stream.map(lambda x: thing).sink(lambda x: thing)
        thing.stream.emit(1)
        return weakref.ref(thing)

    assert dies(make)


def test_state_that_holds_the_stream():
    def make():
        thing = Thing()
        thing.stream = s = oz.Stream()
        s.key_by(lambda x: 1).stateful(lambda state, x: state.append(thing), init=list).sink(print)
        s.accumulate(lambda a, x: thing, start=None).sink(lambda x: None)
        s.partition(10).sink(print)
        s.emit(thing)
        return weakref.ref(thing)

    assert dies(make)


def test_a_source_that_holds_the_stream():
    def make():
        thing = Thing()

        def items():
            while True:
                yield thing

        thing.stream = oz.from_iterable(items())
        thing.rows = iter(thing.stream)
        next(thing.rows)
        next(thing.stream)
        return weakref.ref(thing)

    assert dies(make)


def test_start_and_extra_arguments_that_hold_the_stream():
    def make():
        thing = Thing()
        thing.stream = s = oz.Stream()
        s.map(lambda x, t: x, thing).sink(lambda x, t: x, t=thing)
        s.accumulate(lambda a, x: a, start=thing.stream.name).sink(print)
        return weakref.ref(thing)

    assert dies(make)


def test_without_a_cycle_reference_counts_are_enough():
    gc.disable()
    try:
        thing = Thing()
        ref = weakref.ref(thing)
        s = oz.of(thing).map(lambda x: x)
        assert s.to_list() == [thing]
        del s, thing
        assert ref() is None
    finally:
        gc.enable()


def test_a_forgotten_branch_of_a_pulled_stream_is_freed():
    s = oz.of(1)
    ref = weakref.ref(s.map(str))
    assert ref() is None
    assert s.to_list() == [1]


def test_a_source_holds_its_steps_and_they_hold_it():
    s = oz.Stream()
    ref = weakref.ref(s.map(str))
    assert ref() is not None
    tail = oz.Stream().map(str)
    assert tail.upstreams[0] is not None
    del s
    gc.collect()
    assert ref() is None


@pytest.mark.parametrize(
    "draw",
    [
        lambda s: s.map(lambda x: x),
        lambda s: s.filter(lambda x: True),
        lambda s: s.filter(lambda x: False),
        lambda s: s.flat_map(lambda x: [x, x]),
        lambda s: s.flat_map(lambda x: iter([x, x])),
        lambda s: s.starmap(lambda *a: a) if False else s.map(lambda x: (x,)).starmap(lambda a: a),
        lambda s: s.accumulate(lambda a, x: x),
        lambda s: s.accumulate(lambda a, x: (x, x), start=None, returns_state=True),
        lambda s: s.accumulate(lambda a, x: x, with_state=True),
        lambda s: s.key_by().count(),
        lambda s: s.key_by(lambda x: 1).stateful(lambda a, x: x, init=list),
        lambda s: s.partition(3),
        lambda s: s.unique(),
        lambda s: s.zip(s.map(lambda x: x)),
        lambda s: s.combine_latest(s.map(lambda x: x)),
        lambda s: s.union(s),
        lambda s: s.branch(lambda x: True)[0],
        lambda s: s.map(lambda x: 1 // 0, on_error="skip"),
        lambda s: s.map(lambda x: 1 // 0, on_error="dead_letter").dead_letters,
        lambda s: s.reduce(lambda a, x: x).final(),
        lambda s: s.max(),
        lambda s: s.slice(1, 3),
        lambda s: s.inspect(lambda x: x),
        lambda s: s.timed_window(1000),
    ],
    ids=lambda draw: str(draw.__code__.co_firstlineno),
)
@pytest.mark.parametrize("way", ["list", "for", "push", "first"])
def test_reference_counts(draw, way):
    things = [(i, object()) for i in range(5)]
    before = [sys.getrefcount(thing) for thing in things]
    drive(draw, way, things)
    gc.collect()
    assert [sys.getrefcount(thing) for thing in things] == before


def drive(draw, way, things):
    if way == "list":
        draw(oz.from_iterable(things)).to_list()
    elif way == "for":
        for _ in draw(oz.from_iterable(things)):
            pass
    elif way == "first":
        next(iter(draw(oz.from_iterable(things))), None)
    else:
        s = oz.Stream()
        draw(s).sink(lambda x: None)
        for thing in things:
            s.emit(thing)


def test_failures_leave_nothing_behind():
    thing = Thing()
    before = sys.getrefcount(thing)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            oz.of(thing).map(lambda x: 1 // 0).to_list()
        s = oz.Stream()
        s.map(lambda x: 1 // 0).sink(print)
        with pytest.raises(ZeroDivisionError):
            s.emit(thing)
        del s
    gc.collect()
    assert sys.getrefcount(thing) == before


def test_an_instance_closed_from_inside_its_own_step():
    s, got = oz.Stream(), []

    def stop(x):
        got.append(x)
        s.close()

    s.sink(stop)
    s.emit(1)
    with pytest.raises(oz.ClosedError):
        s.emit(2)
    assert got == [1]


def test_collection_in_the_middle_of_steps():
    s = oz.Stream()
    counts = s.key_by(lambda x: gc.collect() and x).count()
    got = counts.map(lambda x: gc.collect() * 0).sink_to_list()
    for x in range(3):
        s.emit(x)
    assert got == [0, 0, 0]


def resident_kb():
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmRSS"):
                return int(line.split()[1])
    raise OSError("no VmRSS")


@pytest.mark.slow
def test_memory_is_flat():
    s, t = oz.Stream(), [0]

    def total(x):
        t[0] += x

    s.map(lambda x: x + 1000).filter(lambda x: x % 2).key_by(lambda x: x % 10).sum().map(
        lambda pair: pair[1]
    ).sink(total)
    for x in range(200_000):
        s.emit(x)
    before = resident_kb()
    for x in range(1_000_000):
        s.emit(x)
    rows = oz.from_iterable(range(1_000_000)).map(lambda x: x + 1000).map(str)
    for _ in rows:
        pass
    rows.sink(lambda x: None).run()
    assert resident_kb() - before < 2000


def test_a_generator_that_flat_map_holds():
    def make():
        thing = Thing()

        def pieces(x):
            yield thing
            yield thing

        thing.rows = iter(oz.of(1).flat_map(pieces))
        next(thing.rows)
        return weakref.ref(thing)

    assert dies(make)
