"""Sinks into SQLite and PostgreSQL: what they write, what they refuse, and what survives."""

import datetime
import decimal
import itertools
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import uuid
from pathlib import Path

import ouzel as oz
import pytest
from ouzel import _ouzel
from postgres_server import Server

MANY = bool(os.environ.get("OUZEL_CI"))


class Sqlite:
    """The same few words for both databases."""

    method, name = "to_sqlite", "SQLite"

    def __init__(self, folder):
        self.where = str(folder / "out.db")

    def run(self, sql):
        with sqlite3.connect(self.where) as base:
            base.executescript(sql)

    def rows(self, table, order="1, 2"):
        with sqlite3.connect(self.where) as base:
            return base.execute(f"SELECT * FROM {table} ORDER BY {order}").fetchall()


class Postgres:
    method, name = "to_postgres", "PostgreSQL"

    def __init__(self, server):
        self.server, self.where = server, server.where
        self.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public")

    def run(self, sql):
        self.server.run(sql)

    def rows(self, table, order="1, 2"):
        return self.server.rows(table, order)


@pytest.fixture(scope="module")
def server():
    made = Server()
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgres"])
def base(request, tmp_path):
    if request.param == "sqlite":
        return Sqlite(tmp_path)
    return Postgres(request.getfixturevalue("server"))


def into(stream, base, *arguments, **options):
    return getattr(stream, base.method)(base.where, *arguments, **options)


# ---- what is written ----------------------------------------------------------------------------


def test_rows_are_added(base):
    base.run("CREATE TABLE t (a bigint, b text)")
    assert into(oz.of((1, "x"), (2, None)), base, "t", ["a", "b"]).run() == 0
    assert into(oz.of({"b": "y", "a": 3, "more": 1}), base, "t", ["a", "b"]).run() == 0
    assert into(oz.of(4, 5), base, "t", ["a"]).run() == 0
    assert base.rows("t") == [(1, "x"), (2, None), (3, "y"), (4, None), (5, None)]


def test_the_last_row_of_a_key_stays(base):
    create = "CREATE TABLE IF NOT EXISTS counts (word text PRIMARY KEY, n bigint)"
    for words in ("to be or not to be", "to see"):
        counts = oz.of(*words.split()).key_by().count()
        assert into(counts, base, "counts", ["word", "n"], key=["word"], create=create).run() == 0
    assert base.rows("counts") == [("be", 2), ("not", 1), ("or", 1), ("see", 1), ("to", 1)]


def test_only_what_is_new_of_a_key(base):
    base.run("CREATE TABLE seen (word text PRIMARY KEY)")
    words = oz.of("a", "b", "a")
    assert into(words, base, "seen", ["word"], key=["word"]).run() == 0
    assert base.rows("seen", "1") == [("a",), ("b",)]


def test_columns_of_native_batches(base):
    base.run("CREATE TABLE t (word text, n bigint)")
    pairs = oz.of("a", "b", "a").map(str.upper).key_by().count().final()
    assert into(pairs, base, "t", ["word", "n"]).run() == 0
    assert base.rows("t") == [("A", 2), ("B", 1)]


TEXT = "tab\t line\nreturn\r back\\slash \\N 'quote' \"double\" é 🐦"
AWARE = datetime.datetime(2024, 2, 29, 12, 0, 0, 5, datetime.timezone.utc)
VALUES = [
    True,
    -(2**63),
    1.5e300,
    TEXT,
    b"\x00\xff\\x",
    AWARE,
    datetime.date(2024, 2, 29),
    decimal.Decimal("12.50"),
    uuid.UUID(int=7),
    None,
]


def test_values_of_sqlite(tmp_path):
    base = Sqlite(tmp_path)
    names = [f"c{i}" for i in range(len(VALUES))]
    base.run(f"CREATE TABLE t ({', '.join(names)})")
    assert into(oz.of(tuple(VALUES)), base, "t", names).run() == 0
    as_text = [str(v) for v in VALUES[5:9]]
    assert base.rows("t") == [(1, *VALUES[1:5], *as_text, None)]


