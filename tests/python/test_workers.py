"""Jobs of several workers: the same results as with one, whoever is killed and however often."""

import json
import os
import random
import re
import signal
import stat
import subprocess
import sys
import textwrap
import time
from collections import Counter
from pathlib import Path

import ouzel as oz
import pytest
from crew import Crew
from ouzel import _control, _ouzel

HEAD = """
import ctypes, operator, os, select, sys
import ouzel as oz

def count(seen, word):
    seen[word] = seen.get(word, 0) + 1
    return f"{len(word)} {word} {seen[word]}"

def count_numbers(seen, number):
    seen["n"] = seen.get("n", 0) + 1
    return f"{number} {seen['n']}"

def is_first():
    try:
        os.mkdir("taken")
    except FileExistsError:
        return False
    return True

def fail_at(number, how):
    def fail(line, seen=[]):
        seen.append(line)
        if line.startswith(f"{number} "):
            how()
        return line
    return fail
"""

# Each keeps something else. Rows of a key come from one file, so that they have an order.
TOPOLOGIES = {
    "stateful": "words.key_by(len).stateful(count, init=dict)",
    "native_count": 'words.key_by().count().starmap("{} {}".format)',
    "accumulate_by_key": (
        "words.key_by(len).accumulate(lambda a, x: a + x[:1], start='').map(str)"
    ),
    "total": "words.map(len).accumulate(operator.add, start=0).map(str)",
    "unique": "words.unique().map(str)",
    "twice": (
        "words.key_by().count().starmap('{} {}'.format)"
        ".key_by(len).stateful(count, init=dict)"
    ),
    "final": "words.key_by(len).count().final().starmap('{} {}'.format)",
    "many_states": (  # so many that they are written while rows go on
        "words.accumulate(lambda n, word: n + 1, start=0)"
        ".key_by(lambda n: n % 5000).stateful(count_numbers, init=dict)"
    ),
    "slow_queue": "words.delay(0.001).key_by().count().starmap('{} {}'.format)",
}
KILLS = 20 if os.environ.get("OUZEL_CI") else 4  # of each, in two ways
RECOVERIES = 10 if os.environ.get("OUZEL_CI") else 2  # that are cut off, of each


