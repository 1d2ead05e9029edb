"""Records of 64 bytes from a C program into a count: acknowledged, beside plain TCP.

The engine has one core, the program that sends the other. The clock runs from the start of the
sender, when the engine listens, to the end of the job: all records counted, and of those that are
acknowledged all safe in epochs of 100 ms.
"""

import pathlib
import subprocess
import sys
import tempfile
import time

import build
import contest
import servers
from contest import Absent, Contest, Target, million_per_second

PROGRAM = """
import sys
import ouzel as oz
kind, port, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
if kind == "acknowledged":
    rows = oz.from_sender("127.0.0.1", port, ends=1, name="in")
else:
    rows = oz.from_tcp("127.0.0.1", port, listen=True, sessions=1, framing="u32le", name="in")
counts = rows.count(name="count").final().map(str).to_text(folder + "/out.txt", name="out")
state = {"state": folder + "/state", "checkpoint": 0.1} if kind == "acknowledged" else {}
counts.run(**state)
"""


def job(kind, records):
    """A runner of a whole job."""

    def run():
        port = servers.free_port()
        with tempfile.TemporaryDirectory() as folder:
            engine = [sys.executable, "-c", PROGRAM, kind, port, folder]
            with servers.serving(engine, port) as process:
                began = time.perf_counter()
                done = subprocess.run(
                    [build.program("sender"), str(port), str(records), kind],
                    preexec_fn=contest.pin(contest.CORES[0]),
                    capture_output=True,
                    text=True,
                    check=False,
                )
                process.wait(60)
                seconds = time.perf_counter() - began
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
