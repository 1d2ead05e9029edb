"""Runs contestants in turn, checks and records every run, and judges the ratios.

A *contestant* does one workload: a Worker (a Python process that waits for runs) or a program (a
fresh process each run). A *runner* is a function without arguments that makes one run and returns
its figures. A *contest* plays several runners in turn; a *session* is one call of bench/run.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
from typing import NamedTuple

import pairs

HERE = pathlib.Path(__file__).resolve().parent
CORES = sorted(os.sched_getaffinity(0))
HARNESS_CORE = CORES[0]
ENGINE_CORE = CORES[-1]
CLOSE = 0.2  # nearer to the target than this, wall time of a shared machine proves nothing
CLOSE_NOTE = f"{pairs.CLOSE_PAIRS} pairs, median and its 95 % interval"


class Absent(Exception):
    """A contestant cannot run here; the message says why."""


def pin(core):
    """What a child process calls to stay on one core."""
    return lambda: os.sched_setaffinity(0, {core})


def environment(**more):
    """The environment of contestants: they find the modules of this folder and the built ones.

    They may keep bytecode, as installed packages do.
    """
    paths = [str(HERE), str(HERE.parent / "build" / "bench"), os.environ.get("PYTHONPATH", "")]
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **more}


class Worker:
    """A Python function, measured in a process of its own that lives for all its runs."""

    def __init__(self, module, function, **env):
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "worker.py"), module, function],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment(**env),
            preexec_fn=pin(ENGINE_CORE),
        )

    def run(self, **arguments):
        """One run; Absent with the contestant's own words when it fails."""
        try:
            print(json.dumps(arguments), file=self.process.stdin, flush=True)
        except BrokenPipeError:
            pass
        answer = self.process.stdout.readline()
        if not answer:
            raise Absent(f"its process ended with {self.process.wait()}")
        found = json.loads(answer)
        if "error" in found:
            raise Absent(found["error"])
        return found

    def runner(self, **arguments):
        """A runner with fixed arguments."""
        return lambda: self.run(**arguments)

    def close(self):
        """Ends the process."""
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def run_program(*command, core=ENGINE_CORE):
    """Runs a program to its end; its output is one JSON object."""
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=pin(core),
    )
    if done.returncode != 0:
        raise Absent(done.stderr.strip() or f"ended with {done.returncode}")
    return json.loads(done.stdout)


class Target(NamedTuple):
    """What a figure or a ratio must reach."""

    limit: float
    at_least: bool = False
    unit: str = "x"

    def __str__(self):
        return f"{'>=' if self.at_least else '<='} {self.limit:g}{self.unit}"

    def met(self, value):
        """Whether a value reaches the target."""
        return value >= self.limit if self.at_least else value <= self.limit


def verdict(target, value):
    """The last column: yes, no, or - without a target."""
    return "-" if target is None else "yes" if target.met(value) else "no"


class Row(NamedTuple):
    """One line of the table."""

    what: str
    ours: str = "-"
    rival: str = "-"
    ratio: str = "-"
    target: str = "-"
    met: str = "-"


class Session:
    """The rows, notes and recorded runs of one call of bench/run."""

    def __init__(self, quick=False, log=None):
        self.quick = quick
        self.log = log
        self.rows = []
        self.notes = []
        self.failures = {}  # reason: who failed for it

    def record(self, **facts):
        """Writes one line of JSON, if a file was asked for."""
        if self.log:
            print(json.dumps(facts), file=self.log, flush=True)

    def note(self, text):
        """Adds a line below the table, once."""
        if text not in self.notes:
            self.notes.append(text)

    def fail(self, who, reason):
        """Remembers that a contestant gave no figure."""
        self.failures.setdefault(str(reason), {})[who] = None

    @staticmethod
    def progress(text):
        """Says what is going on, apart from the table."""
        print(f"  {text}", file=sys.stderr, flush=True)

    def absolute(self, what, value, target, rival="-", ratio="-"):
        """A row whose target is a figure and not a ratio; value None: absent."""
        if value is None:
            self.rows.append(Row(what, "absent", rival, ratio, str(target)))
            return
        met = verdict(target, value)
        self.rows.append(Row(what, f"{value:.4g}{target.unit}", rival, ratio, str(target), met))


class Stated(NamedTuple):
    """A ceiling measured elsewhere, as a multiple of a yardstick that runs here too."""

    yardstick: str
    factor: float


