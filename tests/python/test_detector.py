"""A job that complains about any gap, repeat or reordering, led through random sequences of events.

Each key keeps its last four values, and every value must follow the one before; so it is noticed
inside, too, when state and rows do not belong together. A seed says what happens: kills of workers
and of the supervisor at any moment (while they begin as well), checkpoints and stops by command,
going on with another number of workers. `make soak` takes many seeds, SEEDS=7 or SEEDS=1-2000.
"""

import os
import random
import signal
import subprocess
import sys
import time

import ouzel as oz
import pytest
from ouzel import _control

PROGRAM = """
import ouzel as oz

def detect(last, line):
    key, number = line.split()
    before = last.setdefault(key, [])
    if int(number) != (before[-1] + 1 if before else 1):
        raise AssertionError(f"{number} of key {key} comes after {before}")
    before.append(int(number))
    del before[:-4]
    sum(range(400))
    return line

lines = oz.from_text("in*.txt", name="in")
by_key = lines.key_by(lambda line: line.split()[0], name="key")
first = by_key.stateful(detect, init=dict, name="first")
waiting = first.buffer(20, name="waiting")
by_digit = waiting.key_by(lambda line: line.split()[0][-1], name="digit")
second = by_digit.stateful(detect, init=dict, name="second")
second.to_text("out.txt", name="out").run()
"""

FILES, KEYS, LINES = 3, 40, 2000  # each file has keys of its own
LIVES = 7


def seeds():
    """Those that are asked for; some when none are."""
    first, _, last = os.environ.get("OUZEL_SOAK", "").partition("-")
    if first:
        return range(int(first), int(last or first) + 1)
    return range(1, 25 if os.environ.get("OUZEL_CI") else 4)


def write_input(folder, draw):
    """Lines "key number"; the numbers of a key are 1, 2, 3, ..."""
    for file in range(FILES):
        counts, lines = {}, []
        for _ in range(LINES):
            key = f"k{file}x{draw.randrange(KEYS)}"
            counts[key] = counts.get(key, 0) + 1
            lines.append(f"{key} {counts[key]}\n")
        (folder / f"in{file}.txt").write_text("".join(lines))


def check(folder, size):
    """So much of the output: the numbers of each key follow one another."""
    counts = {}
    out = folder / "out.txt"
    lines = out.read_bytes()[:size].decode().splitlines() if size > 0 else []
    for line in lines:
        key, number = line.split()
        counts[key] = counts.get(key, 0) + 1
        assert int(number) == counts[key], line
    return len(lines)


def committed(folder):
    try:
        return int((folder / "out.txt.committed").read_text())
    except FileNotFoundError:
        return 0


def ask(folder, what):
    """Asks the job, if it is there already."""
    try:
        return _control.request(str(folder / "state"), what)
    except (oz.StateError, OSError):
        return None


def happens(folder, process, draw):
    """One event after a while; whether the supervisor lives on."""
    end = time.monotonic() + draw.uniform(0, 0.6)
    while time.monotonic() < end and process.poll() is None:
        time.sleep(0)
    kind = draw.choice(["worker", "worker", "supervisor", "checkpoint", "stop"])
    status = ask(folder, "status") if kind == "worker" else None
    if status is not None:
        try:
            os.kill(draw.choice(status["workers"])["pid"], signal.SIGKILL)
        except ProcessLookupError:
            pass
    elif kind == "supervisor":
        process.kill()
    elif kind in ("checkpoint", "stop"):
        ask(folder, kind)
    return kind in ("worker", "checkpoint")


def live(folder, draw, *, is_last):
    """One life of the supervisor; its exit code."""
    command = [sys.executable, "-m", "ouzel", "run", "app.py", "--state", "state"]
    command += ["--workers", str(draw.randint(1, 3)), "--checkpoint", "0.01", "--drain", "60"]
    process = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)
    goes_on = not is_last
    while goes_on and process.poll() is None:
        goes_on = happens(folder, process, draw)
    _, said = process.communicate(timeout=90)
    assert "AssertionError" not in said, said
    assert not is_last or process.returncode == 0, said
    return process.returncode


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds())
def test_nothing_is_lost_or_repeated_or_out_of_order(seed, tmp_path):
    draw = random.Random(seed)
    write_input(tmp_path, draw)
    (tmp_path / "app.py").write_text(PROGRAM)
    for life in range(LIVES):
        live(tmp_path, draw, is_last=life == LIVES - 1)
        check(tmp_path, committed(tmp_path))
    assert check(tmp_path, committed(tmp_path)) == FILES * LINES
    assert committed(tmp_path) == (tmp_path / "out.txt").stat().st_size
