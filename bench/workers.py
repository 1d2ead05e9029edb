"""What a second worker gains, and how fast rows cross from one to the other.

Whole jobs by `ouzel run`, from start to end, the start of the processes included; each in a fresh
process with both cores.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

import contest
import wordcount
from contest import Absent, Contest, Target, million_per_second

COUNT = """
import sys
import ouzel as oz

def number(state, word):
    state["n"] = state.get("n", 0) + sum(range(30)) // 435  # about a microsecond of Python
    return state["n"]

words = oz.from_text(sys.argv[1], name="in").flat_map(str.split, name="words").key_by(name="key")
if sys.argv[2] == "native":
    counts = words.count(name="count").final().starmap("{} {}".format, name="text")
    counts.to_text("out", name="out").run()
else:
    words.stateful(number, init=dict, name="number").slice(end=1, name="one").map(str).to_text(
        "out", name="out"
    ).run()
"""

CROSS_BY_KEY = """
import json, os, sys
import numpy as np
import ouzel as oz
import pyarrow as pa

BATCH, KEY = 32_768, 1
WORKER = json.loads(os.environ["OUZEL_JOB"])["worker"]
batches = int(sys.argv[2])
batch = pa.record_batch([pa.array(np.full(BATCH, KEY))], ["key"])

class Column:
    def __arrow_c_stream__(self, requested_schema=None):
        rows = pa.RecordBatchReader.from_batches(batch.schema, (batch for _ in range(batches)))
        return rows.__arrow_c_stream__(requested_schema)

class Owner(oz.Sink):
    def on_batch(self, context, batch):
        with open("out", "a") as file:
            print(WORKER, *batch[0], file=file)

keyed = oz.from_arrow(Column(), name="in").key_by(name="key")  # worker 0 reads it
keyed.count(name="count").final().into(Owner(), name="out").run()
"""

CROSS = """
import datetime, json, os, sys
import ouzel as oz

BATCH = 32_768
WORKER = json.loads(os.environ["OUZEL_JOB"])["worker"]
kind, batches = sys.argv[1], int(sys.argv[2])
makers = {
    "texts": lambda n: f"word {n}",
    "pairs": lambda n: (n, f"word {n}"),
    "objects": lambda n: datetime.timedelta(n),
}
rows = [makers[kind](n) for n in range(BATCH)]

class Rows(oz.Source):
    left = 0
    def partitions(self):
        return ["of worker 0", "of worker 1"]
    def open(self, context, partition, position):
        self.left = batches if partition == 1 else self.left
    def poll(self, context, count):
        if self.left == 0:
            return "done"
        self.left -= 1
        context.emit_all(rows)
        return "more"

class Whole(oz.Sink):  # stands on worker 0, as it knows epochs
    count = 0
    def on_batch(self, context, batch):
        self.count += len(batch)
    def close(self, context):
        if WORKER == 0:
            with open("out", "w") as file:
                print(1 - WORKER, 1, self.count, file=file)
    def prepare(self, context, epoch):
        pass
    def commit(self, context, epoch, prepared):
        pass

oz.from_source(Rows(), name="in").into(Whole(), name="out").run()
"""

BATCH = 32_768
TRIES = 20  # who owns a key is drawn anew for each job


def job(program, workers, *arguments, events, expected):
    """A runner of a whole job; `expected`: how many lines it writes."""

    def run():
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "app.py").write_text(program)
            command = [sys.executable, "-m", "ouzel", "run", "app.py", "--workers", str(workers)]
            began, before = time.perf_counter(), os.times()
            done = subprocess.run(
                [*command, "--", *map(str, arguments)],
                cwd=folder,
                env=contest.environment(),
                capture_output=True,
                text=True,
                check=False,
                preexec_fn=lambda: os.sched_setaffinity(0, set(contest.CORES)),
            )
            seconds, after = time.perf_counter() - began, os.times()
            if done.returncode != 0:
                raise Absent(done.stderr.strip()[-300:])
            out = (folder / "out").read_text()
            if out.count("\n") != expected:
                raise Absent(f"{len(out)} bytes came out, not {expected} lines")
            cpu = sum(after[2:4]) - sum(before[2:4])
            return {"seconds": seconds, "cpu": cpu, "events": events, "out": out[:100]}

    return run


def crossing(batches, kind):
    """A runner of rows that cross; run again when worker 0 owns the key of ints itself."""
    rows = batches * BATCH
    program = CROSS_BY_KEY if kind == "ints" else CROSS
    whole = job(program, 2, kind, batches, events=rows, expected=1)

    def run():
        for _ in range(TRIES):
            found = whole()
            if found["out"] == f"1 1 {rows}\n":
                return found
        raise Absent(f"{found['out']} came out")

    return run


def run(session):
    """All rows of this workload."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        large, small = (290_000, 29_000) if session.quick else (wordcount.LINES, 290_000)
        pattern, words, distinct = put_text(folder, large, 6)
        gain(session, "native", pattern, words, distinct, Target(1.6, True))
        pattern, words, distinct = put_text(folder, small, 2)
        gain(session, "python", pattern, words, distinct, Target(1.7, True))
    batches = 1_000 if session.quick else 6_000
    cross(session, "ints", batches * 4, 150)
    cross(session, "texts", batches // 10, 10)
    cross(session, "pairs", batches // 10, 10)
    cross(session, "objects", batches // 20, 2)


def put_text(folder, lines, files):
    """The text of the word count as so many files, of which each worker reads its share."""
    for number in range(files):
        (folder / f"{lines}.{number}.txt").symlink_to(wordcount.text(lines).resolve())
    distinct = len(set(wordcount.text(lines).read_text(encoding="ascii").split()))
    return folder / f"{lines}.*.txt", files * lines * wordcount.WORDS_A_LINE, distinct


def gain(session, kind, pattern, words, lines, target):
    """A row: two workers over one."""
    runners = {
        f"{count} workers" if count > 1 else "1 worker": job(
            COUNT, count, pattern, kind, events=words, expected=lines
        )
        for count in (2, 1)
    }
    what = f"keyed count, {kind}, 2 workers to 1"
    played = Contest(session, what, runners).play(3 if session.quick else 5)
    names = ("2 workers", "1 worker")
    played.row(what, *names, million_per_second, "M words/s", target, clock="seconds")


def cross(session, kind, batches, limit):
    """A row: rows that all go to the other worker, less what the start of two takes."""
    rows = batches * BATCH
    runners = {
        "ouzel": crossing(batches, kind),
        "start": crossing(1, kind),
    }
    what = f"exchange of {kind}"
    played = Contest(session, what, runners).play(3)
    whole = played.median("ouzel", lambda run: run["seconds"])
    start = played.median("start", lambda run: run["seconds"])
    rate = None if whole is None or start is None else rows / (whole - start) / 1e6
    session.absolute(what, rate, Target(limit, True, " M rows/s"), f"start: {start:.2g} s")
