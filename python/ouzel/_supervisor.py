"""The supervisor: starts the workers of a job, tends to them, and starts them again.

It runs no graph itself. Each worker is the program once more, as a process of its own; its first
run() joins the job (`_worker.py`). What a worker writes to its standard error comes out here with
its name in front; its standard output is that of the supervisor.

When a worker dies by itself (killed, a crash in native code, `os._exit`), or is ended because a
step does not come back or its memory grows too large (`_watch.py`), the others are ended, and with
a state folder all begin again from the last checkpoint. A record with which workers die again
and again is a bad record of its step from then on. When a step fails, so does the job: it would
fail again.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ._autoscale import EVERY_S, Autoscale
from ._control import Control
from ._ouzel import GraphError, Job, OuzelError, StepError
from ._scaling import SEATS, Request, Scaled
from ._signals import handled
from ._watch import PATIENCE_S, Watch
from ._worker import VARIABLE

RESTARTS_MAX = 5
"""Deaths in a row, without a checkpoint in between, after which a job is given up."""

STRICT_AFTER = 2
"""After so many of them one row at a time is read, so that the record is known."""

BACK_OFF_S, BACK_OFF_MAX_S = 0.05, 5.0
KILLED = 3
"""The exit code when a worker died and the job could not go on."""


@dataclass
class Settings:
    """How a job is run."""

    workers: int
    state: str | None = None
    checkpoint: float = 1.0
    fresh: bool = False
    allow_dropped_state: bool = False
    batch: int = 0
    drain: float = 10.0
    guarantee: int = 0
    patience: float = PATIENCE_S
    memory: int = 0
    workers_max: int = 0
    """0: SEATS for a job of several that has a state folder, else no more than it has."""
    autoscale: tuple[int, int] | None = None

    @property
    def seats(self) -> int:
        """The most workers that it can have."""
        by_default = SEATS if self.workers > 1 and self.state is not None else 0
        most = self.autoscale[1] if self.autoscale is not None else 0
        return max(self.workers, self.workers_max or by_default, most)


@dataclass
class Outcome:
    """How it went out: an exit code, and why it is not 0."""

    code: int
    message: str = ""


@dataclass
class _Process:
    number: int
    popen: subprocess.Popen[bytes]
    watch: Watch
    rest: bytes = b""
    """The beginning of a line that has not come to its end."""
    open: bool = True


@dataclass
class _Crew:
    """The workers of one life of the job."""

    job: Job
    processes: list[_Process] = field(default_factory=list)
    made: int = 0
    """Times that keys have moved, and could not, as far as that was noted."""
    lost: int = 0

    def process(self, number: int) -> _Process:
        """The one that sits there."""
        return next(p for p in self.processes if p.number == number)


def supervise(command: list[str], settings: Settings) -> Outcome:
    """Runs `command`, a program that calls run(), as a job; returns when it has come to its end."""
    return _Supervisor(command, settings).run()


def run_program(settings: Settings) -> int:
    """This very program as a job, for run(workers=...)."""
    if sys.argv[0] in ("", "-") or hasattr(sys, "ps1"):
        raise GraphError("run(workers=...) starts the program again: it must be in a file")
    outcome = supervise([sys.executable, *sys.orig_argv[1:]], settings)
    if outcome.code == 0:
        return 0
    raise (OuzelError if outcome.code == KILLED else StepError)(outcome.message)


class _Supervisor:
    """One job from its start to its end."""

    def __init__(self, command: list[str], settings: Settings) -> None:
        self._command = command
        self._settings = settings
        self._selector = selectors.DefaultSelector()
        self._control: Control | None = None
        self._began = time.monotonic()
        self._crew: _Crew | None = None
        self._last: Job | None = None
        self._restarts = 0
        self._deaths = 0
        self._epoch = 0
        self._workers = settings.workers
        self._scaling: Request | None = None
        self._scaled: Request | None = None
        self._scales = 0
        bounds = settings.autoscale
        self._auto = Autoscale(*bounds) if bounds is not None else None
        self._looked = (0.0, 0)
        self._stop_asked = False
        self._deadline = float("inf")

    # ---- the lives of a job ---------------------------------------------------------------------

    def run(self) -> Outcome:
        """One life after the other, until one comes to its end."""
        with handled(self._handle, self._wake_by):
            try:
                return self._live()
            finally:
                self._end_crew()
                if self._control is not None:
                    self._control.close()
                self._selector.close()

    def _live(self) -> Outcome:
        while True:
            self._begin_crew()
            outcome = self._tend()
            if outcome is not None:
                return outcome
            self._pause()
            if self._stop_asked:
                return Outcome(0)

    def _begin_crew(self) -> None:
        self._crew = crew = _Crew(Job(self._workers, max(self._settings.seats, self._workers)))
        if self._last is not None:
            crew.job.follow(self._last)
        self._last = crew.job
        for number in range(self._workers):
            self._start(crew, number)

    def _start(self, crew: _Crew, number: int) -> None:
        settings, job = self._settings, crew.job
        setup = {
            "worker": number,
            "host": os.getpid(),
            "file": job.file,
            "bells": job.bells,
            "state": settings.state,
            "checkpoint": settings.checkpoint,
            "fresh": settings.fresh and self._restarts == 0,
            "allow_dropped_state": settings.allow_dropped_state,
            "guarantee": settings.guarantee,
            "batch": 1 if self._deaths >= STRICT_AFTER else settings.batch,
        }
        popen = subprocess.Popen(
            self._command,
            stdin=None if number == 0 else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, VARIABLE: json.dumps(setup)},
            pass_fds=[job.file, *job.bells],
        )
        patience = settings.patience if settings.state is not None else 0.0
        process = _Process(number, popen, Watch(popen.pid, patience, settings.memory))
        crew.processes.append(process)
        assert popen.stderr is not None
        os.set_blocking(popen.stderr.fileno(), False)
        self._selector.register(
            popen.stderr, selectors.EVENT_READ, lambda: self._read_log(process)
        )

    def _end_crew(self) -> None:
        """No worker outlives this: the next ones need the lock of the folder."""
        crew, self._crew = self._crew, None
        for process in crew.processes if crew is not None else ():
            process.popen.kill()
        for process in crew.processes if crew is not None else ():
            process.popen.wait()
            while process.open:
                self._read_log(process)

    def _pause(self) -> None:
        """Before the next life: longer after each death without a checkpoint."""
        wait = min(BACK_OFF_S * 2 ** (self._deaths - 1), BACK_OFF_MAX_S)
        until = time.monotonic() + wait
        while not self._stop_asked and (left := until - time.monotonic()) > 0:
            self._look(left)

    # ---- one life -------------------------------------------------------------------------------

    def _tend(self) -> Outcome | None:
        """Until the crew has ended: its outcome, or None when it is to begin again."""
        crew = self._crew
        assert crew is not None
        if self._stop_asked:
            crew.job.stop()
        while True:
            self._look(0.05)
            self._open_control(crew)
            self._note_epoch(crew)
            self._note_moves(crew)
            codes = {process.number: process.popen.poll() for process in crew.processes}
            done = {
                process.number
                for process in crew.processes
                if codes[process.number] == 0 and self._is_done(crew, process)
            }
            if done.issuperset(range(self._workers)):
                self._send_home(crew)  # who was to share the work came too late
                self._drain_logs(crew)
                return Outcome(0)
            for process in list(crew.processes):
                code = codes[process.number]
                if code is None or process not in crew.processes:
                    continue  # it is at work, or was sent home with another one
                if process.number in done and process.number >= self._workers:
                    self._let_go(crew, process)
                elif process.number not in done and self._is_newcomer(crew, process):
                    self._give_up_scaling(crew, process, code)
                elif process.number not in done:
                    return self._bury(crew, process, code)
            self._look_how_busy(crew)
            for process in crew.processes:
                process.watch.look(crew.job.status(process.number))
            if time.monotonic() > self._deadline:
                return Outcome(1, f"the workers did not end within {self._settings.drain:g} s")

    def _bury(self, crew: _Crew, process: _Process, code: int) -> Outcome | None:
        """A worker has ended as it should not have: what becomes of the job."""
        number = process.number
        self._note_epoch(crew)
        self._note_moves(crew)
        failed = [p.number for p in crew.processes if self._phase(crew, p) == "failed"]
        status = crew.job.status(failed[0] if failed else number)
        self._end_crew()
        if failed and not self._may_begin_again(status["message"]):
            return Outcome(1, f"worker {failed[0]}: {status['message']}")
        if failed:
            number, code = failed[0], 1
        if status["phase"] == "starting" and code >= 0:
            ended = "has ended without calling run()" if code == 0 else f"has ended with {code}"
            return Outcome(1, f"worker {number} {ended}, before it took part in the job")
        cause = crew.process(number).watch.fault or _cause(code)
        said = f"worker {number} {cause}{_place(status)}"
        if self._settings.state is None:
            return Outcome(KILLED, f"{said}; without a state folder the job cannot go on")
        self._deaths += 1
        if crew.job.blame(number):
            said += ", for the second time: it is a bad record of that step now"
            self._deaths = 1
        if self._deaths > RESTARTS_MAX:
            return Outcome(
                KILLED,
                f"{said}; that was {self._deaths} times without a checkpoint in between: given up",
            )
        self._restarts += 1
        self._end_scaling(f"{said}; the job goes on with {self._workers} workers")
        _say(f"{said}; the job goes on from epoch {self._epoch} (restart {self._restarts})")
        return None

    def _note_epoch(self, crew: _Crew) -> None:
        """A checkpoint holds: what dies from now on has got further than before."""
        if crew.job.epoch > self._epoch:
            self._epoch, self._deaths = crew.job.epoch, 0

    def _may_begin_again(self, message: str) -> bool:
        """A child that a worker had forked may have the lock of the folder for some time yet; and
        from the last checkpoint a job goes on whose keys had not come to where they were to."""
        is_locked_out = self._restarts > 0 and "another process runs a job" in message
        return is_locked_out or "keys could not go over to this worker" in message

    def _is_done(self, crew: _Crew, process: _Process) -> bool:
        return self._phase(crew, process) == "done"

    def _phase(self, crew: _Crew, process: _Process) -> str:
        return str(crew.job.status(process.number)["phase"])

    # ---- another number of workers --------------------------------------------------------------

    def _scale(self, text: str) -> dict[str, Any]:
        crew = self._crew
        error = self._refuse_scaling(text) if crew is not None else "the job is just beginning"
        if crew is None or error:
            return {"error": error}
        self._scales += 1
        self._scaling = Request(self._scales, self._workers, int(text))
        if self._scaling.after == self._workers:
            self._end_scaling("")
        else:
            crew.job.scale(self._scaling.after)
            for number in range(self._workers, self._scaling.after):
                self._start(crew, number)
        return {"number": self._scales}

    def _refuse_scaling(self, text: str) -> str:
        """Why the job cannot have so many workers; "" when it can."""
        seats, state = self._settings.seats, self._settings.state
        if not text.isdecimal() or int(text) == 0:
            return f"the number of workers is 1 or more, not {text!r}"
        if int(text) > seats:
            return (
                f"the job in '{state}' can have {seats} workers at most, not {text}: that is said "
                f"when it is started (ouzel run --workers-max)"
            )
        if self._stop_asked:
            return f"the job in '{state}' is about to end"
        if self._scaling is not None:
            return f"the job in '{state}' is just being scaled to {self._scaling.after} workers"
        if self._crew is not None and len(self._crew.processes) > self._workers:
            return f"workers of the job in '{state}' that have no keys left have not ended yet"
        return ""

    def _note_moves(self, crew: _Crew) -> None:
        """Keys have moved, or could not."""
        moves = crew.job.moves()
        if moves["made"] > crew.made:
            crew.made, self._workers = moves["made"], moves["workers"]
            if self._scaling is not None:
                self._scaling.pause = moves["paused_ns"] / 1e9
                self._scaling.entries = moves["entries"]
            self._end_scaling("")
        elif moves["lost"] > crew.lost:
            crew.lost = moves["lost"]
            self._send_home(crew)
            self._end_scaling(moves["failure"])

    def _end_scaling(self, error: str) -> None:
        done, self._scaling = self._scaling, None
        if done is None:
            return
        done.error = error
        self._scaled = done
        if error:
            _say(f"{done.before} -> {done.after} workers: {error}")
        elif done.before != done.after:
            _say(str(Scaled(done.before, done.after, done.pause, done.entries)))

    def _is_newcomer(self, crew: _Crew, process: _Process) -> bool:
        """It has not taken part in anything yet, and will not."""
        is_new = process.number >= crew.job.moves()["present"] and self._scaling is not None
        return is_new and self._phase(crew, process) in ("starting", "failed")

    def _give_up_scaling(self, crew: _Crew, process: _Process, code: int) -> None:
        """A new worker has ended before it had come to its work: the others go on as before."""
        crew.job.scale(self._workers)
        message = crew.job.status(process.number)["message"]
        self._send_home(crew)
        self._end_scaling(
            f"worker {process.number} {_cause(code)} before it took part in the job"
            + (f": {message}" if message else "")
        )

    def _send_home(self, crew: _Crew) -> None:
        """Workers that have no part in the job are ended."""
        for process in [p for p in crew.processes if p.number >= self._workers]:
            process.popen.kill()
            process.popen.wait()
            self._let_go(crew, process)

    def _let_go(self, crew: _Crew, process: _Process) -> None:
        while process.open:
            self._read_log(process)
        crew.processes.remove(process)

    def _look_how_busy(self, crew: _Crew) -> None:
        """Of a job that scales itself."""
        now = time.monotonic()
        began, waited_before = self._looked
        if self._auto is None or now - began < EVERY_S or self._stop_asked:
            return
        members = [p for p in crew.processes if p.number < self._workers]
        waited = sum(crew.job.status(p.number)["waited_ns"] for p in members)
        idle = (waited - waited_before) / 1e9 / ((now - began) * len(members))
        self._looked = now, waited
        is_steady = self._scaling is None and len(crew.processes) == self._workers
        if began and is_steady and crew.job.status(0)["phase"] == "running":
            wanted = self._auto.decide(now, self._workers, 1 - min(max(idle, 0.0), 1.0))
            if wanted != self._workers:
                self._scale(str(wanted))

    # ---- looking --------------------------------------------------------------------------------

    def _look(self, timeout: float) -> None:
        """Waits for logs, requests and signals, and treats them."""
        for key, _ in self._selector.select(timeout):
            key.data()

    def _read_log(self, process: _Process) -> None:
        """Passes whole lines on, with the worker's name in front."""
        pipe = process.popen.stderr
        assert pipe is not None
        try:
            got = os.read(pipe.fileno(), 1 << 16)
        except BlockingIOError:
            got = None
        if got is None and process.popen.returncode is None:
            return
        if got:
            *lines, process.rest = (process.rest + got).split(b"\n")
        else:
            lines = [process.rest] if process.rest else []
            process.rest, process.open = b"", False
            self._selector.unregister(pipe)
            pipe.close()
        for line in lines:
            sys.stderr.write(f"worker {process.number}: {line.decode(errors='replace')}\n")
        sys.stderr.flush()

    def _drain_logs(self, crew: _Crew) -> None:
        for process in crew.processes:
            while process.open:
                self._read_log(process)

    # ---- requests -------------------------------------------------------------------------------

    def _open_control(self, crew: _Crew) -> None:
        """Once worker 0 has the lock of the folder: nobody else answers there."""
        is_ready = crew.job.status(0)["phase"] == "running"
        if self._control is None and self._settings.state is not None and is_ready:
            answers: dict[str, Callable[[], dict[str, Any]]] = {
                "status": self._status,
                "checkpoint": self._checkpoint,
                "stop": self._stop,
            }
            self._control = Control(
                self._settings.state, self._selector, answers, {"scale": self._scale}
            )

    def _status(self) -> dict[str, Any]:
        crew = self._crew
        workers = [
            {"worker": p.number, "pid": p.popen.pid, **crew.job.status(p.number)}
            for p in (crew.processes if crew is not None else [])
        ]
        return {
            "workers": workers,
            "epoch": self._epoch,
            "restarts": self._restarts,
            "seconds": round(time.monotonic() - self._began, 3),
            "stopping": self._stop_asked,
            "scaled": self._scaled.as_json() if self._scaled is not None else None,
            "refused": self._control.refused if self._control is not None else 0,
        }

    def _checkpoint(self) -> dict[str, Any]:
        if self._crew is not None:
            self._crew.job.checkpoint()
        return {"epoch": self._epoch}

    def _stop(self) -> dict[str, Any]:
        if not self._stop_asked:
            self._stop_asked = True
            self._deadline = time.monotonic() + self._settings.drain
            if self._crew is not None:
                self._crew.job.stop()
        return {"stopping": True}

    # ---- signals --------------------------------------------------------------------------------

    def _wake_by(self, pipe: int) -> None:
        self._selector.register(pipe, selectors.EVENT_READ, lambda: os.read(pipe, 64))

    def _handle(self, number: int, frame: Any) -> None:
        if self._stop_asked:
            raise KeyboardInterrupt
        self._stop()


def _cause(code: int) -> str:
    """How a process ended."""
    if code >= 0:
        return f"has ended with exit code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"


def _place(status: dict[str, Any]) -> str:
    return f" in {status['place']}" if status["place"] else ""


def _say(text: str) -> None:
    print(f"ouzel: {text}", file=sys.stderr, flush=True)