def test_values_of_postgres(server):
    base = Postgres(server)
    types = "bool int8 float8 text bytea timestamptz date numeric uuid text".split()
    names = [f"c{i}" for i in range(len(types))]
    base.run(f"CREATE TABLE t ({', '.join(f'{n} {t}' for n, t in zip(names, types))})")
    nothing = (None,) * len(names)
    limits = (False, 2**63 - 1, float("-inf"), "", b"", *nothing[5:])
    assert into(oz.of(tuple(VALUES), nothing, limits), base, "t", names).run() == 0
    check = " AND ".join(
        [
            "c0 AND c1 = -9223372036854775808 AND c2 = 1.5e300",
            "c4 = '\\x00ff5c78'::bytea AND c5 = '2024-02-29 12:00:00.000005+00'",
            "c6 = '2024-02-29' AND c7 = 12.50 AND c8::text LIKE '%0007' AND c9 IS NULL",
        ]
    )
    assert base.server.run(f"SELECT to_json(c3) FROM t WHERE {check}").strip() == json.dumps(
        TEXT, ensure_ascii=False
    )
    assert base.server.run("SELECT count(*) FROM t WHERE c3 IS NULL AND c1 IS NULL").strip() == "1"
    assert (
        base.server.run("SELECT c2, c3 = '', c4 = '' FROM t WHERE c1 > 0").strip()
        == "-Infinity|t|t"
    )


def test_names_are_quoted(base):
    base.run('CREATE TABLE "My table" ("order" bigint, "a ""b""" text PRIMARY KEY)')
    rows = oz.of((1, "x"), (2, "x"))
    assert into(rows, base, "My table", ["order", 'a "b"'], key=['a "b"']).run() == 0
    assert base.rows('"My table"') == [(2, "x")]


# ---- mistakes -----------------------------------------------------------------------------------


def fails(stream, *said, kind=oz.OuzelError):
    with pytest.raises(kind) as caught:
        stream.run()
    for text in said:
        assert text in str(caught.value), str(caught.value)


def test_mistakes_are_told_before_a_row_comes(base):
    base.run("CREATE TABLE t (a bigint, b text)")
    one = oz.of((1, "x"))
    fails(into(one, base, "nope", ["a"]), base.name, "nope")
    fails(into(one, base, "t", ["a", "zz"]), "table 't'", "zz")
    fails(into(one, base, "t", ["a", "b"], key=["a"]), "table 't'", "ON CONFLICT")
    fails(into(one, base, "t", ["a"], key=["b"]), "the key 'b' is none of the columns")
    fails(into(one, base, "t", ["a"], create="CREATE TABEL x"), base.name, "TABEL")
    fails(into(one, base, "t", []), "columns and key are names")
    with pytest.raises(TypeError, match="key takes a list of names"):
        into(one, base, "t", ["a"], key="a")
    with pytest.raises(ValueError, match="'a,b' is no name"):
        into(one, base, "t", ["a,b"])
    assert base.rows("t") == []


def test_a_server_that_is_not_there():
    stream = oz.of((1,)).to_postgres("host=127.0.0.1 port=1 password=secret", "t", ["a"])
    with pytest.raises(oz.OuzelError, match="port 1 failed: Connection refused") as caught:
        stream.run()
    assert "secret" not in str(caught.value)
    fails(oz.of((1,)).to_postgres("no such=thing", "t", ["a"]), "missing \"=\" after \"no\"")


def test_a_password_is_not_shown(tmp_path):
    program = tmp_path / "app.py"
    program.write_text(
        "import ouzel as oz\n"
        "oz.of((1,)).to_postgres('host=x password=secret', 't', ['a'], name='out').run()\n"
    )
    shown = subprocess.run(
        [sys.executable, "-m", "ouzel", "graph", program], capture_output=True, text=True
    )
    assert "where=***" in shown.stdout and "table=t" in shown.stdout
    assert "secret" not in shown.stdout + shown.stderr


def test_a_file_that_is_no_database(tmp_path):
    (tmp_path / "out.db").write_text("this is a text of more than a few bytes\n" * 100)
    fails(into(oz.of((1,)), Sqlite(tmp_path), "t", ["a"]), "out.db", "file is not a database")
    folder = Sqlite(tmp_path / "nowhere")
    fails(into(oz.of((1,)), folder, "t", ["a"]), "unable to open database file")


def test_a_row_that_does_not_fit(base):
    base.run("CREATE TABLE t (a bigint, b text)")
    for row, said in [
        ((1, 2, 3), "a row of 3 values does not fit 2 columns"),
        ({"a": 1}, "the row has no 'b'"),
        (7, "a row of 1 values does not fit 2 columns"),
        ((1, [2]), "column 'b': [2] is no value of a database"),
        ((1, "a\0b"), "column 'b': text with a NUL"),
        ((1, "\ud800"), "column 'b': '\\ud800' is no value of a database"),
        ((2**70, "x"), "column 'a': 1180591620717411303424 is no value"),
    ]:
        fails(into(oz.of(row), base, "t", ["a", "b"]), said, kind=oz.StepError)
        rows = oz.of((0, "before"), row, (9, "after"))
        assert into(rows, base, "t", ["a", "b"], on_error="skip").run() == 0
    assert base.rows("t") == [(0, "before")] * 7 + [(9, "after")] * 7


