"""What surviving costs: checkpoints, a kill -9, and updates that are durable.

Keyed counts of int keys in Arrow columns, as in keyed.py, with a state folder beside without one.
The folders lie in the temporary folder of the system.
"""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import contest
import keyed
from contest import Absent, Contest, Target, Worker, million_per_second, ns_per_event

COLUMN_EVENTS = 10_000_000  # drawn once, given again and again
ONE_SECOND, SHORT = 1.0, 0.05
PATIENCE = 120.0


class Batches(keyed.Batches):
    """The same column `rounds` times; how long each batch took is kept from the second round on.

    In the first round the table grows, with checkpoints and without.
    """

    def __init__(self, keys, events):
        super().__init__(keys, min(events, COLUMN_EVENTS))
        self.rounds = max(1, events // COLUMN_EVENTS)
        self.times = []

    def __iter__(self):
        yield from self.batches
        before = time.perf_counter()
        for _ in range(1, self.rounds):
            for batch in self.batches:
                yield batch
                now = time.perf_counter()
                self.times.append(now - before)
                before = now

    def pauses(self):
        """The longest batch, and that of which one in a hundred took longer, in ms."""
        times = sorted(self.times)
        return {"longest_ms": times[-1] * 1e3, "p99_ms": times[len(times) * 99 // 100] * 1e3}


def draw(keys, events):
    """A count of all keys, of which one row comes out at the end."""
    import ouzel as oz

    rows = []
    batches = Batches(keys, events)
    counts = oz.from_arrow(batches, name="in").key_by(name="key").count(name="count").final()
    return batches, counts.slice(end=1, name="one").sink(rows.append, name="out"), rows


def ouzel(keys, events, checkpoint=None):
    """Prepares a run, with checkpoints so many seconds apart, or without a state folder."""
    folder = tempfile.TemporaryDirectory()
    batches, sink, rows = draw(keys, events)
    options = {} if checkpoint is None else {"state": folder.name, "checkpoint": checkpoint}

    def run():
        sink.run(**options)

        def check():
            folder.cleanup()
            if len(rows) != 1 or rows[0][1] < batches.rounds:
                raise ValueError(f"{rows} came out")
            return batches.pauses()

        return events, check

    return run


def lmdb(keys, events, epoch):
    """The same counts in LMDB: a transaction, with its fsync, for each `epoch` updates."""
    import lmdb as library
    import numpy as np

    folder = tempfile.TemporaryDirectory()
    batches = keyed.draw_batches(keys, events)
    column = np.concatenate([batch.column(0).to_numpy() for batch in batches])
    names = [int(key).to_bytes(8, "little") for key in column]

    def run():
        store = library.open(folder.name, map_size=1 << 32, writemap=False)
        for first in range(0, events, epoch):
            with store.begin(write=True) as change:
                for name in names[first : first + epoch]:
                    before = change.get(name)
                    count = 1 if before is None else int.from_bytes(before, "little") + 1
                    change.put(name, count.to_bytes(8, "little"))

        def check():
            with store.begin() as look:
                counted = sum(int.from_bytes(value, "little") for _, value in look.cursor())
            store.close()
            folder.cleanup()
            if counted != events:
                raise ValueError(f"{counted} were counted, not {events}")

        return events, check

    return run


# ---- killed --------------------------------------------------------------------------------------

NUMBERS = """
import sys, time
import ouzel as oz

KEYS, BATCH = int(sys.argv[1]), 10_000

class Numbers(oz.Source):
    def open(self, context, partition, position):
        self.at = max(position, 0)
    def position(self, partition):
        return self.at
    def poll(self, context, rows):
        context.emit_all(range(self.at % KEYS, self.at % KEYS + BATCH))
        self.at += BATCH
        if self.at >= KEYS:  # all keys are there: slowly, from now on
            context.set_timer(0, 0.001)
            return None
        return "more"
    def on_timer(self, context, id):
        return "more"

class First(oz.Sink):
    seen = False
    def on_batch(self, context, batch):
        key, count = batch[0]
        if not self.seen and count > 1:
            self.seen = True
            with open("first", "a") as file:
                print(time.monotonic(), file=file)

counts = oz.from_source(Numbers(), name="in").key_by(name="key").count(name="count")
counts.into(First(), name="out").run()
"""


def wait_for(what, process, lasts=PATIENCE):
    """Looks until `what` gives something; Absent when the job ends first."""
    until = time.monotonic() + lasts
    while not (found := what()):
        if process.poll() is not None or time.monotonic() > until:
            raise Absent(f"the job has ended, or took more than {lasts:g} s")
        time.sleep(0.01)
    return found


def killed(keys):
    """Seconds from `kill -9` of the worker to the first result of the one that takes its place."""
    from ouzel import _control

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "app.py").write_text(NUMBERS)
        command = [sys.executable, "-m", "ouzel", "run", "app.py", "--state", "state"]
        process = subprocess.Popen(
            [*command, "--", str(keys)],
            cwd=folder,
            env=contest.environment(),
            stderr=subprocess.DEVNULL,
        )

        def firsts(count):
            path = folder / "first"
            times = path.read_text().split() if path.exists() else []
            return times if len(times) >= count else None

        def asked():
            try:
                return _control.request(str(folder / "state"), "status")
            except Exception:
                return None

        try:
            wait_for(lambda: firsts(1), process)  # all keys are there
            epoch = wait_for(asked, process)["epoch"]
            status = wait_for(lambda: (s := asked()) and s["epoch"] > epoch + 1 and s, process)
            (folder / "first").unlink()
            began = time.monotonic()
            os.kill(status["workers"][0]["pid"], signal.SIGKILL)
            (first,) = wait_for(lambda: firsts(1), process)
        finally:
            process.kill()
            process.wait()
        return {"seconds": float(first) - began, "events": keys}


# ---- rows ----------------------------------------------------------------------------------------


def cost(session, keys, events, checkpoint, target):
    """A row: CPU time with checkpoints over that without."""
    worker = Worker("survive", "ouzel")
    runners = {
        "with": worker.runner(keys=keys, events=events, checkpoint=checkpoint),
        "without": worker.runner(keys=keys, events=events),
    }
    what = f"checkpoints each {checkpoint:g} s, {keys:,} keys"
    contest_ = Contest(session, what, runners).play(3 if session.quick else 5)
    contest_.row(what, "with", "without", ns_per_event, "ns", Target(target))
    worker.close()
    return contest_


def run(session):
    """All rows of this workload."""
    events = 50_000_000 if session.quick else 300_000_000
    cost(session, 1_000, events, SHORT, 1.05)
    cost(session, 1_000_000, events, ONE_SECOND, 1.03)
    large = cost(session, 10_000_000, events, ONE_SECOND, 1.05)
    for what, name in (("p99 of batches", "p99_ms"), ("longest batch", "longest_ms")):
        pauses = {kind: large.median(kind, lambda run, n=name: run[n]) for kind in large.results}
        if len(pauses) == 2:
            rival = f"without: {pauses['without']:.3g} ms"
            target = Target(5, unit=" ms")
            session.absolute(f"{what}, 10,000,000 keys", pauses["with"], target, rival)
    durable(session)
    restart(session)


def durable(session):
    """Updates that are safe on disk once a second, beside LMDB."""
    keys, events = 1_000_000, 2_000_000 if session.quick else 10_000_000
    ours, theirs = Worker("survive", "ouzel"), Worker("survive", "lmdb")
    runners = {
        "ouzel": ours.runner(keys=keys, events=COLUMN_EVENTS * 10, checkpoint=ONE_SECOND),
        "lmdb": theirs.runner(keys=keys, events=events, epoch=1_000_000),
    }
    what = f"durable updates, {keys:,} keys"
    played = Contest(session, what, runners).play(3)
    played.row(what, "ouzel", "lmdb", million_per_second, "M/s", Target(20, True))
    ours.close()
    theirs.close()


def restart(session):
    """From a kill to the first new result."""
    keys = 1_000_000 if session.quick else 10_000_000
    what = f"kill -9 to the first result, {keys:,} keys"
    played = Contest(session, what, {"ouzel": lambda: killed(keys)}).play(3)
    session.absolute(what, played.median("ouzel", lambda run: run["seconds"]), Target(1, unit=" s"))
