"""Jobs that grow and shrink while they run: nothing lost, nothing twice, the order of keys kept.

The rows come from a source that does not end before a file is there, so that all that the seed has
drawn happens while rows go on. `make soak` takes many seeds, as of the detector.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import ouzel as oz
import pytest
from crew import Crew
from ouzel import _control, _ouzel, _plan
from ouzel._autoscale import Autoscale, bounds_of

PROGRAM = """
import os, select
import ouzel as oz

PARTS, LINES, KEYS = 5, 600, 20

class Numbers(oz.Source):
    # Lines "key number"; the numbers of a key are 1, 2, 3, ... Each part has keys of its own.
    def __init__(self):
        self.at = {}

    def partitions(self):
        return [f"part {part}" for part in range(PARTS)]

    def open(self, context, partition, position):
        self.at[partition] = max(position, 0)

    def position(self, partition):
        return self.at[partition]

    def close(self, context):
        self.at = {}

    def poll(self, context, rows):
        select.select([], [], [], 0.001)
        may_end = os.path.exists("go")
        for part, at in self.at.items():
            most = LINES if may_end else LINES - 1
            for number in range(at, min(at + min(rows, 30 if may_end else 2), most)):
                self.at[part] = number + 1
                if not context.emit(f"k{part}x{number % KEYS} {number // KEYS + 1}"):
                    return "more"
        return "done" if all(at == LINES for at in self.at.values()) else "more"

def detect(last, line):
    key, number = line.split()
    before = last.setdefault(key, [])
    if int(number) != (before[-1] + 1 if before else 1):
        raise AssertionError(f"{number} of key {key} comes after {before}")
    before.append(int(number))
    del before[:-4]
    return line

def key_of(line):
    return line.split()[0]

def join(waiting, line):
    # Gives a line when it has come from both sides.
    line = line.strip()
    if waiting.pop(line, 0):
        return line
    waiting[line] = 1
    return None

lines = oz.from_source(Numbers(), name="in")
by_key = lines.key_by(key_of, name="key")
"""

PROGRAMS = {
    "detector": """
first = by_key.stateful(detect, init=dict, name="first").buffer(20, name="waiting")
second = first.key_by(lambda line: line.split()[0][-1], name="digit")
out = second.stateful(detect, init=dict, name="second")
""",
    "count": """
out = lines.map(key_of).key_by(name="word").count(name="count").starmap("{} {}".format)
""",
    "join": """
