"""Several workers in one process, each a thread with an instance of its own: for run-cases.

They exchange rows, make checkpoints and are taken up again exactly as processes do; but they begin
in a millisecond, and all of them are left where they are when one is told to die.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import ouzel as oz
from ouzel import _plan
from ouzel._ouzel import Instance, Job

CHECKPOINT_S = 1e-6  # always
LOOK_S = 0.05
LIFE_S = 60.0


class Crew:
    """The workers of one life of a job."""

    def __init__(
        self, stream: oz.Stream, workers: int, state: Path | None = None, seats: int = 0
    ) -> None:
        self._plan = _plan.compile([stream])
        drawn = len(self._plan.graph)
        self._plan.graph.spread(seats or workers)
        self.exchanges = len(self._plan.graph) > drawn
        self._workers = workers
        self._state = state
        self._job = Job(workers, seats)
        self._asked = 0
        self._threads: list[threading.Thread] = []
        self._is_over = threading.Event()
        self._made: list[Instance] = []
        self._failures: list[tuple[int, BaseException]] = []

    def die(self) -> None:
        """All stop where they are, before they take another row. Any thread."""
        self._is_over.set()
        for instance in list(self._made):
            instance.stop()

    def scale(self, workers: int) -> bool:
        """Asks for another number of them, unless that is just being done. The thread of run()'s
        caller, or any other one, but one at a time."""
        moves = self._job.moves()
        is_steady = moves["present"] == moves["workers"] and self._asked == moves["made"]
        if not is_steady or workers == moves["workers"] or self._is_over.is_set():
            return False
        self._asked += 1
        self._job.scale(workers)
        for number in range(moves["workers"], workers):
            self._start(number)
        return True

    @property
    def moved(self) -> int:
        """How often keys have moved."""
        return int(self._job.moves()["made"])

    def _start(self, number: int) -> None:
        thread = threading.Thread(target=self._work, args=(number,))
        self._threads.append(thread)
        thread.start()

    def run(self) -> None:
        """Until all have ended, or one is to die or fails; then this raises what it raised."""
        for number in range(self._workers):
            self._start(number)
        until = time.monotonic() + LIFE_S
        while (alive := self._alive()) and time.monotonic() < until:
            alive[0].join(LOOK_S)
            if self._has_ended():
                self.die()  # those that had come to share the work, and need not any more
        if self._alive():
            self.die()
            raise TimeoutError("the workers did not come to an end")
        for instance in self._made:
            instance.close()
        if self._failures:
            raise min(self._failures, key=lambda failure: failure[0])[1]

    def _alive(self) -> list[threading.Thread]:
        return [thread for thread in self._threads if thread.is_alive()]

    def _has_ended(self) -> bool:
        numbers = range(self._job.workers)
        return all(self._job.status(number)["phase"] == "done" for number in numbers)

    def _work(self, number: int) -> None:
        try:
            job = Job.join(self._job.file, self._job.bells, number)
            instance = Instance(
                self._plan.graph,
                job=job,
                batch_rows=0 if self._state is None else 1,
                state=None if self._state is None else str(self._state),
                checkpoint=CHECKPOINT_S,
            )
            self._made.append(instance)
            while not instance.run(LOOK_S) and not self._is_over.is_set():
                pass
        except BaseException as error:
            self._failures.append((0 if isinstance(error, Exception) else 1, error))
            self.die()


def dying(items: Iterable[Any], at: int, die: Callable[[], None]) -> Iterator[Any]:
    """The items; when so many have been given, something dies."""
    for number, item in enumerate(items):
        if number == at:
            die()
        yield item
