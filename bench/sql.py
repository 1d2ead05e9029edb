"""Rows of 100 bytes from a file into a table, beside the fastest way by hand.

PostgreSQL and SQLite make each transaction durable, on the disk of the scratch folder. The sink
ends an epoch each second; by hand it is one transaction.
"""

import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import time

import contest
from contest import Absent, Contest, Target, million_per_second

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/python"))

PROGRAM = """
import sys
import ouzel as oz
method, where, text = sys.argv[1:]
rows = oz.from_text(text, name="in")
getattr(rows, method)(where, "t", ["line"], name="out").run(state="state", checkpoint=1)
"""
BY_HAND = """
import sqlite3, sys
base = sqlite3.connect(sys.argv[1])
with open(sys.argv[2]) as lines, base:
    base.executemany("INSERT INTO t (line) VALUES (?)", ((line[:-1],) for line in lines))
"""
BYTES = 100


def timed(command, rows, count, **more):
    """Runs a program to its end with both cores; `count` tells how many rows are there then."""
    began = time.perf_counter()
    done = subprocess.run(
        command,
        env=contest.environment(),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: os.sched_setaffinity(0, set(contest.CORES)),
        **more,
    )
    seconds = time.perf_counter() - began
    if done.returncode != 0:
        raise Absent(done.stderr.strip()[-300:])
    if count() != rows:
        raise Absent(f"{count()} rows came out, not {rows}")
    return {"seconds": seconds, "events": rows}


def postgres(server, text, rows):
    """The runners of both ways."""

    def count():
        return int(server.run("SELECT count(*) FROM t"))

    def prepare():
        server.run("DROP TABLE IF EXISTS t; CREATE TABLE t (line text); CHECKPOINT")

    def sink():
        prepare()
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-c", PROGRAM, "to_postgres", server.where, str(text)]
            return timed(command, rows, count, cwd=folder)

    def by_hand():
        prepare()
        command = ["psql", "-X", "-q", "-d", server.where, "-c", f"\\copy t from '{text}'"]
        return timed(command, rows, count)

    return {"ouzel": sink, "\\copy": by_hand}


def sqlite(text, rows):
    def made(folder):
        path = pathlib.Path(folder) / "out.db"
        with sqlite3.connect(path) as base:
            base.execute("CREATE TABLE t (line TEXT)")

        def count():
            with sqlite3.connect(path) as base:
                return base.execute("SELECT count(*) FROM t").fetchone()[0]

        return path, count

    def sink():
        with tempfile.TemporaryDirectory() as folder:
            path, count = made(folder)
            command = [sys.executable, "-c", PROGRAM, "to_sqlite", str(path), str(text)]
            return timed(command, rows, count, cwd=folder)

    def by_hand():
        with tempfile.TemporaryDirectory() as folder:
            path, count = made(folder)
            return timed([sys.executable, "-c", BY_HAND, str(path), str(text)], rows, count)

    return {"ouzel": sink, "executemany": by_hand}


def run(session):
    """Both rows of this workload."""
    from postgres_server import Server

    rows = 300_000 if session.quick else 3_000_000
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        text = pathlib.Path(folder) / "rows.txt"
        line = ("%010d " + "x" * (BYTES - 12)) + "\n"
        text.write_text("".join(line % number for number in range(rows)))
        server = Server(fsync=True)
        try:
            beside(session, "PostgreSQL", "\\copy", postgres(server, text, rows))
        finally:
            server.close()
        beside(session, "SQLite", "executemany", sqlite(text, rows))


def beside(session, base, rival, runners):
    what = f"rows into {base}"
    played = Contest(session, what, runners).play(3 if session.quick else 5)
    played.row(
        what, "ouzel", rival, million_per_second, "M rows/s", Target(0.7, True), clock="seconds"
    )
