"""A chain of Python functions over ints: map, filter, accumulate; and the cost of one more map.

The functions do next to nothing, so what is left is the engine. Forms: *list* asks for all
results, *for* takes them one by one, *pushed* hands in one element a call.
"""

import functools
import itertools
import operator
import statistics
from collections import deque

import pairs
from contest import Contest, Row, Stated, Target, Worker, verdict
from contest import million_per_second, ns_per_event

LENGTHS = (1, 2, 4, 8, 16)
LAMBDAS = (lambda x: x + 1, lambda x: x & 1, lambda s, x: s + x)
OPERATORS = (
    functools.partial(operator.add, 1),
    functools.partial(operator.and_, 1),
    operator.add,
)
# The pushed ceiling of another machine as a multiple of the chain of builtins beside it.
STATED_PUSHED = 119 / 97.8


def steps(maps, functions):
    """The chain as (kind, function): the standard one, or a number of maps."""
    if not maps:
        one, two, three = OPERATORS if functions == "operator" else LAMBDAS
        return [("map", one), ("filter", two), ("accumulate", three)]
    if functions == "native":  # to float and back, so that every step has work to do
        return [("map", (float, int)[i % 2]) for i in range(maps)]
    return [("map", LAMBDAS[0])] * maps


def last_result(n, maps, functions):
    """What must come out last."""
    if not maps:
        return (n // 2) ** 2
    return n - 1 + (0 if functions == "native" else maps)


def checked(n, maps, functions, found, count=None):
    """A check of the last result, and of the number of results where it is known."""

    def check():
        wanted = n if maps else n // 2
        if found[-1] != last_result(n, maps, functions) or count not in (None, wanted):
            raise ValueError(f"wrong result {found[-1]}")

    return n, check


# Contestants. Each prepares a run and returns it; see worker.py.


def builtins_chain(n, maps, functions):
    stream = range(n)
    for kind, function in steps(maps, functions):
        if kind == "accumulate":
            stream = itertools.accumulate(stream, function)
        else:
            stream = {"map": map, "filter": filter}[kind](function, stream)
    return stream


def builtins_list(n, maps=0, functions="lambda"):
    stream = builtins_chain(n, maps, functions)

    def run():
        found = list(stream)
        return checked(n, maps, functions, found, len(found))

    return run


def run_for(stream, n, maps, functions):
    count, x = 0, None
    for x in stream:
        count += 1
    return checked(n, maps, functions, [x], count)


def builtins_for(n, maps=0, functions="lambda"):
    stream = builtins_chain(n, maps, functions)
    return lambda: run_for(stream, n, maps, functions)


def run_pushed(emit, seen, n, maps, functions):
    for x in range(n):
        emit(x)
    return checked(n, maps, functions, seen)


def closure(kind, function, out):
    """One step written by hand: a function that calls the next."""
    state = 0

    def map_step(x):
        out(function(x))

    def filter_step(x):
        if function(x):
            out(x)

    def accumulate_step(x):
        nonlocal state
        state = function(state, x)
        out(state)

    return {"map": map_step, "filter": filter_step, "accumulate": accumulate_step}[kind]


def closures(n, maps=0, functions="lambda"):
    seen = deque(maxlen=1)
    emit = seen.append
    for kind, function in reversed(steps(maps, functions)):
        emit = closure(kind, function, emit)
    return lambda: run_pushed(emit, seen, n, maps, functions)


def ceiling(seen, maps, functions):
    import chain_ceiling

    return chain_ceiling.Chain([*steps(maps, functions), ("sink", seen.append)], 0)


def ceiling_fed(n, maps=0, functions="lambda"):
    seen = deque(maxlen=1)
    chain = ceiling(seen, maps, functions)

    def run():
        chain.feed(range(n))
        return checked(n, maps, functions, seen)

    return run


def ceiling_pushed(n, maps=0, functions="lambda"):
    seen = deque(maxlen=1)
    emit = ceiling(seen, maps, functions).emit
    return lambda: run_pushed(emit, seen, n, maps, functions)


def drawn(stream, maps, functions):
    """The chain on an Ouzel or Streamz stream, whose methods have the same names."""
    for kind, function in steps(maps, functions):
        more = {"start": 0} if kind == "accumulate" else {}
        stream = getattr(stream, kind)(function, **more)
    return stream


def streamz_pushed(n, maps=0, functions="lambda"):
    import streamz

    seen, source = deque(maxlen=1), streamz.Stream()
    drawn(source, maps, functions).sink(seen.append)
    return lambda: run_pushed(source.emit, seen, n, maps, functions)


def reactivex_pushed(n, maps=0, functions="lambda"):
    import reactivex.operators as ops
    from reactivex.subject import Subject

    seen, subject = deque(maxlen=1), Subject()
    made = {"map": ops.map, "filter": ops.filter, "accumulate": lambda f: ops.scan(f, 0)}
    subject.pipe(*(made[kind](f) for kind, f in steps(maps, functions))).subscribe(seen.append)
    return lambda: run_pushed(subject.on_next, seen, n, maps, functions)


def bytewax_run(n, maps=0, functions="lambda"):
    """Batches of 1,000; its filter wants a bool and its accumulate is a step on one key."""
    import bytewax.operators as op
    from bytewax.dataflow import Dataflow
    from bytewax.testing import TestingSink, TestingSource, run_main

    found, flow = [], Dataflow("chain")
    stream = op.input("in", flow, TestingSource(range(n), batch_size=1000))
    for number, (kind, function) in enumerate(steps(maps, functions)):
        name = f"{kind}-{number}"
        if kind == "map":
            stream = op.map(name, stream, function)
        elif kind == "filter":
            stream = op.filter(name, stream, lambda x, f=function: f(x) == 1)
        else:
            keyed = op.key_on("key", stream, lambda x: "")
            keyed = op.stateful_map(name, keyed, lambda s, x, f=function: (f(s or 0, x),) * 2)
            stream = op.key_rm("value", keyed)
    op.output("out", stream, TestingSink(found))

    def run():
        run_main(flow)
        return checked(n, maps, functions, found, len(found))

    return run


def ouzel_list(n, maps=0, functions="lambda"):
    import ouzel as oz

    stream = drawn(oz.from_iterable(range(n)), maps, functions)

    def run():
        found = stream.to_list()
        return checked(n, maps, functions, found, len(found))

    return run


def ouzel_for(n, maps=0, functions="lambda"):
    import ouzel as oz

    stream = drawn(oz.from_iterable(range(n)), maps, functions)
    return lambda: run_for(stream, n, maps, functions)


def ouzel_pushed(n, maps=0, functions="lambda"):
    import ouzel as oz

    seen, source = deque(maxlen=1), oz.Stream()
    drawn(source, maps, functions).sink(seen.append)
    return lambda: run_pushed(source.emit, seen, n, maps, functions)


# The contests.

OUZEL = ("ouzel_list", "ouzel_for", "ouzel_pushed")
FAST = ("builtins_list", "builtins_for", "ceiling_fed", "ceiling_pushed", "closures")
SLOW = {"streamz_pushed": 20, "reactivex_pushed": 5, "bytewax_run": 5}  # / elements
NS = (ns_per_event, "ns")
MILLION = (million_per_second, "M/s")


def cpu_ns(run):
    """Slopes are small differences: CPU time alone shows them on a shared machine."""
    return ns_per_event(run, "cpu")


def chain_rows(session, workers, n):
    """The standard chain with lambdas."""
    runners = {name: workers[name].runner(n=n) for name in OUZEL + FAST}
    contest = Contest(session, "chain", runners).play(5 if session.quick else 9)
    stated = Stated("builtins_list", STATED_PUSHED)
    contest.row("chain, to_list()", "ouzel_list", "builtins_list", *NS, Target(0.9))
    contest.row("chain, for", "ouzel_for", "builtins_for", *NS, Target(1.2))
    contest.row("chain, pushed", "ouzel_pushed", "ceiling_pushed", *NS, Target(1.3), stated)
    contest.row("chain, pushed", "ouzel_pushed", "closures", *NS, Target(1))
    contest.row("(the ceiling fed, to builtins)", "ceiling_fed", "builtins_list", *NS)
    contest.row("(the ceiling pushed, to closures)", "ceiling_pushed", "closures", *NS)


def operator_rows(session, workers, n):
    """The standard chain with functions of the operator module."""
    pairing = {"ouzel_list": "builtins_list", "ouzel_pushed": "ceiling_pushed"}
    names = (*pairing, *pairing.values())
    runners = {name: workers[name].runner(n=n, functions="operator") for name in names}
    contest = Contest(session, "chain, operators", runners).play(5 if session.quick else 9)
    contest.row("chain of operators, to_list()", "ouzel_list", "builtins_list", *NS)
    contest.row("chain of operators, pushed", "ouzel_pushed", "ceiling_pushed", *NS)


def library_rows(session, workers, n):
    """The standard chain in other stream libraries, which get fewer elements: they are slow."""
    runners = {name: workers[name].runner(n=n // less) for name, less in SLOW.items()}
    runners |= {name: workers[name].runner(n=n) for name in ("ouzel_pushed", "ouzel_list")}
    contest = Contest(session, "chain, libraries", runners).play(2 if session.quick else 5)
    contest.row("chain, pushed", "ouzel_pushed", "streamz_pushed", *MILLION, Target(35, True))
    contest.row("chain, pushed", "ouzel_pushed", "reactivex_pushed", *MILLION, Target(6, True))
    contest.row("chain, to_list()", "ouzel_list", "bytewax_run", *MILLION)


def slopes(session, workers, n):
    """The CPU time of one more map, a figure a round, for each contestant that is here."""
    lambdas = ("ceiling_fed", "ceiling_pushed", "closures", "bytewax_run", *OUZEL[::2])
    kinds = [(name, "lambda") for name in lambdas] + [(name, "native") for name in OUZEL[::2]]
    runners = {
        f"{name} {functions} x{maps}": workers[name].runner(n=n, maps=maps, functions=functions)
        for name, functions in kinds
        for maps in LENGTHS
    }
    contest = Contest(session, "maps", runners).play(3 if session.quick else 9)
    found = {}
    for name, functions in kinds:
        names = [f"{name} {functions} x{maps}" for maps in LENGTHS]
        if all(one in contest.results for one in names):
            rounds = zip(*(contest.values(one, cpu_ns) for one in names), strict=True)
            found[name, functions] = [pairs.slope(LENGTHS, costs) for costs in rounds]
    return found


def slope_rows(session, workers, n):
    """One more map: ouzel's slope above that of the bare loop, and beside a rival's."""
    found = slopes(session, workers, n)

    def figure(key):
        return f"{statistics.median(found[key]):.3g} ns" if key in found else "absent"

    def row(what, ours, rival, target, combine):
        shown = f"{rival[0]} {figure(rival)}"
        cells = [f"one more map, {what}", figure(ours), shown, "-", str(target)]
        if ours in found and rival in found:
            each = [combine(a, b) for a, b in zip(found[ours], found[rival], strict=True)]
            middle = combine(statistics.median(found[ours]), statistics.median(found[rival]))
            cells[3] = f"{middle:.3g} ({min(each):.3g}..{max(each):.3g})"
            cells.append(verdict(target, middle))
        session.rows.append(Row(*cells))

    for what, ours, bare, allowance, rival in (
        ("in batches", "ouzel_list", "ceiling_fed", 8, "bytewax_run"),
        ("pushed", "ouzel_pushed", "ceiling_pushed", 15, "closures"),
    ):
        key = (ours, "lambda")
        above = Target(allowance, unit=" ns more")
        row(f"lambda, {what}", key, (bare, "lambda"), above, operator.sub)
        row(f"lambda, {what}", key, (rival, "lambda"), Target(1), operator.truediv)
    for what, ours, limit in (("in batches", "ouzel_list", 2), ("pushed", "ouzel_pushed", 12)):
        values = found.get((ours, "native"))
        middle = statistics.median(values) if values else None
        session.absolute(f"one more map, native, {what}", middle, Target(limit, unit=" ns"))


def run(session):
    """All rows of this workload."""
    n = 100_000 if session.quick else 1_000_000
    workers = {name: Worker("chain", name) for name in (*OUZEL, *FAST, *SLOW)}
    chain_rows(session, workers, n)
    operator_rows(session, workers, n)
    library_rows(session, workers, n)
    slope_rows(session, workers, n // 5)
    for worker in workers.values():
        worker.close()