class Contest:
    """Several runners of the same workload, played in turn."""

    def __init__(self, session, workload, runners):
        self.session = session
        self.workload = workload
        self.runners = dict(runners)
        self.results = {}

    def once(self, name, **more):
        """One recorded run; None when it failed, and the contestant is out."""
        try:
            found = self.runners[name]()
        except Absent as reason:
            self.session.fail(name.split()[0], reason)
            return None
        self.session.record(workload=self.workload, engine=name, **found, **more)
        return found

    def turns(self, names, rounds, **more):
        """Alternating runs of some contestants; those that failed are left out."""
        each = {name: lambda name=name: self.once(name, **more) for name in names}
        results = pairs.alternate(each, rounds)
        return {name: runs for name, runs in results.items() if None not in runs}

    def play(self, rounds):
        """One discarded run each, which also finds who is absent; then the rounds."""
        self.session.progress(f"{self.workload}: {rounds} rounds of {len(self.runners)}")
        present = self.turns(self.runners, 1, discarded=True)
        self.results = self.turns(present, rounds)
        return self

    def values(self, name, value):
        """One figure of each run of a contestant."""
        return [value(run) for run in self.results[name]]

    def median(self, name, value):
        """The median of a figure, None when the contestant is absent."""
        return statistics.median(self.values(name, value)) if name in self.results else None

    def figure(self, name, value, unit):
        """A contestant's figure as text."""
        middle = self.median(name, value)
        return "absent" if middle is None else f"{middle:.4g} {unit}"

    def row(self, what, ours, rival, value, unit, target=None, stated=None, clock="cpu"):
        """Compares ours with a rival and adds a row to the table.

        `value(run, clock)` is the figure of a run, by the wall clock unless told otherwise. A
        `stated` ceiling takes the rival's place when it is the better one. A close case is judged
        by `clock`: CPU time, or "seconds" where several cores at work are what is measured.
        """
        factor, shown = 1.0, f"{rival} {self.figure(rival, value, unit)}"
        if stated and self.is_better(stated, rival, value, target):
            rival, factor = stated.yardstick, stated.factor
            middle = factor * self.median(rival, value)
            shown = f"stated: {factor:.3g} x {rival}, {middle:.4g} {unit}"
        left = self.figure(ours, value, unit)
        goal = str(target) if target else "-"
        if ours not in self.results or rival not in self.results:
            self.session.rows.append(Row(what, left, shown, "-", goal))
            return
        mine = self.values(ours, value)
        found = pairs.ratio(mine, [factor * one for one in self.values(rival, value)])
        if target and not self.session.quick and abs(found.value / target.limit - 1) < CLOSE:
            found, met = self.settle(ours, rival, value, factor, target, clock) or (found, "open")
        else:
            met = verdict(target, found.value)
        self.session.rows.append(Row(what, left, shown, str(found), goal, met))

    def is_better(self, stated, rival, value, target):
        """Whether the stated ceiling, scaled to this machine, beats the one measured here."""
        if stated.yardstick not in self.results or rival not in self.results:
            return False
        scaled = stated.factor * self.median(stated.yardstick, value)
        here = self.median(rival, value)
        return scaled > here if target.at_least else scaled < here

    def settle(self, ours, rival, value, factor, target, clock):
        """A close case: alternating pairs; met only if the whole interval meets."""
        self.session.progress(f"{self.workload}: {pairs.CLOSE_PAIRS} pairs of {ours} and {rival}")
        results = self.turns((ours, rival), pairs.CLOSE_PAIRS)
        if len(results) < 2:
            return None
        mine = [value(run, clock) for run in results[ours]]
        theirs = [factor * value(run, clock) for run in results[rival]]
        found = pairs.interval(mine, theirs)
        inside = {target.met(found.low), target.met(found.high)}
        met = "open" if len(inside) == 2 else "yes" if inside == {True} else "no"
        by = "CPU time" if clock == "cpu" else "wall time"
        self.session.note(f"{self.workload}: {ours} to {rival}: by {by}, {CLOSE_NOTE}")
        return found, met


def ns_per_event(run, clock="seconds"):
    """Nanoseconds an element."""
    return run[clock] / run["events"] * 1e9


def million_per_second(run, clock="seconds"):
    """Million elements a second."""
    return run["events"] / run[clock] / 1e6


def mb_per_second(run, clock="seconds"):
    """Million bytes a second."""
    return run["bytes"] / run[clock] / 1e6
