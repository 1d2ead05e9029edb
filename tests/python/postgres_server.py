"""A PostgreSQL server of the tests' own, in a folder of its own, reached by a socket in it."""

import contextlib
import glob
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile


class Server:
    """Started when it is made; `close()` removes everything."""

    def __init__(self, fsync=False):
        self.fsync = fsync
        # What the tests preload (sanitizers, faults) is not for the server.
        self.environment = {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"))
        found = found or [shutil.which("postgres")]
        if found[-1] is None:
            raise RuntimeError("PostgreSQL is missing: `tools/setup test` installs it")
        self.bin = os.path.dirname(found[-1])
        self.folder = tempfile.mkdtemp(prefix="ouzel-pg-")
        self.prefix = []
        if os.geteuid() == 0:  # which PostgreSQL refuses to run as
            self.prefix = ["runuser", "-u", "postgres", "--"]
            shutil.chown(self.folder, "postgres", "postgres")
        self.where = f"host={self.folder} dbname=postgres user=postgres"
        self._run("initdb", "-D", f"{self.folder}/data", "-A", "trust", "-U", "postgres", "-N")
        self.start()

    def _run(self, program, *arguments):
        command = [*self.prefix, f"{self.bin}/{program}", *arguments]
        done = subprocess.run(
            command, cwd="/", env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self):
        options = f"-k {self.folder} -c listen_addresses= -c max_connections=20"
        options += "" if self.fsync else " -c fsync=off"
        log = f"{self.folder}/log"
        data = f"{self.folder}/data"
        self._run("pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start")

    def stop(self):
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "-w", "stop")

    def kill(self):
        """All its processes at once; they are gone when this returns."""
        with open(f"{self.folder}/data/postmaster.pid") as file:
            first = int(file.readline())
        os.kill(first, signal.SIGSTOP)
        with open(f"/proc/{first}/task/{first}/children") as file:
            pids = [first, *map(int, file.read().split())]
        watched = [os.pidfd_open(pid) for pid in pids]
        for pidfd in watched:
            with contextlib.suppress(ProcessLookupError):  # it ends with the first of them
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        for pidfd in watched:
            select.select([pidfd], [], [])
            os.close(pidfd)
        # Nobody may have waited for the first of them: then its number is taken, and start() would
        # believe that it runs.
        for lock in ("data/postmaster.pid", ".s.PGSQL.5432.lock"):
            os.unlink(f"{self.folder}/{lock}")

    def run(self, sql):
        command = ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", self.where, "-c", sql]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def rows(self, table, order):
        """All rows of a table as tuples, by way of JSON."""
        found = self.run(f"SELECT json_agg(s) FROM (SELECT * FROM {table} ORDER BY {order}) AS s")
        return [tuple(row.values()) for row in json.loads(found.strip() or "[]")]

    def close(self):
        with contextlib.suppress(AssertionError):
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
