"""Several workers in one process, each a thread with an instance of its own: for run-cases.

They exchange rows, make checkpoints and are taken up again exactly as processes do; but they begin
in a millisecond, and all of them are left where they are when one is told to die.
"""

from __future__ import annotations

import threading
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

    def __init__(self, stream: oz.Stream, workers: int, state: Path | None = None) -> None:
        self._plan = _plan.compile([stream])
        drawn = len(self._plan.graph)
        self._plan.graph.spread(workers)
        self.exchanges = len(self._plan.graph) > drawn
        self._workers = workers
        self._state = state
        self._job = Job(workers)
        self._is_over = threading.Event()
        self._made: list[Instance] = []
        self._failures: list[tuple[int, BaseException]] = []

    def die(self) -> None:
        """All stop where they are, before they take another row. Any thread."""
        self._is_over.set()
        for instance in list(self._made):
            instance.stop()

    def run(self) -> None:
        """Until all have ended, or one is to die or fails; then this raises what it raised."""
        threads = [threading.Thread(target=self._work, args=(n,)) for n in range(self._workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LIFE_S)
        if any(thread.is_alive() for thread in threads):
            self.die()
            raise TimeoutError("the workers did not come to an end")
        for instance in self._made:
            instance.close()
        if self._failures:
            raise min(self._failures, key=lambda failure: failure[0])[1]

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