def write_input(folder, files, words):
    draw = random.Random(5)
    for number in range(files):
        lines = (
            " ".join("w" * draw.randint(1, 9) for _ in range(8)) for _ in range(words // 8 // files)
        )
        (folder / f"in{number}.txt").write_text("\n".join(lines) + "\n")


@pytest.fixture
def folder(tmp_path):
    write_input(tmp_path, 1, 12000)
    return tmp_path


RUN = "out.to_text('out.txt', name='out').run()"
SLOWLY = ".map(lambda word: (sum(range(3000)), word)[1], name='slowly')"


def write_program(folder, drawn, *, run=RUN, slowly=""):
    program = HEAD + textwrap.dedent(
        f"""
        lines = oz.from_text("in*.txt", name="in")
        words = lines.flat_map(str.split, name="words"){slowly}
        out = {drawn}
        {run}
        """
    )
    (folder / "app.py").write_text(program)


def start(folder, *options, workers=2, state="state", arguments=()):
    command = [sys.executable, "-m", "ouzel", "run", "app.py", "--workers", str(workers)]
    command += ["--drain", "60"]  # on a loaded machine
    command += ["--state", state, "--checkpoint", "0.002"] if state else []
    return subprocess.Popen(
        [*command, *options, "--", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process, code=0):
    output, errors = process.communicate(timeout=60)
    assert process.returncode == code, errors
    return output + errors


def committed(folder):
    try:
        return int((folder / "out.txt.committed").read_text() or 0)
    except FileNotFoundError:
        return 0


def epoch_of(folder):
    try:
        return int(re.search(r"epoch (\d+)", (folder / "state" / "manifest").read_text())[1])
    except FileNotFoundError:
        return 0


def kill(pid):
    """Whether there was a process to kill."""
    if pid == 0:
        return False
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def lines_of(folder, size=None):
    return Counter((folder / "out.txt").read_bytes()[:size].decode().splitlines())


def wait_until(condition, process):
    while process.poll() is None and not (found := condition()):
        time.sleep(0)
    return process.poll() is None and found


def crew(folder):
    """The workers by pid, and what they are doing; none when nobody answers."""
    try:
        status = _control.request(str(folder / "state"), "status")
    except oz.StateError:
        return {}
    return {worker["pid"]: worker["phase"] for worker in status["workers"]}


def pids(folder):
    return list(crew(folder))


def expected_of(folder, drawn):
    write_program(folder, drawn)
    finish(start(folder, workers=1, state=None))
    expected = lines_of(folder)
    assert expected.total() > 5
    (folder / "out.txt").unlink()
    return expected


# ---- the same results ---------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [2, 3])
@pytest.mark.parametrize("name", sorted(TOPOLOGIES))
def test_several_workers_write_the_same(name, workers, folder):
    expected = expected_of(folder, TOPOLOGIES[name])
    finish(start(folder, workers=workers, state=None))
    assert lines_of(folder) == expected


def test_files_are_shared_out(tmp_path):
    write_input(tmp_path, 4, 4000)
    write_program(tmp_path, "lines.map(lambda line: str(os.getpid()))")
    finish(start(tmp_path, workers=2, state=None))
    assert sorted(lines_of(tmp_path).values()) == [250, 250]


@pytest.mark.parametrize("state", [None, "state"])
def test_keys_that_are_many_are_counted_in_parts(tmp_path, state):
    """More keys than are kept at a time, each twice; and so many that it is not worth it."""
    for number, (repeats, keys) in enumerate([(2, 300_000), (1, 150_000)]):
        words = (f"w{key}\n" * repeats for key in range(keys))
        (tmp_path / f"in{number}.txt").write_text("".join(words))
    write_program(tmp_path, TOPOLOGIES["final"].replace("key_by(len)", "key_by()"))
    finish(start(tmp_path, workers=2, state=state))
    counts = Counter(line.split()[1] for line in lines_of(tmp_path))
    assert counts == {"3": 150_000, "2": 150_000}


def test_run_with_workers_starts_the_program_again(folder):
    program = HEAD + textwrap.dedent(
        """
        if __name__ == "__main__":
            words = oz.from_text("in0.txt", name="in").flat_map(str.split)
            counts = words.key_by().count().starmap("{} {}".format)
            os.write(1, f"before {sys.argv[1:]}\\n".encode())  # in one piece: others write, too
            print("code", counts.to_text("out.txt").run(workers=3, state="state"))
        """
    )
    (folder / "app.py").write_text(program)
    command = [sys.executable, "app.py", "-x", "-"]
    said = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines() == ["before ['-x', '-']"] * 4 + ["code 0"]
    assert lines_of(folder).total() == 12000


def test_a_program_that_is_in_no_file_cannot_be_started_again(folder):
    program = "import ouzel as oz; oz.of(1).sink(print).run(workers=2)"
    command = [sys.executable, "-"]
    said = subprocess.run(command, input=program, capture_output=True, text=True, timeout=60)
    assert "starts the program again: it must be in a file" in said.stderr


# ---- killed -------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(TOPOLOGIES))
def test_killed_workers_begin_again(name, folder):
    expected = expected_of(folder, TOPOLOGIES[name])
    draw = random.Random(name)
    write_program(folder, TOPOLOGIES[name], slowly=SLOWLY)
    killed = 0
    process = start(folder, workers=2)
    for _ in range(KILLS):
        before = epoch_of(folder)
        if wait_until(lambda: epoch_of(folder) > before and pids(folder), process):
            killed += kill(draw.choice(pids(folder) or [0]))
    said = finish(process)
    assert lines_of(folder) == expected
    assert committed(folder) == (folder / "out.txt").stat().st_size
    assert killed > 0 and "was killed by SIGKILL" in said


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(TOPOLOGIES))
def test_killed_again_while_they_begin_again(name, folder):
    """The second death comes before the new workers have told that they run."""
    expected = expected_of(folder, TOPOLOGIES[name])
    draw = random.Random(name)
    write_program(folder, TOPOLOGIES[name], slowly=SLOWLY)
    recoveries = 0
    process = start(folder, workers=2)
    for _ in range(RECOVERIES):
        before = epoch_of(folder)
        if not wait_until(lambda: epoch_of(folder) > before and crew(folder), process):
            break
        old = crew(folder)
        kill(draw.choice(list(old) or [0]))
        new = wait_until(lambda: {p: w for p, w in crew(folder).items() if p not in old}, process)
        if new:
            pid = draw.choice(list(new))
            recoveries += new[pid] != "running" and kill(pid)
    finish(process)
    assert lines_of(folder) == expected
    assert committed(folder) == (folder / "out.txt").stat().st_size
    assert recoveries > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(TOPOLOGIES))