other = lines.map(lambda line: line + " ", name="other").key_by(key_of, name="key of other")
both = by_key.union(other, name="both").stateful(join, init=dict, name="join")
out = both.filter(lambda line: line is not None)
""",
}
PARTS, LINES = 5, 600
EVENTS, WORKERS = 5, 4


def seeds(count):
    """Those that are asked for; so many when none are."""
    first, _, last = os.environ.get("OUZEL_SOAK", "").partition("-")
    if first:
        return range(int(first), int(last or first) + 1)
    return range(1, count + 1)


def write_program(folder, name="detector", head=PROGRAM):
    end = 'out.to_text("out.txt", name="out").run()\n'
    (folder / "app.py").write_text(head + PROGRAMS.get(name, name) + end)


STARTED = []


@pytest.fixture(autouse=True)
def nothing_goes_on():
    """A test that fails leaves no job behind."""
    yield
    while STARTED:
        process = STARTED.pop()
        process.kill()
        process.communicate()


def start(folder, *options, workers=2, checkpoint="0.01", stdin=None):
    command = [sys.executable, "-m", "ouzel", "run", "app.py", "--workers", str(workers)]
    command += ["--state", "state", "--checkpoint", checkpoint, "--drain", "60", *options]
    process = subprocess.Popen(
        command, cwd=folder, stdin=stdin, stderr=subprocess.PIPE, text=True
    )
    STARTED.append(process)
    return process


def finish(folder, process, code=0):
    (folder / "go").touch()
    _, said = process.communicate(timeout=90)
    assert process.returncode == code, said
    return said


def ask(folder, what):
    """Asks the job, if it is there."""
    try:
        return _control.request(str(folder / "state"), what)
    except (oz.StateError, OSError):
        return None


def wait_until(process, condition):
    """The first answer that says yes; None when the job ends before."""
    while process.poll() is None:
        if found := condition():
            return found
        time.sleep(0)
    return None


def running(folder, process, workers):
    """Waits until so many run, and no others are there."""

    def are_there():
        status = ask(folder, "status") or {"workers": []}
        phases = [worker["phase"] for worker in status["workers"]]
        return status if phases == ["running"] * workers else None

    status = wait_until(process, are_there)
    assert status is not None
    return status


def scale(folder, process, workers):
    """Asks for so many, once the job is there and not at something else; the answer."""

    def asked():
        answer = ask(folder, f"scale {workers}")
        return answer if answer and "number" in answer else None

    answer = wait_until(process, asked)
    assert answer is not None
    return answer["number"]


def scaled(folder, process, number):
    """Waits for what has become of it."""

    def done():
        found = (ask(folder, "status") or {}).get("scaled")
        return found if found and found["number"] == number else None

    return wait_until(process, done)


def check(folder):
    """The numbers of each key follow one another, and all are there."""
    counts = {}
    for line in (folder / "out.txt").read_text().splitlines():
        key, number = line.split()
        counts[key] = counts.get(key, 0) + 1
        assert int(number) == counts[key], line
    assert sum(counts.values()) == PARTS * LINES
    committed = int((folder / "out.txt.committed").read_text())
    assert committed == (folder / "out.txt").stat().st_size


# ---- whatever happens ---------------------------------------------------------------------------


def kill_one(folder, draw):
    status = ask(folder, "status")
    if status is not None and status["workers"]:
        try:
            os.kill(draw.choice(status["workers"])["pid"], signal.SIGKILL)
        except ProcessLookupError:
            pass


def happens(folder, process, draw):
    kind = draw.choice(["scale", "scale", "scale", "kill", "checkpoint"])
    if kind == "scale":
        number = scale(folder, process, draw.randint(1, WORKERS))
        if draw.random() < 0.7:
            scaled(folder, process, number)
    elif kind == "kill":
        kill_one(folder, draw)
    else:
        ask(folder, "checkpoint")


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(PROGRAMS))
@pytest.mark.parametrize("seed", seeds(24 if os.environ.get("OUZEL_CI") else 2))
def test_whatever_happens_to_processes_each_row_counts_once(seed, name, tmp_path):
    draw = random.Random(f"{name} {seed}")
    write_program(tmp_path, name)
    process = start(tmp_path, workers=draw.randint(1, WORKERS), *["--workers-max", str(WORKERS)])
    for _ in range(EVENTS):
        happens(tmp_path, process, draw)
    said = finish(tmp_path, process)
    assert "AssertionError" not in said
    check(tmp_path)


# ---- the same, a hundred times faster: workers that are threads ---------------------------------


class Numbers(oz.Source):
    """As in PROGRAM, for workers in one process, each of which opens it."""

    LINES = 120

    def __init__(self):
        self.own = threading.local()
        self.polls = 0
        self.may_end = False

    def partitions(self):
        return [f"part {part}" for part in range(PARTS)]

    def open(self, context, partition, position):
        self.at()[partition] = max(position, 0)

    def at(self):
        self.own.at = getattr(self.own, "at", {})
        return self.own.at

    def position(self, partition):
        return self.at()[partition]

    def close(self, context):
        self.own.at = {}

    def poll(self, context, rows):
        self.polls += 1
        at = self.at()
        for part, number in at.items():
            if number < (self.LINES if self.may_end else self.LINES - 1):
                at[part] = number + 1
                if not context.emit(f"k{part}x{number % 7} {number // 7 + 1}"):
                    return "more"
        return "done" if all(number == self.LINES for number in at.values()) else "more"


def draw_graph(name, source, out):
    names = {}
    exec(PROGRAM[: PROGRAM.index("lines = ")], names)
    names["lines"] = oz.from_source(source, name="in")
    names["by_key"] = names["lines"].key_by(names["key_of"], name="key")
    exec(PROGRAMS[name], names)
    return names["out"].to_text(str(out), name="out")


def check_numbers(path, *, is_whole):
    counts = Counter()
    try:
        committed = int(Path(f"{path}.committed").read_text())
    except FileNotFoundError:
        committed = 0
    for line in path.read_bytes()[:committed].decode().splitlines() if committed else []:
        key, number = line.split()
        counts[key] += 1
        assert int(number) == counts[key], line
    assert not is_whole or counts.total() == PARTS * Numbers.LINES


def spin(source, crew, polls):
    """Until so many have gone by, or the crew is at its end."""
    until = source.polls + polls
    while source.polls < until and crew.is_alive():
        time.sleep(0)


def live(graph, source, folder, draw, *, is_last):
    """A life of the job, in which it grows and shrinks; how often keys have moved."""
    crew = Crew(graph, draw.randint(1, WORKERS), folder / "state", seats=WORKERS)
    failures = []

    def run():
        try:
            crew.run()
        except BaseException as error:
            failures.append(error)

    source.may_end = False
    thread = threading.Thread(target=run)
    thread.start()
    for _ in range(EVENTS):
        spin(source, thread, draw.randrange(120))
        crew.scale(draw.randint(1, WORKERS))
    while is_last and crew.moved == 0 and thread.is_alive():
        crew.scale(draw.randint(1, WORKERS))
        spin(source, thread, 20)
    if is_last:
        source.may_end = True
    else:
        crew.die()
    thread.join()
    assert not failures, failures
    check_numbers(folder / "out.txt", is_whole=is_last)
    return crew.moved


def test_who_waits_for_worker_0_holds_nobody_up():
    """A worker that is there first has to wait until worker 0 can make its instance."""
    made = []
    graph = _plan.compile([oz.of(1).key_by().count().sink(made.append)]).graph
    graph.spread(2)
    job = _ouzel.Job(2)

    def work(number):
        joined = _ouzel.Job.join(job.file, job.bells, number)
        with contextlib.closing(_ouzel.Instance(graph, job=joined)) as instance:
            while not instance.run(0.01):
                pass

    second = threading.Thread(target=work, args=(1,), daemon=True)
    second.start()
    second.join(0.2)
    assert job.status(1)["phase"] == "starting"
    work(0)
    second.join()
    assert made == [(1, 1)]


LIVES = 3


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(PROGRAMS))
@pytest.mark.parametrize("seed", seeds(70 if os.environ.get("OUZEL_CI") else 10))
def test_whatever_happens_each_row_counts_once(seed, name, tmp_path):
    draw = random.Random(f"{name} {seed}")
    source = Numbers()
    graph = draw_graph(name, source, tmp_path / "out.txt")
    moved = 0
    for life in range(LIVES):
        moved += live(graph, source, tmp_path, draw, is_last=life == LIVES - 1)
    assert moved > 0


# ---- deaths at a named point --------------------------------------------------------------------

# By the change of the number of workers: the parcels that there are. A worker that is new gives
# nothing, and one that has left removes its own when it takes part in the checkpoint after that.
POINTS = [
    (f"{when} {call} {worker}.moved", change)
    for change in ((2, 3), (3, 1))
    for worker in range(change[0])
    for call in ("write", "unlink")
    for when in ("before", "after")
]
if not os.environ.get("OUZEL_CI"):
    POINTS = POINTS[::3]


@pytest.mark.slow
@pytest.mark.parametrize(("point", "change"), POINTS)
def test_killed_at_a_named_point_of_a_move(point, change, tmp_path, monkeypatch):
    """The old number of workers goes on, or the new one, and nothing between."""
    before, after = change
    build = Path(_ouzel.__file__).resolve().parents[1]
    write_program(tmp_path)
    monkeypatch.setenv("LD_PRELOAD", str(build / "tests/kit/kill_at.so"))
    monkeypatch.setenv("KILL_AT", point)
    monkeypatch.setenv("KILL_ONCE", str(tmp_path / "killed"))
    process = start(tmp_path, workers=before)
    running(tmp_path, process, before)
    found = scaled(tmp_path, process, scale(tmp_path, process, after))
    wait_until(process, (tmp_path / "killed").exists)

    def begun_again():
        status = ask(tmp_path, "status") or {"restarts": 0}
        return status["restarts"] and len(status["workers"])

    workers = wait_until(process, begun_again)
    assert workers in (before, after)
    if found["error"]:
        assert f"goes on with {workers} workers" in found["error"]
    said = finish(tmp_path, process)
    assert "was killed by SIGKILL" in said
    check(tmp_path)
    assert not list((tmp_path / "state").glob("*.moved"))


# ---- asked for ----------------------------------------------------------------------------------


@pytest.fixture
def job(tmp_path, monkeypatch):
    """A job of two workers that runs; its folder and its process."""
    monkeypatch.chdir(tmp_path)
    write_program(tmp_path)
    process = start(tmp_path)
    running(tmp_path, process, 2)
    yield tmp_path, process
    finish(tmp_path, process)
    check(tmp_path)


def test_it_grows_and_shrinks_from_python(job):
    folder, process = job
    grown = oz.scale("state", 3)
    assert (grown.before, grown.after) == (2, 3)
    assert 0 < grown.pause < 10
    running(folder, process, 3)
    shrunk = oz.scale("state", 1)
    assert (shrunk.before, shrunk.after) == (3, 1)
    assert running(folder, process, 1)["restarts"] == 0
    assert oz.scale("state", 1).entries == 0


def command(folder, *arguments):
    full = [sys.executable, "-m", "ouzel", *arguments]
    return subprocess.run(full, cwd=folder, capture_output=True, text=True, timeout=60)


def test_it_grows_by_command(job):
    folder, process = job
    said = command(folder, "scale", "state", "3")
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith("2 -> 3 workers: ")
    assert "nothing was read for" in said.stdout
    running(folder, process, 3)


@pytest.mark.parametrize(
    ("workers", "error"),
    [
        ("0", "the number of workers is 1 or more, not '0'"),
        ("-1", "the number of workers is 1 or more, not '-1'"),
        ("10000", "can have 16 workers at most, not 10000"),
    ],
)
def test_numbers_that_make_no_sense(job, workers, error):
    folder, process = job
    said = command(folder, "scale", "state", workers)
    assert said.returncode == 1
    assert error in said.stderr
    assert running(folder, process, 2)["scaled"] is None


def test_only_a_job_that_runs_can_be_scaled(tmp_path):
    with pytest.raises(oz.StateError, match="no state folder"):
        oz.scale(tmp_path / "state", 2)
    (tmp_path / "state").mkdir()
    with pytest.raises(oz.StateError, match="no job of several workers runs in"):
        oz.scale(tmp_path / "state", 2)
    with pytest.raises(TypeError, match="workers is a number"):
        oz.scale(tmp_path / "state", "2")


def test_one_worker_can_have_others_when_that_is_said(tmp_path):
    write_program(tmp_path)
    process = start(tmp_path, "--workers-max", "2", workers=1)
    running(tmp_path, process, 1)
    assert oz.scale(tmp_path / "state", 2).after == 2
    finish(tmp_path, process)
    check(tmp_path)


def test_one_worker_has_no_others_by_default(tmp_path):
    write_program(tmp_path)
    process = start(tmp_path, workers=1)
    running(tmp_path, process, 1)
    with pytest.raises(oz.StateError, match="1 workers at most, not 2.*--workers-max"):
        oz.scale(tmp_path / "state", 2)
    finish(tmp_path, process)


def test_there_are_no_less_seats_than_workers(tmp_path):
    write_program(tmp_path)
    said = command(tmp_path, "run", "app.py", "--workers-max", "257", "--state", "state")
    assert said.returncode == 1
    assert "may ever have are 1 to 256, not 257" in said.stderr


def test_scaling_itself_needs_a_state_folder(tmp_path):
    write_program(tmp_path)
    said = command(tmp_path, "run", "app.py", "--autoscale", "1-2")
    assert (said.returncode, said.stdout) == (1, "")
    assert "--autoscale needs --state" in said.stderr
    said = command(tmp_path, "run", "app.py", "--autoscale", "2", "--state", "state")
    assert said.returncode == 2
    assert "from the fewest to the most workers, as 1-4, not '2'" in said.stderr


def test_a_source_without_positions_stays_where_it_is(tmp_path):
    """Nothing is lost by asking: it is told why not, and goes on."""
    write_program(tmp_path, head=PROGRAM.replace("def position(", "def no_position("))
    process = start(tmp_path)
    running(tmp_path, process, 2)
    with pytest.raises(oz.StateError, match="cannot go on on another worker"):
        oz.scale(tmp_path / "state", 3)
    running(tmp_path, process, 2)
    finish(tmp_path, process)
    check(tmp_path)


def test_a_new_worker_that_does_not_begin_changes_nothing(tmp_path):
    head = 'import os\nif os.path.exists("broken"):\n    raise SystemExit("no licence")\n'
    write_program(tmp_path, head=head + PROGRAM)
    process = start(tmp_path)
    running(tmp_path, process, 2)
    (tmp_path / "broken").touch()
    with pytest.raises(oz.StateError, match="worker 2 has ended with exit code 1 before it took"):
        oz.scale(tmp_path / "state", 3)
    (tmp_path / "broken").unlink()
    assert oz.scale(tmp_path / "state", 3).after == 3
    assert running(tmp_path, process, 3)["restarts"] == 0
    finish(tmp_path, process)
    check(tmp_path)


def is_at_work(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")")[-1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_new_workers_that_end_together_change_nothing(tmp_path):
    """The supervisor hears of the second of them when it has sent both away."""
    head = """
