"""ouzel.State: entries of a key with a time to live."""

import datetime
import pickle

import ouzel as oz
import pytest


def rows(*pairs):
    """(key, seconds) as rows with event times, by key."""
    stream = oz.of(*pairs).event_time(lambda pair: pair[1], lateness=100.0)
    return stream.key_by(lambda pair: pair[0])


def remember(ttl):
    def step(state, pair):
        before = state.get("at")
        state.set("at", pair[1], ttl=ttl)
        return pair[0], before

    return step


def test_an_entry_is_there_until_its_time_is_over():
    pairs = [("a", 10.0), ("b", 11.0), ("a", 14.999), ("a", 19.999), ("b", 16.0)]
    drawn = rows(*pairs).stateful(remember(5), init=oz.State)
    assert drawn.to_list() == [("a", None), ("b", None), ("a", 10.0), ("a", None), ("b", None)]


def test_a_row_that_comes_late_brings_nothing_back():
    drawn = rows(("a", 10.0), ("a", 20.0), ("a", 12.0)).stateful(remember(5), init=oz.State)
    assert drawn.to_list() == [("a", None), ("a", None), ("a", 20.0)]


def test_without_event_times_it_is_the_wall_clock():
    pairs = oz.of(("a", 1), ("a", 2)).key_by(lambda pair: pair[0])
    assert pairs.stateful(remember(3600), init=oz.State).to_list() == [("a", None), ("a", 1)]
    short = pairs.stateful(remember(datetime.timedelta(microseconds=1)), init=oz.State)
    assert len(list(short)) == 2


def test_a_store():
    state = oz.State()
    state.set("a", 1)
    state.set("b", None, ttl=5)
    state.set(("any", 3), [1], ttl=2)
    assert (state.get("a"), state.exists("b"), state.get("c", 7)) == (1, True, 7)
    assert repr(state) == "<State {'a': 1, 'b': None, ('any', 3): [1]}>"
    state.now_ns = 2_000_000_000
    assert not state.exists(("any", 3))
    state.set("b", 2)  # for good, now
    state.now_ns = 10**18
    assert state.get("b") == 2
    again = pickle.loads(pickle.dumps(state))
    assert repr(again) == "<State {'a': 1, 'b': 2}>"
    assert (again.now_ns, again.spent_ns) == (state.now_ns, state.spent_ns)
    again.delete("a")
    again.delete("a")
    assert repr(again) == "<State {'b': 2}>"


def test_when_nothing_is_left_is_known():
    state = oz.State()
    assert state.spent_ns == -(2**63)
    state.set("a", 1, ttl=5)
    state.set("b", 1, ttl=3)
    assert state.spent_ns == 5_000_000_000
    state.set("a", 1, ttl=1)
    assert state.spent_ns == 3_000_000_000
    state.delete("b")
    assert state.spent_ns == 1_000_000_000
    state.delete("a")
    assert state.spent_ns == -(2**63)


def test_entries_that_have_expired_take_no_memory():
    state = oz.State()
    for number in range(10_000):
        state.now_ns = number * 1_000_000_000
        state.set(number, number, ttl=3)
    assert len(state._entries) <= 17


def test_keys_of_which_nothing_is_left_take_no_memory():
    def step(state, number):
        state.set("seen", number, ttl=5)
        return number

    source = oz.Stream()
    kept = source.event_time(float).key_by().stateful(step, init=oz.State)
    kept.sink(lambda number: None)
    for number in range(5_000):
        source.emit(number)
    assert 5 <= len(kept.state()) <= 20


def test_keys_that_have_something_left_stay():
    source = oz.Stream()
    kept = source.key_by().stateful(lambda state, n: state.set("seen", n), init=oz.State)
    empty = source.key_by().stateful(lambda state, n: state.get("seen"), init=oz.State)
    for stream in (kept, empty):
        stream.sink(lambda number: None)
    for number in range(1_000):
        source.emit(number)
    assert len(kept.state()) == 1_000
    assert len(empty.state()) <= 3


@pytest.mark.parametrize(
    ("ttl", "error", "text"),
    [
        (0, ValueError, "ttl is a time above 0, not 0"),
        (-1.0, ValueError, "above 0"),
        (datetime.timedelta(0), ValueError, "above 0"),
        ("5", TypeError, "ttl is a number of seconds or a timedelta, not '5'"),
        (True, TypeError, "a number of seconds"),
        (float("inf"), ValueError, "above 0"),
    ],
)
def test_a_wrong_time_to_live_is_told(ttl, error, text):
    with pytest.raises(error, match=text):
        oz.State().set("a", 1, ttl=ttl)
