"""What a user's function raises surfaces as it is; drawing mistakes are told when drawing."""

import asyncio
import functools
import traceback

import pytest

import ouzel as oz


def fail_on_zero(x):
    return 1 // x


def drains():
    """Ways to get all rows out of a stream; each raises what a step raises."""
    return [
        pytest.param(lambda s: s.to_list(), id="to_list"),
        pytest.param(lambda s: s.to_list(batch=1), id="batch=1"),
        pytest.param(lambda s: list(s), id="for"),
        pytest.param(lambda s: s.sink(lambda x: None).run(), id="run"),
        pytest.param(lambda s: asyncio.run(collect(s)), id="async for"),
    ]


async def collect(s):
    return [x async for x in s]


@pytest.mark.parametrize("drain", drains())
def test_exception_carries_traceback_step_line_and_record(drain):
    s = oz.of(2, 1, 0, 3).map(fail_on_zero, name="invert")
    with pytest.raises(ZeroDivisionError) as caught:
        drain(s)
    error = caught.value
    assert error.ouzel == ("invert", error.ouzel.where, 0)
    assert "test_errors.py:" in error.ouzel.where
    assert any("invert" in note and "record 0" in note for note in error.__notes__)
    names = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    assert names[-1] == "fail_on_zero"


def test_where_is_the_line_of_the_step():
    line = test_where_is_the_line_of_the_step.__code__.co_firstlineno
    s = oz.Stream()
    s.map(
        fail_on_zero
    ).sink(print)
    with pytest.raises(ZeroDivisionError) as caught:
        s.emit(0)
    assert caught.value.ouzel.where.rpartition(":")[2] in {str(line + n) for n in (2, 3, 4)}


def test_rows_before_the_failing_one_were_delivered():
    got = []
    with pytest.raises(ZeroDivisionError):
        oz.of(2, 1, 0, 3).map(fail_on_zero).sink(got.append).run()
    assert got == [0, 1]


def test_a_pushed_graph_lives_on_after_an_error():
    s = oz.Stream()
    total = s.map(fail_on_zero).accumulate(lambda a, x: a + x).sink_to_list()
    beside = s.sink_to_list()
    s.emit(1)
    with pytest.raises(ZeroDivisionError):
        s.emit(0)
    s.emit(1)
    assert total == [1, 2]
    assert beside == [1, 1], "a later branch does not get the element, as in a plain call"


def test_skip_and_dead_letters():
    s = oz.of("1", "x", "3", None)
    assert s.map(int, on_error="skip").to_list() == [1, 3]
    numbers = s.map(int, on_error="dead_letter")
    assert numbers.dead_letters.to_list() == ["x", None]
    assert numbers.to_list() == [1, 3]
    source, good, bad = oz.Stream(), [], []
    step = source.map(int, on_error="dead_letter")
    step.sink(good.append)
    step.dead_letters.sink(bad.append)
    for x in ("1", "x"):
        source.emit(x)
    assert (good, bad) == ([1], ["x"])


