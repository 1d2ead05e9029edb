"""Sinks that are written in Python and know epochs, and what a job guarantees."""

import json
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections import Counter

import ouzel as oz
import pytest

KILLS = 4


class Kept(oz.Sink):
    """What it was told, in order."""

    def __init__(self):
        self.rows, self.said, self.fails = [], [], set()

    def open(self, context):
        self.said.append(("open", context.state))

    def on_batch(self, context, batch):
        self.rows += batch
        context.state = (context.state or 0) + len(batch)

    def prepare(self, context, epoch):
        rows, self.rows = self.rows, []
        self.said.append(("prepare", epoch, rows))
        return rows

    def commit(self, context, epoch, prepared):
        if epoch in self.fails:
            raise OSError("no room")
        self.said.append(("commit", epoch, prepared))


def test_a_sink_prepares_and_commits(tmp_path):
    sink = Kept()
    oz.from_iterable([1, 2], name="in").into(sink, name="sink").run(state=tmp_path / "state")
    assert sink.said == [("open", None), ("prepare", 1, [1, 2]), ("commit", 1, [1, 2])]


def test_what_was_prepared_is_committed_when_the_job_goes_on(tmp_path):
    sink = Kept()
    sink.fails = {1}
    with pytest.raises(OSError, match="no room") as caught:
        oz.from_iterable([1, 2], name="in").into(sink, name="sink").run(state=tmp_path / "state")
    assert caught.value.ouzel.step == "sink"
    again = Kept()
    oz.from_iterable([1, 2], name="in").into(again, name="sink").run(state=tmp_path / "state")
    assert again.said == [("open", 2), ("commit", 1, [1, 2])]


LOST = """
import resource
import ouzel as oz

class Whole(oz.Sink):
    def __init__(self):
        self.rows, self.prepared, self.shown = [], [], []

    def on_batch(self, context, batch):
        self.rows += batch

    def prepare(self, context, epoch):
        self.prepared.append(epoch)
        limit = 1 if len(self.prepared) == 2 else resource.RLIM_INFINITY  # bytes of a file
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        rows, self.rows = self.rows, []
        return rows

    def commit(self, context, epoch, prepared):
        self.shown.append((epoch, len(self.prepared), prepared))

sink = Whole()
rows = oz.from_iterable(range(50_000), name="in")
rows.into(sink, name="sink").run(state="state", checkpoint=1e-6)
assert [epoch for epoch, _, _ in sink.shown] == sink.prepared
assert sink.prepared == list(range(1, len(sink.prepared) + 1))
assert [number for _, number, _ in sink.shown[:3]] == [1, 3, 3], sink.shown[:3]
assert sum((rows for _, _, rows in sink.shown), []) == list(range(50_000))
"""


def test_what_a_lost_epoch_has_prepared_is_shown_with_the_next(tmp_path):
    """Rows that come while an epoch is written belong to the next one, also when it is lost."""
    command = [sys.executable, "-c", LOST]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert said.returncode == 0, said.stderr


def test_an_epoch_ends_early_when_rows_are_many(tmp_path):
    calls = []
    stream = oz.of(*range(1000)).sink_by_epoch(lambda *call: calls.append(call), limit=100)
    stream.run(state=tmp_path / "state", checkpoint=60)
    assert [row for _, rows in calls for row in rows] == list(range(1000))
    assert len(calls) > 1


def test_it_needs_a_state_folder():
    with pytest.raises(ValueError, match=r"sink_by_epoch\(\) needs epochs: run .* with state="):
        oz.of(1).sink_by_epoch(print).run()


def test_mistakes_are_told():
    class Half(oz.Sink):
        stateful = True

        def on_batch(self, context, batch):
            context.state = 1

    with pytest.raises(TypeError, match="with prepare\\(\\) and commit\\(\\)"):
        oz.of(1).into(Half())
    with pytest.raises(TypeError, match="takes a function of"):
        oz.of(1).sink_by_epoch(3)

    class Forgetful(oz.Operator):
        def on_batch(self, context, batch):
            context.state = 1

    with pytest.raises(AttributeError, match="stateful = True"):
        oz.of(1).through(Forgetful()).to_list()


# ---- killed: rows in a database, each exactly once -----------------------------------------------

PROGRAM = """
import sqlite3
import ouzel as oz

base = sqlite3.connect("out.db")
base.execute("create table if not exists words (word)")
base.execute("create table if not exists epochs (epoch primary key)")

def write(epoch, rows):
    with base:
        if base.execute("select 1 from epochs where epoch = ?", (epoch,)).fetchone() is None:
            base.execute("insert into epochs values (?)", (epoch,))
            base.executemany("insert into words values (?)", [(row,) for row in rows])

words = oz.from_text("in*.txt", name="in").flat_map(str.split, name="words")
counts = words.key_by(name="by word").count(name="count").starmap("{} {}".format, name="text")
counts.sink_by_epoch(write, name="out").run(
    state="state", checkpoint=0.002, guarantee="exactly-once"
)
"""


def rows_of(folder):
    with sqlite3.connect(folder / "out.db") as base:
        return [row for (row,) in base.execute("select word from words order by rowid")]


def count_of(folder):
    try:
        with sqlite3.connect(f"file:{folder / 'out.db'}?mode=ro", uri=True) as base:
            return base.execute("select count(*) from words").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