def test_a_row_that_the_table_does_not_take(base, tmp_path):
    base.run("CREATE TABLE t (a bigint NOT NULL, b text)")
    rows = [(1, "x"), (None, "y"), (3, "z")]

    def job():
        stream = oz.from_iterable(rows, name="in")
        return into(stream, base, "t", ["a", "b"], name="out", patience=0.05)

    with pytest.raises(oz.OuzelError) as caught:
        job().run(state=tmp_path / "state")
    said = str(caught.value)
    assert 'step "out"' in said and "table 't'" in said and "y" in said, said
    assert base.rows("t") == []
    with pytest.raises(oz.OuzelError, match="y"):
        job().run(state=tmp_path / "state")
    base.run("DROP TABLE t; CREATE TABLE t (a bigint, b text)")
    assert job().run(state=tmp_path / "state") == 0
    assert base.rows("t", "2") == rows


# ---- exactly once -------------------------------------------------------------------------------


class Stops:
    """The numbers from 0 on; after so many the job is told to stop, as by SIGTERM."""

    def __init__(self, count):
        self.count = count

    def __iter__(self):
        for number in itertools.count():
            if number == self.count:
                signal.raise_signal(signal.SIGTERM)
            yield number


def copies(rows, base, state, **options):
    stream = oz.from_iterable(rows, name="in")
    return into(stream, base, "t", ["a"], name="out", **options).run(state=state)


def more(base, state):
    """The job goes on for a while: then its rows are in the table, each once."""
    before = len(base.rows("t", "1"))
    assert copies(Stops(before + 500), base, state) == 0
    found = [row[0] for row in base.rows("t", "1")]
    assert found == list(range(len(found))) and len(found) >= before + 500


def test_an_epoch_is_there_once(base, tmp_path):
    base.run("CREATE TABLE t (a bigint)")
    for _ in range(3):
        more(base, tmp_path / "state")
    [(_, step, epoch)] = base.rows("ouzel_epochs")
    assert step == "out" and epoch >= 3


def test_two_that_go_on_from_one_state(base, tmp_path):
    base.run("CREATE TABLE t (a bigint)")
    more(base, tmp_path / "state")
    shutil.copytree(tmp_path / "state", tmp_path / "copy")
    more(base, tmp_path / "state")
    with pytest.raises(oz.OuzelError, match="another job goes on from the same state"):
        more(base, tmp_path / "copy")
    base.run("DELETE FROM ouzel_epochs")
    with pytest.raises(oz.OuzelError, match="in ouzel_epochs is 0, but this job had written"):
        more(base, tmp_path / "state")


def test_another_job_adds_to_the_table(base, tmp_path):
    base.run("CREATE TABLE t (a bigint)")
    for state in ("one", "two"):
        assert copies(range(2), base, tmp_path / state) == 0
    assert base.rows("t", "1") == [(0,), (0,), (1,), (1,)]
    assert len(base.rows("ouzel_epochs")) == 2


def test_an_epoch_ends_when_many_rows_wait(base, tmp_path):
    base.run("CREATE TABLE t (a bigint)")
    stream = oz.from_iterable(range(300_000), name="in")
    options = {"name": "out", "pending_max": 300_000}
    job = into(stream, base, "t", ["a"], **options)
    assert job.run(state=tmp_path / "state", checkpoint=60) == 0
    [(_, step, epoch)] = base.rows("ouzel_epochs")
    assert step == "out" and epoch > 5
    assert base.rows("(SELECT count(*), sum(a) FROM t) AS s", "1") == [
        (300_000, sum(range(300_000)))
    ]


PROGRAM = """
    import ouzel as oz
    numbers = oz.from_iterable(range(4000), name="in")
    rows = numbers.map(lambda i: (i % 1000, f"word {{i}} " + "x" * 1000))
    counts = rows.key_by(lambda row: row[0]).count(name="counts")
    a = rows.{method}({where!r}, "added", ["k", "v"], name="added", pending_max=8000)
    b = counts.{method}({where!r}, "counted", ["k", "n"], key=["k"], name="counted")
    oz.run(a, b, state="state", checkpoint=60, batch=512)
"""
PREPARED = """
    CREATE TABLE added (k bigint, v text);
    CREATE TABLE counted (k bigint PRIMARY KEY, n int);
"""
POINTS = [(when, skip) for when in ("before", "after") for skip in range(0, 60)]


def program(base, folder):
    (folder / "app.py").write_text(
        textwrap.dedent(PROGRAM.format(method=base.method, where=base.where))
    )
    base.run(PREPARED)