def test_a_killed_job_goes_on_with_another_number_of_workers(name, folder):
    expected = expected_of(folder, TOPOLOGIES[name])
    draw = random.Random(name)
    write_program(folder, TOPOLOGIES[name], slowly=SLOWLY)
    killed = 0
    for _ in range(KILLS):
        before = epoch_of(folder)
        process = start(folder, workers=draw.choice([1, 2, 3]))
        wait_until(lambda: epoch_of(folder) > before, process)
        killed += process.poll() is None
        process.kill()
        process.communicate()
        final = lines_of(folder, committed(folder)) if committed(folder) else Counter()
        assert final <= expected
    finish(start(folder, workers=draw.choice([1, 2, 3])))
    assert lines_of(folder) == expected
    assert killed > 0


# ---- deaths at a named point of a checkpoint ----------------------------------------------------

POINTS = [
    f"{when} {call}"
    for when in ("before", "after")
    for call in (
        "write state.",  # the state of a worker
        "fsync state.",
        "write manifest.tmp",
        "fsync manifest.tmp",
        "rename manifest",
        "fsync state",  # the folder
        "unlink state.",  # of epochs that are past
        "write out",
        "fsync out",
        "rename out",  # what is committed of a file, or a whole one
        "fsync work",  # the folder of the output
    )
]
if not os.environ.get("OUZEL_CI"):
    POINTS = POINTS[::4]


@pytest.fixture
def kill_at(monkeypatch):
    """Preloads the library that kills a process at such a point."""
    build = Path(_ouzel.__file__).resolve().parents[1]
    before = os.environ.get("LD_PRELOAD", "")
    monkeypatch.setenv("LD_PRELOAD", f"{before}:{build / 'tests/kit/kill_at.so'}".strip(":"))


@pytest.mark.slow
@pytest.mark.parametrize("run", ["one file", "a file for each epoch"])
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_named_point(point, run, tmp_path, kill_at, monkeypatch):
    folder = tmp_path / "work"
    folder.mkdir()
    write_input(folder, files=2, words=24000)
    expected = expected_of(folder, TOPOLOGIES["stateful"])
    skip = random.Random(point).randrange(1 if point.endswith("work") else 2)
    path = "out.txt" if run == "one file" else "out-{epoch}.txt"
    run = f"out.to_text({path!r}, name='out').run()"
    write_program(folder, TOPOLOGIES["stateful"], run=run, slowly=SLOWLY)
    monkeypatch.setenv("KILL_AT", point)
    monkeypatch.setenv("KILL_ONCE", str(tmp_path / "killed"))
    monkeypatch.setenv("KILL_SKIP", str(skip))
    said = finish(start(folder))
    lines = Counter()
    for file in folder.glob("out*.txt"):
        lines.update(file.read_text().splitlines())
    assert lines == expected
    assert (tmp_path / "killed").exists() and said.count("was killed by SIGKILL") == 1, said


def test_no_worker_outlives_its_supervisor(folder):
    write_program(folder, "words", slowly=SLOWLY)
    process = start(folder)
    wait_until(lambda: epoch_of(folder) > 0 and pids(folder), process)
    workers = pids(folder)
    process.kill()
    process.communicate()
    for pid in workers:
        while is_alive(pid):
            time.sleep(0)
    assert finish(start(folder)).count("goes on from epoch") == 1


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


# ---- told what to do ----------------------------------------------------------------------------

SLOW = f"words{SLOWLY}.key_by().count().starmap('{{}} {{}}'.format)"


