"""Records of 64 bytes from a C program into a count: acknowledged, beside plain TCP.

The engine has one core, the program that sends the other. The clock runs from the start of the
sender, when the engine listens, to the end of the job: all records counted, and of those that are
acknowledged all safe in epochs of 100 ms.
"""

import pathlib
import socket
import subprocess
import sys
import tempfile
import time

import build
import contest
from contest import Absent, Contest, Target, million_per_second

PROGRAM = """
import sys
import ouzel as oz
kind, port = sys.argv[1], int(sys.argv[2])
if kind == "acknowledged":
    rows = oz.from_sender("127.0.0.1", port, ends=1, name="in")
else:
    rows = oz.from_tcp("127.0.0.1", port, listen=True, sessions=1, framing="u32le", name="in")
counts = rows.count(name="count").final().map(str).to_text("out.txt", name="out")
print("ready", flush=True)
counts.run(**({"state": "state", "checkpoint": 0.1} if kind == "acknowledged" else {}))
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def listens(port):
    """Whether somebody does, as the system sees it."""
    lines = pathlib.Path("/proc/net/tcp").read_text().splitlines()
    return any(f"0100007F:{port:04X} 00000000:0000 0A" in line for line in lines)


def job(kind, records):
    """A runner of a whole job."""

    def run():
        port = free_port()
        with tempfile.TemporaryDirectory() as folder:
            engine = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, kind, str(port)],
                cwd=folder,
                env=contest.environment(),
                stdout=subprocess.PIPE,
                preexec_fn=contest.pin(contest.ENGINE_CORE),
            )
            engine.stdout.readline()
            while not listens(port) and engine.poll() is None:
                time.sleep(0.001)
            began = time.perf_counter()
            sender = [build.program("sender"), str(port), str(records), kind]
            done = subprocess.run(
                sender, preexec_fn=contest.pin(contest.CORES[0]), capture_output=True, text=True
            )
            engine.wait(60)
            seconds = time.perf_counter() - began
            engine.stdout.close()
            if done.returncode != 0:
                raise Absent(done.stderr[-300:])
            out = (pathlib.Path(folder) / "out.txt").read_text().strip()
            if out != str(records):
                raise Absent(f"{out} were counted, not {records}")
            return {"seconds": seconds, "events": records}

    return run


def run(session):
    """The row of this workload."""
    records = 2_000_000 if session.quick else 20_000_000
    what = "64-byte records, acknowledged"
    runners = {"ouzel": job("acknowledged", records), "plain TCP": job("plain", records)}
    played = Contest(session, what, runners).play(3 if session.quick else 7)
    played.row(
        what,
        "ouzel",
        "plain TCP",
        million_per_second,
        "M records/s",
        Target(0.7, True),
        clock="seconds",
    )