@pytest.mark.parametrize("workers", [1, 2])
def test_a_database_has_each_row_once_whoever_is_killed(workers, tmp_path):
    words = [f"w{i % 17}" for i in range(12000)]
    (tmp_path / "in.txt").write_text("\n".join(words) + "\n")
    (tmp_path / "app.py").write_text(PROGRAM)
    command = [sys.executable, "app.py"]
    if workers > 1:
        command[1:1] = ["-m", "ouzel", "run", "--workers", str(workers)]
        command += ["--state", "state", "--checkpoint", "0.002"]
    for kill in range(KILLS):
        process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE)
        before = count_of(tmp_path)
        while process.poll() is None and count_of(tmp_path) <= before + 200 * kill:
            time.sleep(0)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
    rows = rows_of(tmp_path)
    for word, count in Counter(words).items():
        assert [r for r in rows if r.startswith(f"{word} ")] == [
            f"{word} {number}" for number in range(1, count + 1)
        ]
    assert len(rows) == len(words)


# ---- guarantees ----------------------------------------------------------------------------------


def ouzel(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "ouzel", *arguments], cwd=folder, capture_output=True, text=True
    )


def write(folder, text):
    (folder / "app.py").write_text("import ouzel as oz\n" + textwrap.dedent(text))


def test_the_graph_of_a_program_says_what_it_guarantees(tmp_path):
    source = 'oz.from_tcp("localhost", 7010, name="in")'
    write(tmp_path, source + '.to_text("out.txt", name="out").run()')
    shown = ouzel(tmp_path, "graph", "app.py")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.splitlines()[-3:] == [
        "with a state folder: at-most-once",
        "  in   tcp_source  app.py:2  at-most-once",
        "  out  text_sink   app.py:2  exactly-once",
    ]
    shown = json.loads(ouzel(tmp_path, "graph", "app.py", "--format", "json").stdout)
    assert shown["guarantee"] == "at-most-once"
    assert [node["guarantee"] for node in shown["nodes"]] == ["at-most-once", "exactly-once"]
    assert not (tmp_path / "out.txt").exists()


def test_a_program_that_never_runs_has_no_graph(tmp_path):
    write(tmp_path, "oz.of(1).map(str)")
    said = ouzel(tmp_path, "graph", "app.py")
    assert (said.returncode, said.stdout) == (1, "")
    assert "app.py has ended without calling run()" in said.stderr
    write(tmp_path, "1 // 0")
    said = ouzel(tmp_path, "graph", "app.py")
    assert said.returncode == 1 and "ZeroDivisionError" in said.stderr
    assert "without calling" not in said.stderr


def test_neither_is_said_too(tmp_path):
    write(tmp_path, 'oz.from_tcp("localhost", 7010).sink(print).run()')
    assert "with a state folder: no guarantee" in ouzel(tmp_path, "graph", "app.py").stdout


CANNOT = (
    r'exactly-once was asked for, but step "out" \(sink, app.py:2\) gives at-least-once: '
    "what it was given since the last checkpoint it is given again"
)


def test_a_part_that_gives_less_is_named(tmp_path):
    (tmp_path / "in.txt").write_text("a\n")
    lines = oz.from_text(tmp_path / "in.txt")
    keywords = {"state": tmp_path / "state", "guarantee": "exactly-once"}
    with pytest.raises(oz.GraphError, match='step "out" .* gives at-least-once'):
        lines.sink(print, name="out").run(**keywords)
    assert not (tmp_path / "state").exists()
    with pytest.raises(oz.GraphError, match="tcp_source.* gives at-most-once: what it has read"):
        oz.from_tcp("localhost", 7010).to_text(tmp_path / "out").run(**keywords)
    assert lines.sink(print).run(state=tmp_path / "state", guarantee="at-least-once") == 0


def test_the_command_refuses_it_too(tmp_path):
    write(tmp_path, 'oz.from_text("app.py").sink(print, name="out").run()')
    options = ["--state", "state", "--workers", "2", "--guarantee", "exactly-once"]
    refused = ouzel(tmp_path, "run", "app.py", *options)
    assert refused.returncode == 1
    assert CANNOT.replace("\\", "") in refused.stderr


def test_a_guarantee_needs_a_state_folder_and_a_known_name():
    with pytest.raises(oz.GraphError, match="that needs a state folder"):
        oz.of(1).sink(print).run(guarantee="at-least-once")
    with pytest.raises(ValueError, match="guarantee is one of at-most-once, .* not 'twice'"):
        oz.of(1).sink(print).run(guarantee="twice")


def test_a_source_without_positions_reads_once(tmp_path):
    class Once(oz.Source):
        def poll(self, context, rows):
            context.emit(1)
            return "done"

    class Again(Once):
        at = 0
        told = ()

        def position(self, partition):
            return self.at

        def acknowledge(self, context, partition, position):
            self.told += ((partition, position),)

    again = Again()
    state = {"state": tmp_path / "state", "guarantee": "exactly-once"}
    with pytest.raises(oz.GraphError, match="python_source_once.* gives at-most-once"):
        oz.from_source(Once()).to_text(tmp_path / "out").run(**state)
    assert oz.from_source(again).map(str).to_text(tmp_path / "out").run(**state) == 0
    assert again.told == ((0, 0),)
