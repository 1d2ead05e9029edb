"""How long nothing is read while a job grows and shrinks, and how soon a busy one has grown.

A million int keys are counted, and go on being so at half of what the workers can do: the source
waits for as long as each batch has taken. The state folders lie in the temporary folder.
"""

import pathlib
import subprocess
import sys
import tempfile
import time

import contest
from contest import Absent, Contest, Target
from survive import wait_for

SOURCE = """
import sys, time
import ouzel as oz

PARTS = 4

class Parts(oz.Source):
    at = {}
    def partitions(self):
        return [str(part) for part in range(PARTS)]
    def open(self, context, partition, position):
        self.at = {**self.at, partition: max(position, 0)}
    def position(self, partition):
        return self.at[partition]
    def close(self, context):
        self.at = {}
"""

NUMBERS = """
KEYS, BATCH = int(sys.argv[1]), 10_000

class Numbers(Parts):
    ready = 0
    def poll(self, context, rows):
        began = time.perf_counter()
        for part in self.at:
            first = (self.at[part] * PARTS + part * BATCH) % KEYS
            context.emit_all(range(first, first + BATCH))
            self.at[part] += BATCH
        if min(self.at.values()) * PARTS < KEYS:
            return "more"
        if not self.ready:
            self.ready = 1
            open(f"ready {min(self.at)}", "w").close()
        context.set_timer(0, time.perf_counter() - began)
        return None
    def on_timer(self, context, id):
        return "more"

counts = oz.from_source(Numbers(), name="in").key_by(name="key").count(name="count")
counts.filter(lambda row: False, name="none").to_text("out.txt", name="out").run()
"""

BUSY = """
RECORDS, BATCH = 1_000_000, 100

class Numbers(Parts):
    def poll(self, context, rows):
        for part, at in self.at.items():
            if at < RECORDS // PARTS:
                context.emit_all(range(at, at + BATCH))
                self.at[part] += BATCH
        return "done" if min(self.at.values()) >= RECORDS // PARTS else "more"

def work(number):
    until = time.perf_counter() + 10e-6
    while time.perf_counter() < until:
        pass
    return False

oz.from_source(Numbers(), name="in").filter(work, name="work").to_text("out.txt", name="out").run()
"""


class Job:
    """A job that runs in a folder of its own, until it is left."""

    def __init__(self, program, *options, arguments=()):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self._folder.name)
        self.state = self.folder / "state"
        (self.folder / "app.py").write_text(SOURCE + program)
        command = [sys.executable, "-m", "ouzel", "run", "app.py", "--state", "state", *options]
        self.process = subprocess.Popen(
            [*command, "--", *map(str, arguments)],
            cwd=self.folder,
            env=contest.environment(),
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self._folder.cleanup()

    def status(self):
        """What the job says of itself; None: nothing."""
        from ouzel import _control

        try:
            return _control.request(str(self.state), "status")
        except Exception:
            return None

    def steady(self, workers):
        """Waits until so many workers are there, and no other."""

        def is_steady():
            found = (self.status() or {"workers": ()})["workers"]
            return len(found) == workers and all(w["phase"] == "running" for w in found)

        wait_for(is_steady, self.process)


def pauses(keys, numbers):
    """The longest pause of the changes from each number of workers to the next, in seconds."""
    import ouzel as oz

    first, *others = numbers
    with Job(
        NUMBERS, "--workers", str(first), "--workers-max", str(max(numbers)), arguments=[keys]
    ) as job:
        wait_for(lambda: len(list(job.folder.glob("ready *"))) >= first, job.process)
        longest, entries, before = 0.0, 0, first
        for number in others:
            job.steady(before)
            time.sleep(0.5)
            done = oz.scale(job.state, number)
            longest, entries = max(longest, done.pause), entries + done.entries
            before = number
        job.steady(before)
    return {"seconds": longest, "entries": entries, "events": keys}


def grown():
    """Seconds from when there is work for one worker and more until there are two."""
    with Job(BUSY, "--workers", "1", "--autoscale", "1-2") as job:
        job.steady(1)
        began = time.monotonic()
        wait_for(lambda: (job.status() or {}).get("scaled"), job.process)
        seconds = time.monotonic() - began
        number = 0
        while job.process.poll() is None:
            scaled = (job.status() or {}).get("scaled")
            number = scaled["number"] if scaled else number
            time.sleep(0.05)
        if number > 1:
            raise Absent(f"the number of workers has changed {number} times")
    return {"seconds": seconds, "events": 1_000_000}


def run(session):
    """All rows of this workload."""
    keys = 100_000 if session.quick else 1_000_000
    for numbers in ((1, 2, 1), (2, 4, 2)):
        what = f"pause, {' -> '.join(map(str, numbers))} workers, {keys:,} keys"
        played = Contest(session, what, {"ouzel": lambda n=numbers: pauses(keys, n)}).play(5)
        longest = played.median("ouzel", lambda run: run["seconds"] * 1e3)
        session.absolute(what, longest, Target(100, unit=" ms"))
    what = "busy: two workers after"
    played = Contest(session, what, {"ouzel": grown}).play(3)
    session.absolute(what, played.median("ouzel", lambda run: run["seconds"]), Target(5, unit=" s"))
