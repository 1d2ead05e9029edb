"""What Ouzel costs before the first record and after the ten-millionth: import time and memory.

Import time is that of a fresh process less a bare one; memory is all that the process has.
"""

import pathlib
import resource
import statistics
import subprocess
import sys
import time

import contest
from contest import Absent, Target, Worker

PACKAGES = ("ouzel", "streamz", "reactivex", "bytewax.operators", "duckdb", "polars")
LOOK = "print(*[line for line in open('/proc/self/status') if line.startswith('VmRSS')])"
KEYS = 1000
SAMPLES = 10
FLAT_MB = 0.5


def start(package):
    """Milliseconds and resident megabytes of a process that imports a package and ends."""
    code = (f"import {package}; " if package else "") + LOOK
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=contest.environment(),
        preexec_fn=contest.pin(contest.ENGINE_CORE),
    )
    seconds = time.perf_counter() - begin
    if done.returncode != 0:
        raise Absent(done.stderr.strip().splitlines()[-1])
    return {"ms": seconds * 1e3, "mb": int(done.stdout.split()[1]) / 1024}


def import_rows(session):
    """Import time and memory beside those of the rivals."""
    runners = {"bare": lambda: start(None)}
    runners |= {name: lambda name=name: start(name) for name in PACKAGES}
    found = contest.Contest(session, "import", runners).play(3 if session.quick else 9)
    bare = found.median("bare", lambda run: run["ms"])
    costs, sizes = [], []
    for name in PACKAGES[1:]:
        if name in found.results:
            costs.append(f"{name} {found.median(name, lambda run: run['ms']) - bare:.0f}")
            sizes.append(f"{name} {found.median(name, lambda run: run['mb']):.0f}")
    ours = found.median("ouzel", lambda run: run["ms"] - bare)
    session.absolute("import", ours, Target(30, unit=" ms"), ", ".join(costs))
    ours = found.median("ouzel", lambda run: run["mb"])
    session.absolute("resident after import", ours, Target(25, unit=" MB"), ", ".join(sizes))


def resident_mb():
    """What this process has in memory now."""
    pages = int(pathlib.Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def endless(messages):
    """A pushed graph with Python functions and keyed state; memory is looked at as it runs."""
    import ouzel as oz

    def count(state, message):
        state[0] += 1
        return state[0]

    last, source = [], oz.Stream()
    step = source.map(str.strip).key_by(lambda text: text).stateful(count, init=lambda: [0])
    step.sink(lambda n: last.__setitem__(slice(None), [n]))
    texts = [f" message {i} " for i in range(KEYS)]

    def run():
        sizes = []
        for _ in range(SAMPLES):
            for i in range(messages // SAMPLES):
                source.emit(texts[i % KEYS])
            sizes.append(resident_mb())

        def check():
            if last != [messages // KEYS]:
                raise ValueError(f"the last count is {last}")
            return {"resident_mb": sizes}

        return messages, check

    return run


def endless_row(session):
    """Growth from the second tenth to the end, in one run."""
    messages = 1_000_000 if session.quick else 10_000_000
    worker = Worker("startup", "endless")
    run = contest.Contest(session, "endless", {"ouzel": worker.runner(messages=messages)})
    found = run.once("ouzel")
    worker.close()
    growth = found and found["resident_mb"][-1] - found["resident_mb"][1]
    what = f"growth over {messages // 10**6} M messages, after warm-up"
    session.absolute(what, growth, Target(FLAT_MB, unit=" MB"))
    if found:
        sizes = statistics.median(found["resident_mb"])
        cost = contest.ns_per_event(found)
        session.note(f"endless: {sizes:.1f} MB resident, {cost:.0f} ns a message")


def run(session):
    """All rows of this workload."""
    import_rows(session)
    endless_row(session)