def start(folder, **environment):
    return subprocess.run(
        [sys.executable, "app.py"],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def check(base):
    added = sorted(base.rows("added"), key=lambda row: int(row[1].split()[1]))
    assert added == [(i % 1000, f"word {i} " + "x" * 1000) for i in range(4000)]
    assert base.rows("counted", "1") == [(i, 4) for i in range(1000)]


@pytest.mark.slow
@pytest.mark.parametrize("when, skip", POINTS if MANY else POINTS[::15])
def test_killed_at_each_call_of_the_database(when, skip, base, tmp_path):
    """Each write, sync and removal of SQLite, each message to PostgreSQL, one after the other.

    Chunks of rows are full while an epoch is on its way: they belong to the next one.
    """
    kit = Path(_ouzel.__file__).resolve().parents[1] / "tests/kit/kill_at.so"
    preload = f"{os.environ.get('LD_PRELOAD', '')}:{kit}".strip(":")
    program(base, tmp_path)
    killed = start(
        tmp_path,
        LD_PRELOAD=preload,
        KILL_AT=f"{when} * {'out.db' if isinstance(base, Sqlite) else 'socket:'}",
        KILL_ONCE=str(tmp_path / "killed"),
        KILL_SKIP=str(skip),
    )
    assert killed.returncode == -9 and (tmp_path / "killed").exists(), killed.stderr
    done = start(tmp_path)
    assert done.returncode == 0, done.stderr
    check(base)


# ---- what may pass ------------------------------------------------------------------------------


def test_a_lock_that_passes(tmp_path):
    base = Sqlite(tmp_path)
    base.run("CREATE TABLE t (a bigint)")
    holder = sqlite3.connect(base.where, isolation_level=None, check_same_thread=False)
    rows = iter(range(3))

    def locked():
        holder.execute("BEGIN IMMEDIATE")
        threading.Timer(0.3, holder.rollback).start()
        yield from rows

    assert into(oz.from_iterable(locked()), base, "t", ["a"]).run() == 0
    assert base.rows("t", "1") == [(0,), (1,), (2,)]
    holder.close()


def test_patience_is_over(server, tmp_path):
    base = Postgres(server)
    base.run("CREATE TABLE t (a bigint)")

    def gone():
        yield from range(3)
        server.stop()

    rows = type("Rows", (), {"__iter__": lambda self: gone()})()
    try:
        with pytest.raises(oz.OuzelError) as caught:
            copies(rows, base, tmp_path / "state", patience=0.2)
    finally:
        server.start()
    assert "PostgreSQL, table 't'" in str(caught.value)
    assert copies(range(3), base, tmp_path / "state") == 0  # the rows had come to an epoch
    assert base.rows("t", "1") == [(i,) for i in range(3)]


def test_the_server_is_killed_and_comes_back(server, tmp_path):
    """Rows wait for it; no transaction is lost, and none is made twice."""
    base = Postgres(server)
    base.run("CREATE TABLE t (a bigint)")
    generator = random.Random(5)
    kills = []

    class Rows:
        def __iter__(self):
            for number in range(20_000):
                if number % 5000 == 4000 and len(kills) < 4:
                    kills.append(generator.choice(["kill", "end"]))
                    if kills[-1] == "kill":
                        server.kill()
                        server.start()
                    else:
                        base.run(
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                            " WHERE application_name = 'ouzel'"
                        )
                yield number

    stream = oz.from_iterable(Rows(), name="in")
    job = into(stream, base, "t", ["a"], name="out")
    assert job.run(state=tmp_path / "state", checkpoint=0.005) == 0
    assert set(kills) == {"kill", "end"}
    assert base.rows("t", "1") == [(i,) for i in range(20_000)]


FULL = """
    import resource, signal
    import ouzel as oz
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, resource.RLIM_INFINITY))
    rows = oz.from_iterable(range(20_000), name="in").map(lambda i: (i, "x" * 90))
    rows.to_sqlite("out.db", "t", ["a", "b"], name="out", patience=0.1, pending_max=100_000).run(
        state="state", checkpoint=60)
"""


def test_a_disk_that_is_full(tmp_path):
    base = Sqlite(tmp_path)
    base.run("CREATE TABLE t (a bigint, b text)")
    (tmp_path / "app.py").write_text(textwrap.dedent(FULL.format(limit=1_000_000)))
    said = start(tmp_path)
    assert said.returncode == 1
    assert "step \"out\"" in said.stderr and "SQLite 'out.db'" in said.stderr, said.stderr
    assert "disk" in said.stderr
    (tmp_path / "app.py").write_text(textwrap.dedent(FULL.format(limit="resource.RLIM_INFINITY")))
    said = start(tmp_path)
    assert said.returncode == 0, said.stderr
    assert base.rows("t", "1") == [(i, "x" * 90) for i in range(20_000)]