def ouzel(folder, *arguments):
    command = [sys.executable, "-m", "ouzel", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.mark.slow
def test_it_is_asked_by_its_control_socket(folder):
    expected = expected_of(folder, SLOW)
    write_program(folder, SLOW.replace("3000", "60000"))
    process = start(folder, "--checkpoint", "1000")
    assert wait_until(lambda: pids(folder), process)
    control = (folder / "state" / "control").stat()
    assert stat.S_ISSOCK(control.st_mode) and stat.S_IMODE(control.st_mode) == 0o600
    said = ouzel(folder, "checkpoint", "state")
    assert said.returncode == 0, said.stderr
    status = {}

    def holds():
        status.update(json.loads(ouzel(folder, "status", "state").stdout))
        return status["epoch"] > 0

    assert wait_until(holds, process)
    assert [worker["phase"] for worker in status["workers"]] == ["running"] * 2
    assert status["restarts"] == 0 and not status["stopping"]
    said = ouzel(folder, "stop", "state")
    assert said.returncode == 0, said.stderr
    finish(process)
    assert not (folder / "state" / "control").exists()
    assert lines_of(folder).total() < expected.total()
    write_program(folder, SLOW)
    said = ouzel(folder, "status", "state")
    assert (said.returncode, said.stderr) == (
        1,
        "ouzel: no job of several workers runs in 'state'\n",
    )
    finish(start(folder))
    assert lines_of(folder) == expected


def test_a_signal_stops_it_and_ends_nothing(folder):
    drawn = SLOW.replace(".count()", ".count().final()")
    expected = expected_of(folder, drawn)
    process = start(folder)
    assert wait_until(lambda: epoch_of(folder) > 0, process)
    process.send_signal(signal.SIGTERM)
    finish(process)
    assert (folder / "out.txt").read_text() == ""
    assert "goes on from epoch" in finish(start(folder, workers=3))
    assert lines_of(folder) == expected


def test_one_job_owns_a_folder(folder):
    write_program(folder, SLOW.replace("3000", "60000"))
    process = start(folder)
    assert wait_until(lambda: pids(folder), process)
    said = finish(start(folder), code=1)
    assert "ouzel: worker 0: another process runs a job in the state folder 'state'" in said
    assert pids(folder)  # it still answers
    process.send_signal(signal.SIGTERM)
    finish(process)


# ---- what goes wrong ----------------------------------------------------------------------------


def numbered(folder):
    text = "".join(f"{number} {number % 7}\n" for number in range(3000))
    (folder / "in0.txt").write_text(text)


CRASHES = {
    "segfault": ("lambda: ctypes.string_at(0)", "was killed by SIGSEGV"),
    "exit": ("lambda: os._exit(7)", "has ended with exit code 7"),
    "kill": ("lambda: os.kill(os.getpid(), 9)", "was killed by SIGKILL"),
    "abort": ("os.abort", "was killed by SIGABRT"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(CRASHES))
def test_a_record_that_kills_again_and_again_is_named(name, folder):
    how, cause = CRASHES[name]
    numbered(folder)
    write_program(folder, f"lines.map(fail_at(2345, {how}), name='explode')")
    said = finish(start(folder), code=1)
    line = next(line for line in said.splitlines() if "second time" in line)
    assert re.match(
        rf'ouzel: worker 0 {cause} in step "explode" \(app\.py:\d+\), at line \d+ of in0\.txt'
        r"( after byte \d+)?, the record '2345 0', for the second time: ",
        line,
    ), said
    assert re.search(
        r'step "explode" \(app\.py:\d+\): workers have died with this record again and again; '
        r'on_error="skip" .*; the record is \'2345 0\', line \d+ of in0\.txt',
        said,
    ), said
    if name == "segfault":
        assert re.search(r"worker 0: .*app\.py.* in fail", said), said


@pytest.mark.slow
@pytest.mark.parametrize("step", ["map(deadly", "flat_map(one_by_one"])
def test_records_that_kill_are_left_out_where_bad_records_are(step, folder):
    numbered(folder)
    drawn = f"lines.key_by(len).{step}, on_error='skip', name='explode').map(str.strip)"
    write_program(folder, drawn)
    program = (folder / "app.py").read_text()
    functions = """
        def deadly(line):
            return os.abort() if line.split()[0] in ("1234", "2345") else line

        def one_by_one(line):
            yield line
            if line.split()[0] in ("1234", "2345"):
                os.abort()
        """
    (folder / "app.py").write_text(textwrap.dedent(functions) + program)
    said = finish(start(folder))
    blamed = [line for line in said.splitlines() if "for the second time" in line]
    assert len(blamed) == 2 and all('in step "explode"' in line for line in blamed), said
    expected = Counter((folder / "in0.txt").read_text().splitlines())
    expected -= Counter(["1234 2", "2345 0"])
    assert lines_of(folder) == expected


def test_a_worker_that_dies_once_is_no_matter(folder):
    numbered(folder)
    once = "lambda: os.path.exists('once') or (open('once', 'w').close(), os._exit(1))"
    write_program(folder, f"lines.map(fail_at(2345, {once}), name='explode')")
    said = finish(start(folder))
    assert said.count("restart 1") == 1 and "restart 2" not in said
    assert lines_of(folder).total() == 3000


AGAIN = "os.path.exists('once') or (open('once', 'w').close(), {})"


def test_a_step_that_does_not_come_back_is_ended(folder):
    numbered(folder)
    hang = AGAIN.format("select.select([], [], [])")
    write_program(folder, f"lines.map(fail_at(2345, lambda: {hang}), name='explode')")
    said = finish(start(folder, "--patience", "1"))
    expected = r'worker 0 has not come back for 1 s in step "explode" \(app\.py:\d+\), .*0\.txt'
    assert re.search(expected, said), said
    assert re.search(r"worker 0: .*app\.py.* in fail", said), said  # where it was
    assert lines_of(folder).total() == 3000


@pytest.mark.parametrize("function", ["prepare", "commit"])
def test_a_sink_that_does_not_come_back_from_a_checkpoint_is_ended(function, folder):
    numbered(folder)
    hang = AGAIN.format("select.select([], [], [])")
    program = f"""
        class Slow(oz.Sink):
            rows = ()
            def open(self, context):
                self.rows = []
            def on_batch(self, context, rows):
                self.rows += rows
            def prepare(self, context, epoch):
                if "{function}" == "prepare":
                    {hang}
                rows, self.rows = self.rows, []
                return rows
            def commit(self, context, epoch, rows):
                if "{function}" == "commit":
                    {hang}
                with open("shown.txt", "a") as shown:
                    shown.writelines(row + chr(10) for row in rows)

        oz.from_text("in*.txt", name="in").into(Slow(), name="slow").run()
        """
    (folder / "app.py").write_text(HEAD + textwrap.dedent(program))
    said = finish(start(folder, "--patience", "1"))
    assert re.search(r'worker 0 has not come back for 1 s in step "slow" \(app\.py', said), said
    assert len((folder / "shown.txt").read_text().splitlines()) == 3000


def test_a_source_may_take_its_time(folder):
    numbered(folder)
    (folder / "app.py").write_text(
        HEAD
        + textwrap.dedent(
            """
            def rarely():
                yield "a"
                select.select([], [], [], 3)
                yield "b"

            oz.from_iterable(rarely(), name="in").map(str.upper, name="upper").map(
                lambda x: x, name="same"
            ).to_text("out.txt", name="out").run()
            """
        )
    )
    said = finish(start(folder, "--patience", "1"))
    assert "has not come back" not in said
    assert (folder / "out.txt").read_text() == "A\nB\n"


def test_a_worker_whose_memory_grows_too_large_is_ended(folder):
    numbered(folder)
    grow = AGAIN.format("(b'x' * (400 << 20), select.select([], [], []))")
    write_program(folder, f"lines.map(fail_at(2345, lambda: {grow}), name='explode')")
    said = finish(start(folder, "--memory", "300M"))
    expected = (
        r"worker 0 was ended for its memory \(\d+ MiB, of which 300 MiB are allowed\) "
        r'in step "explode"'
    )
    assert re.search(expected, said), said
    assert lines_of(folder).total() == 3000


@pytest.mark.parametrize("size", ["", "G", "much", "0", "nan"])
def test_an_amount_of_memory_makes_sense(size, folder):
    write_program(folder, "words")
    said = ouzel(folder, "run", "app.py", "--memory", size)
    assert said.returncode == 2
    assert "memory is a number of bytes such as 500M or 2.5G" in said.stderr


def test_a_child_that_a_worker_has_forked_is_waited_for(folder):
    numbered(folder)
    child = "os.fork() == 0 and (select.select([], [], [], 1), os._exit(0))"
    once = f"lambda: os.path.exists('once') or (open('once', 'w').close(), {child}, os._exit(1))"
    write_program(folder, f"lines.map(fail_at(2345, {once}), name='explode')")
    assert "has ended with exit code 1" in finish(start(folder))
    assert lines_of(folder).total() == 3000


def test_without_a_state_folder_it_cannot_go_on(folder):
    numbered(folder)
    write_program(folder, "lines.map(fail_at(99, lambda: os._exit(1)), name='explode')")
    assert "without a state folder the job cannot go on" in finish(start(folder, state=None), 3)


def test_a_step_that_fails_is_the_end(folder):
    numbered(folder)
    write_program(folder, "lines.key_by().map(fail_at(99, lambda: 1 // 0), name='invert')")
    said = finish(start(folder), code=1)
    assert "worker 0: ZeroDivisionError" in said
    assert re.search(r'ouzel: worker 0: step "invert" \(app\.py:\d+\): .*ZeroDivisionError', said)
    assert "restart" not in said


def test_run_with_workers_raises_what_the_command_says(folder):
    numbered(folder)
    run = "out.to_text('out.txt', name='out').run(workers=2)"
    write_program(folder, "lines.map(fail_at(99, lambda: 1 // 0), name='invert')", run=run)
    command = [sys.executable, "app.py"]
    said = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert said.returncode == 1
    last = said.stderr.splitlines()[-1]
    assert re.match(r'ouzel\.StepError: worker 0: step "invert"', last), said.stderr


def test_workers_must_draw_the_same(folder):
    write_program(folder, "words if is_first() else words.map(str)")
    said = finish(start(folder, state=None), code=1)
    assert "worker 1 has drawn another graph than worker 0" in said
    assert "draw the same steps, in the same order" in said


def test_a_program_that_never_runs_is_told(folder):
    write_program(folder, "words", run="")
    said = finish(start(folder), code=1)
    assert "has ended without calling run(), before it took part in the job" in said


@pytest.mark.parametrize("command", ["run", "graph"])
def test_a_program_that_is_not_there_is_told(command, folder):
    ended = ouzel(folder, command, "none.py")
    assert ended.returncode == 2
    assert "argument PROGRAM: there is no file 'none.py'" in ended.stderr


def test_state_is_given_to_the_command(folder):
    write_program(folder, "words", run="out.to_text('out.txt').run(state='state')")
    said = finish(start(folder, state=None), code=1)
    assert "the state folder 'state' is given to `ouzel run` by --state" in said


def test_an_answer_must_leave_where_its_question_came_from(folder):
    drawn = "oz.from_tcp('127.0.0.1', 0, listen=True).key_by().count().starmap('{} {}'.format)"
    write_program(folder, drawn, run="out.reply(name='answer').run()")
    said = finish(start(folder, state=None), code=1)
    assert 'step "answer" needs its rows on the worker that has read them' in said


def test_event_time_is_given_where_rows_are_in_order(folder):
    timed = "words.key_by().count().event_time(operator.itemgetter(1), name='time')"
    drawn = f"{timed}.tumbling(3).count().map(str)"
    write_program(folder, drawn)
    said = finish(start(folder, state=None), code=1)
    assert 'step "time" needs its rows on the worker that has read them' in said
    finish(start(folder, workers=1))
    assert lines_of(folder)


def test_an_object_that_cannot_cross_is_named(folder):
    # As many keys as lines: some belong to worker 1, whatever the seed of their hashes is.
    pairs = "lines.map(lambda line: (line, lambda: line), name='pairs')"
    write_program(folder, f"{pairs}.key_by(lambda p: p[0], name='k').count().map(str)")
    said = finish(start(folder, state=None), code=1)
    assert re.search(
        r'step "k => by key" \(app\.py:\d+\): a value or key .* cannot be handed to another worker',
        said,
    ), said
    assert "Can't pickle" in said


ROWS = {
    "ints": [1, -(2**62), 3],
    "beyond 64 bits": [1, 2**70],
    "bools": [True, False],
    "floats": [1.5, -0.0, float("inf")],
    "mixed": [1, 1.0, True],
    "texts": ["", "a", "\u00e9" * 40, "\ud800"],
    "bytes": [b"", b"\0x"],
    "nothing": [None, None],
    "some": ["a", None, "b"],
    "pairs": [(1, "a"), (2, "")],
    "pairs with gaps": [(1, None), (None, "x"), (2, "y")],
    "odd pairs": [(1, "a"), ("b", 2)],
    "lengths": [(1,), (1, 2), ()],
    "nested": [((1, 2), 3), ((4, 5), 6)],
    "long": [tuple(range(40))] * 2,
    "named": [time.gmtime(0)[:3], time.gmtime(0)],
    "lists": [[1], [2, 3]],
    "dicts": [{"a": 1}, {}],
}


@pytest.mark.parametrize("name", sorted(ROWS))
def test_rows_are_the_same_where_they_arrive(name):
    """Of each kind, from worker 0 to the owners of sixteen keys."""
    rows = ROWS[name]
    source = oz.from_iterable(rows * 16, name="in")
    keys = iter(range(16 * len(rows)))
    got = []
    crew = Crew(source.key_by(lambda row: next(keys) % 16).stateful(keep).sink(got.append), 2)
    crew.run()
    assert crew.exchanges
    assert Counter(map(exactly, got)) == Counter(map(exactly, rows * 16))


def keep(state, row):
    return row


def exactly(row):
    return f"{type(row)} {row!r}"


@pytest.mark.parametrize("workers", [0, 257, -1])
def test_there_are_limits(folder, workers):
    write_program(folder, "words")
    said = finish(start(folder, workers=workers, state=None), code=1)
    assert "a job has 1 to 256 workers" in said