@pytest.mark.parametrize("n", [1, 7, 3000])
def test_skip_in_large_batches(n):
    s = oz.from_iterable(range(n))
    assert s.map(lambda x: 6 // (x % 3), on_error="skip").to_list() == [
        6 // (x % 3) for x in range(n) if x % 3
    ]
    assert s.filter(lambda x: 6 // (x % 3), on_error="skip").to_list() == [
        x for x in range(n) if x % 3
    ]
    assert s.flat_map(lambda x: [6 // (x % 3)], on_error="skip").to_list() == [
        6 // (x % 3) for x in range(n) if x % 3
    ]
    assert s.accumulate(lambda a, x: a + 6 // (x % 3), start=0, on_error="skip").to_list()[-1:] == [
        sum(6 // (x % 3) for x in range(n) if x % 3)
    ][: n > 1]


def test_dead_letters_must_be_asked_for():
    with pytest.raises(oz.GraphError, match="dead_letter"):
        oz.of(1).map(int).dead_letters
    with pytest.raises(ValueError, match="on_error"):
        oz.of(1).map(int, on_error="ignore")


def test_keyboard_interrupt_is_never_skipped():
    def interrupt(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        oz.of(1).map(interrupt, on_error="skip").to_list()
    with pytest.raises(SystemExit):
        oz.of(1).map(exit, on_error="skip").to_list()


def test_an_iterable_that_raises_after_some_items():
    def items():
        yield 1
        yield 2
        raise LookupError("gone")

    got = []
    with pytest.raises(LookupError, match="gone") as caught:
        oz.from_iterable(items()).sink(got.append).run()
    assert got == [1, 2]
    assert "iterable" in caught.value.ouzel.step
    with pytest.raises(LookupError):
        oz.from_iterable(items()).to_list()


def test_flat_map_that_raises_midway():
    def items(x):
        yield x
        raise LookupError

    assert oz.of(1, 2).flat_map(items, on_error="skip").to_list() == [1, 2]
    with pytest.raises(TypeError, match="iterable"):
        oz.of(1).flat_map(lambda x: x).to_list()


def test_inner_exceptions_keep_the_inner_step():
    inner, outer = oz.Stream(), oz.Stream()
    inner.map(fail_on_zero, name="inner step").sink(print)
    outer.map(inner.emit, name="outer step").sink(print)
    with pytest.raises(ZeroDivisionError) as caught:
        outer.emit(0)
    assert caught.value.ouzel.step == "inner step"
    assert len(caught.value.__notes__) == 1


def test_an_exception_that_takes_no_notes():
    class Strange(Exception):
        __notes__ = property(lambda self: None)

        def __setattr__(self, name, value):
            raise TypeError

        def __str__(self):
            raise ValueError

    def fail(x):
        raise Strange

    with pytest.raises(Strange):
        oz.of(1).map(fail).to_list()


def test_errors_of_native_steps_are_step_errors():
    with pytest.raises((oz.StepError, TypeError)) as caught:
        oz.of(1, "a").sum().to_list()
    assert caught.value.ouzel.record == "a"


@pytest.mark.parametrize("wrong", [None, 1, "str"])
def test_not_callable(wrong):
    for draw in ("map", "flat_map", "sink", "accumulate", "inspect", "starmap", "reduce"):
        if wrong is None and draw in ("map",):
            continue
        if wrong is not None:
            with pytest.raises(TypeError, match="function"):
                getattr(oz.of(1), draw)(wrong)


def test_wrong_arity_is_told_when_drawing():
    class Method:
        def one(self, x):
            return x

    s = oz.of(1)
    for call in (
        lambda: s.map(lambda: 0),
        lambda: s.map(lambda x, y: 0),
        lambda: s.map(lambda x: 0, 1),
        lambda: s.filter(lambda x, y, z: 0, 1),
        lambda: s.accumulate(lambda state: 0),
        lambda: s.stateful(lambda state: 0, init=dict),
        lambda: s.accumulate(Method().one),
        lambda: s.reduce(lambda a, b, c: 0),
    ):
        with pytest.raises(TypeError, match="argument"):
            call()
    s.map(lambda x, y=1: 0)
    s.map(lambda x, y: 0, y=2)
    s.map(lambda *a: 0, 1, 2, 3)
    s.map(Method().one)
    s.map(functools.partial(lambda x, y: 0, 1))
    s.map(print)
    s.map(lambda x, **k: 0, anything=1)


def test_names():
    s = oz.of(1)
    assert s.map(str, name="a").name == "a"
    assert s.map(str, stream_name="b").name == "b"
    with pytest.raises(TypeError, match="name"):
        s.map(str, name="")
    with pytest.raises(oz.GraphError, match="name"):
        s.map(str, name="x").map(str, name="x").to_list()


def test_sources_that_are_no_iterables():
    with pytest.raises(TypeError, match="iterable"):
        oz.from_iterable(5)
    with pytest.raises(TypeError, match="streams"):
        oz.of(1).union(5)
    with pytest.raises(TypeError):
        oz.run()
    with pytest.raises(oz.GraphError):
        oz.run(oz.Stream())


def test_missing_file():
    with pytest.raises(FileNotFoundError, match="nowhere.txt") as caught:
        oz.from_text("nowhere.txt").to_list()
    assert isinstance(caught.value, oz.OuzelError)


def test_unhashable_key():
    with pytest.raises(TypeError, match="unhashable|hash"):
        oz.of([]).key_by().count().to_list()
    assert oz.of([], 1).key_by(on_error="skip").count().to_list() == [(1, 1)]
    assert oz.of(None, None).key_by().count().to_list() == [(None, 1), (None, 2)]


def test_returns_state_must_return_pairs():
    with pytest.raises(TypeError, match="state, result"):
        oz.of(1, 2).accumulate(lambda s, x: x, returns_state=True).to_list()


def test_explain_and_graph():
    s = oz.from_text("x").map(str.lower).map(fail_on_zero, name="mine").map(str.lower)
    lines = s.explain().splitlines()
    assert lines[0] == "map str.lower: native"
    assert lines[1].startswith("mine fail_on_zero: Python")
    assert lines[2].startswith("map str.lower: Python: the rows are objects")
    assert "map" in repr(s)


def test_picture_of_a_graph():
    s = oz.Stream("a<b")
    s.map(str).union(s.filter(None)).feedback(s)
    text = s.graph("svg")
    assert text.startswith("<svg") and text.count("<rect") == 6
    assert "a&lt;b" in text
    bundle = s._repr_mimebundle_()
    assert bundle["image/svg+xml"] == text
    with pytest.raises(ValueError, match="format"):
        s.graph("gif")


def test_state_and_stats_of_a_pushed_graph():
    s = oz.Stream()
    counts = s.key_by(lambda x: (x, len(x))).count()
    last = s.accumulate(lambda a, x: a + x, start="")
    for x in ("a", "bb", "a"):
        s.emit(x)
    assert counts.state() == {("a", 1): 2, ("bb", 2): 1}
    assert last.state() == ["abba"]
    assert sum(step["rows_in"] for step in s.stats().values()) == 9
    with pytest.raises(oz.GraphError, match="remembers nothing"):
        s.map(str).state()
    with pytest.raises(oz.GraphError, match="between pulls"):
        oz.of(1).count().state()