import os
if os.path.exists("broken"):
    os.close(2)
    open(f"here {os.getpid()}", "w").close()
    while not os.path.exists("end"):
        pass
    os._exit(1)
"""
    write_program(tmp_path, head=head + PROGRAM)
    process = start(tmp_path)
    running(tmp_path, process, 2)
    (tmp_path / "broken").touch()
    number = scale(tmp_path, process, 4)
    wait_until(process, lambda: len(list(tmp_path.glob("here *"))) == 2)
    newcomers = [path.name.split()[1] for path in tmp_path.glob("here *")]
    (tmp_path / "end").touch()
    wait_until(process, lambda: not any(map(is_at_work, newcomers)))  # it is asked nothing so long
    assert "before it took part" in scaled(tmp_path, process, number)["error"]
    assert running(tmp_path, process, 2)["restarts"] == 0
    finish(tmp_path, process)
    check(tmp_path)


def test_a_full_disk_changes_nothing(tmp_path):
    """The parcel of a worker does not fit: all go on as they are."""
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (1 << 14, 1 << 14))\n"
    limit += "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    big = """
def fill(seen, line):
    seen.setdefault("x", "x" * 100000)
    return line
out = by_key.stateful(fill, init=dict, name="fill").filter(lambda line: False)
"""
    write_program(tmp_path, big, head=limit + PROGRAM)
    process = start(tmp_path, checkpoint="1000")
    running(tmp_path, process, 2)
    wait_until(process, lambda: sum(w["moves"] for w in ask(tmp_path, "status")["workers"]) > 100)
    with pytest.raises(oz.StateError, match=r"cannot write 'state/state\.[01]\.moved'"):
        oz.scale(tmp_path / "state", 3)
    running(tmp_path, process, 2)


# ---- automatically ------------------------------------------------------------------------------


def test_it_does_not_flap():
    """One worker is not enough for the work, two have time left: it stays at two."""
    auto = Autoscale(1, 8)
    workers, changes = 1, []
    for tick in range(4000):
        wanted = auto.decide(tick / 4, workers, min(1.0, 1.3 / workers))
        if wanted != workers:
            changes.append((tick / 4, wanted))
            workers = wanted
    assert [wanted for _, wanted in changes] == [2]
    assert changes[0][0] <= 2


def test_it_shrinks_when_there_is_little_to_do():
    auto = Autoscale(2, 8)
    workers = 5
    for tick in range(400):
        workers = auto.decide(tick / 4, workers, 0.1)
    assert workers == 2


def test_bounds_are_kept():
    auto = Autoscale(2, 3)
    assert auto.decide(0.0, 1, 0.0) == 2
    auto = Autoscale(2, 3)
    assert [auto.decide(tick / 4, 3, 1.0) for tick in range(40)] == [3] * 40


@pytest.mark.parametrize("text", ["", "3", "4-1", "0-2", "a-b", "1-2-3"])
def test_bounds_that_make_no_sense(text):
    with pytest.raises(ValueError, match="from the fewest to the most workers"):
        bounds_of(text)


@pytest.mark.slow
def test_a_job_that_is_busy_gets_a_worker(tmp_path):
    busy = PROGRAM.replace("0.001)", "0)").replace("del before[:-4]", "sum(range(20000))")
    write_program(tmp_path, head=busy)
    process = start(tmp_path, "--autoscale", "1-2", workers=1)
    found = wait_until(process, lambda: (ask(tmp_path, "status") or {}).get("scaled"))
    assert (found["before"], found["after"], found["error"]) == (1, 2, "")
    finish(tmp_path, process)
    check(tmp_path)


@pytest.mark.slow
def test_a_job_that_waits_gets_none(tmp_path):
    """One wait is as long as the test: it counts while it lasts."""
    write_program(tmp_path, 'out = oz.from_stdin(name="in")\n', head="import ouzel as oz\n")
    process = start(tmp_path, "--autoscale", "1-2", workers=1, checkpoint="1000", stdin=-1)
    running(tmp_path, process, 1)
    wait_until(process, lambda: (ask(tmp_path, "status") or {"seconds": 0})["seconds"] > 2.5)
    status = running(tmp_path, process, 1)
    assert status["scaled"] is None
    assert status["workers"][0]["waited_ns"] > 1e9
    finish(tmp_path, process)
