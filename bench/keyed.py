"""Keyed count of int keys in Arrow columns, against a C program with one table and prefetch.

Uniform keys of 10^3, 10^6 or 10^7 values, drawn before the clock starts; tables grow inside it.
Also the longest batch: a table that grows at once stops everything while it does. And states that
are objects of Python, changed in place, against a dict of them.
"""

import functools
import time

import build
from contest import Contest, Target, Worker, million_per_second, run_program

BATCH_ROWS = 32_768  # as in keyed.c
# (keys, events): different keys that occur, and the sum of mix(key + 1) x count, mod 2^64.
ANSWERS = {
    (1_000, 5_000_000): (1_000, "9d5b7d85f6dd9742"),
    (1_000_000, 5_000_000): (993_164, "a42569a24ae7f284"),
    (10_000_000, 5_000_000): (3_935_197, "559c594c6052392d"),
    (1_000, 50_000_000): (1_000, "fd49cdfa858bca8d"),
    (1_000_000, 50_000_000): (1_000_000, "f1d216d485e70018"),
    (10_000_000, 50_000_000): (9_932_510, "4fc955ab276ab308"),
}


def mix(z):
    """The finaliser of splitmix64 over an array of uint64; draw.h has it in C."""
    import numpy as np

    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def draw_keys(keys, first, count):
    """The keys of `count` events from number `first` on."""
    import numpy as np

    golden = np.uint64(0x9E3779B97F4A7C15)
    event = np.arange(first + 1, first + count + 1, dtype=np.uint64)
    draws = mix(mix(np.uint64(1) + event * golden) + golden)
    return (((draws >> np.uint64(32)) * np.uint64(keys)) >> np.uint64(32)).astype(np.int64)


def check_answer(keys, events, distinct, digest):
    if (distinct, digest) != ANSWERS[keys, events]:
        raise ValueError(f"{distinct} keys, digest {digest}")


@functools.cache
def draw_batches(keys, events):
    """The column, once for all runs of a worker."""
    import pyarrow as pa

    sizes = ((first, min(BATCH_ROWS, events - first)) for first in range(0, events, BATCH_ROWS))
    columns = (pa.array(draw_keys(keys, first, count)) for first, count in sizes)
    return [pa.record_batch([column], ["key"]) for column in columns]


class Batches:
    """Hands over a column batch by batch and keeps the longest time between two of them."""

    def __init__(self, keys, events):
        self.batches = draw_batches(keys, events)
        self.longest = 0.0

    def __iter__(self):
        before = time.perf_counter()
        for batch in self.batches:
            yield batch
            now = time.perf_counter()
            self.longest = max(self.longest, now - before)
            before = now

    def __arrow_c_stream__(self, requested_schema=None):
        import pyarrow as pa

        reader = pa.RecordBatchReader.from_batches(self.batches[0].schema, iter(self))
        return reader.__arrow_c_stream__(requested_schema)


def ouzel(keys, events):
    """Prepares a run; see worker.py."""
    import numpy as np
    import ouzel as oz
    import pyarrow as pa

    batches = Batches(keys, events)

    def run():
        table = pa.table(oz.from_arrow(batches).key_by().count().final().to_arrow())

        def check():
            key, count = (column.to_numpy().astype(np.uint64) for column in table.columns)
            digest = int((mix(key + np.uint64(1)) * count).sum())
            check_answer(keys, events, len(key), f"{digest:016x}")
            return {"longest_ms": batches.longest * 1e3}

        return events, check

    return run


def c_program(keys, events):
    """A runner of the C program."""

    def run():
        found = run_program(build.program("keyed"), keys, events)
        check_answer(keys, events, found["distinct"], found["digest"])
        return found

    return run


def add(state, key):
    """A row changes the state of its key, which it finds there, in place."""
    state[0] += 1


def check_states(states, events):
    """Each row has been counted once."""
    if sum(state[0] for state in states) != events:
        raise ValueError("rows are missing")


def python_state(keys, events):
    """Prepares a run of a step with state: `add` with the state of each row's key."""
    import ouzel as oz

    rows = draw_keys(keys, 0, events).tolist()

    def run():
        states = []

        def begin():
            states.append([0])
            return states[-1]

        keyed = oz.from_iterable(rows).key_by().stateful(add, init=begin)
        keyed.filter(None).sink(print).run()  # nothing comes out

        def check():
            check_states(states, events)
            return {}

        return events, check

    return run


def dict_of_states(keys, events):
    """Prepares the same in a loop over a dict."""
    rows = draw_keys(keys, 0, events).tolist()

    def run():
        states = {}
        for key in rows:
            state = states.get(key)
            if state is None:
                state = states[key] = [0]
            add(state, key)

        def check():
            check_states(states.values(), events)
            return {}

        return events, check

    return run


def in_place(session, keys, events):
    """A row: states of Python in place over the loop."""
    ours, theirs = Worker("keyed", "python_state"), Worker("keyed", "dict_of_states")
    runners = {
        "ouzel": ours.runner(keys=keys, events=events),
        "dict": theirs.runner(keys=keys, events=events),
    }
    what = f"Python state in place, {keys:,} keys"
    contest = Contest(session, what, runners).play(3 if session.quick else 5)
    contest.row(what, "ouzel", "dict", million_per_second, "M/s", Target(1, True))
    ours.close()
    theirs.close()


def run(session):
    """All rows of this workload."""
    events = 5_000_000 if session.quick else 50_000_000
    for keys in (1_000, 1_000_000, 10_000_000):
        worker = Worker("keyed", "ouzel")
        runners = {
            "ouzel": worker.runner(keys=keys, events=events),
            "c_prefetch": c_program(keys, events),
        }
        what = f"keyed count, {keys:,} keys"
        contest = Contest(session, what, runners).play(3 if session.quick else 5)
        contest.row(what, "ouzel", "c_prefetch", million_per_second, "M/s", Target(0.7, True))
        worker.close()
    longest = contest.median("ouzel", lambda run: run["longest_ms"])
    rival = f"c_prefetch {contest.figure('c_prefetch', lambda run: run['longest_ms'], 'ms')}"
    session.absolute(f"longest batch, {keys:,} keys", longest, Target(5, unit=" ms"), rival)
    in_place(session, 1_000_000, 2_000_000 if session.quick else 5_000_000)
