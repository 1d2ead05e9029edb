"""Looking into a state folder: `ouzel.inspect` and `ouzel inspect`."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from typing import Any

from . import _ouzel


class Pickled(bytes):
    """An object in a state folder that stays closed: its pickle. To open one may run any code.

    >>> from ouzel import Pickled
    >>> Pickled(b"...")
    <pickle of 3 bytes>
    """

    def __repr__(self) -> str:
        return f"<pickle of {len(self)} bytes>"


@dataclass
class SavedTable:
    """A table of a step, on one worker."""

    name: str
    kind: str
    """"value", "list", "map" or "queue"."""
    keyed: bool
    entries: int
    """Keys; rows of a queue."""
    bytes: int
    """Memory that it takes, without what objects hold."""


@dataclass
class SavedStep:
    """A step on one worker, as it was saved."""

    worker: int
    name: str
    """As the user has named it, or its operator and those above it."""
    operator: str
    ended: bool
    """All of its input has come to its end."""
    watermark_ns: int | None
    """The event time that it has passed on, in ns since 1970; None: none."""
    positions: dict[str, int]
    """Of a source: how far each partition has been read."""
    tables: list[SavedTable]
    _number: int = field(repr=False, default=0)


class Inspection:
    """What is in a state folder; made by `ouzel.inspect`.

    `job` (a number as text), `generation` (how often it was started), `epoch` (the one that holds),
    `ended` (the input has, and all of it was dealt with), `workers`, `files` (name, worker and size
    in bytes of each) and `steps` (`SavedStep`, worker by worker, in the order drawn).
    """

    def __init__(self, path: str | os.PathLike[str], unpickle: bool = False) -> None:
        self._found = _ouzel.Inspection(path, unpickle)
        info = self._found.info
        self.job = f"{info['job']:016x}"
        self.generation: int = info["generation"]
        self.epoch: int = info["epoch"]
        self.ended: bool = info["ended"]
        self.workers: int = info["workers"]
        self.files: list[tuple[str, int, int]] = info["files"]
        self.steps = [
            _step_of(number, saved)
            for number, saved in enumerate(info["steps"])
            if not saved["elsewhere"]
        ]

    def table(self, name: str, step: str | None = None) -> dict[Any, Any]:
        """The entries of a table, of all workers: values by key.

        What rows without a key share has the key None, or "worker 0", "worker 1", ... where several
        workers have some. A list table has lists, a map table dicts; the value of a table with
        several fields is a tuple. An object is `ouzel.Pickled`, unless `inspect` was told to
        unpickle. `name` may be that of a table, or of a step whose first table is meant; `step`
        tells which, where several steps have such a table.

        Raises:
            KeyError: there is no such table, or it is that of several steps.
        """
        found = [
            (saved, number)
            for saved in self.steps
            for number, table in enumerate(saved.tables)
            if step in (None, saved.name)
            and (table.name == name or (saved.name == name and number == 0))
        ]
        steps = sorted({saved.name for saved, _ in found})
        if len(steps) != 1:
            raise KeyError(self._which(name, steps))
        entries: dict[Any, Any] = {}
        shared: dict[Any, Any] = {}
        for saved, number in found:
            table = saved.tables[number]
            got = self._found.table(saved._number, number, table.keyed and table.entries > 0)
            if isinstance(got, dict):
                entries.update(got)
            elif got[0] or not table.keyed:
                shared[f"worker {saved.worker}"] = got[0]
        if len(shared) == 1:
            (entries[None],) = shared.values()
        else:
            entries.update(shared)
        return entries

    def _which(self, name: str, steps: list[str]) -> str:
        if steps:
            return f"the steps {', '.join(steps)} all have a table {name!r}: say which is meant"
        known = sorted(
            {f"{table.name} of {saved.name}" for saved in self.steps for table in saved.tables}
        )
        return f"there is no table {name!r}; there are: {', '.join(known) or 'none'}"

    def __repr__(self) -> str:
        return f"<Inspection of job {self.job}: epoch {self.epoch}, {self.workers} workers>"


def _step_of(number: int, saved: dict[str, Any]) -> SavedStep:
    return SavedStep(
        saved["worker"],
        saved["id"],
        saved["operator"],
        saved["ended"],
        saved["watermark_ns"],
        saved["positions"],
        [SavedTable(**table) for table in saved["tables"]],
        number,
    )


def inspect(path: str | os.PathLike[str], *, unpickle: bool = False) -> Inspection:
    """What the job of a state folder has written, whether it runs or not, without its program.

    All files of the epoch that holds are read, and their checksums verified; nothing is changed.
    Objects of Python stay pickled, because to unpickle them may run any code; with `unpickle` they
    are opened.

    >>> import tempfile, ouzel as oz
    >>> folder = tempfile.mkdtemp()
    >>> counts = oz.of("a", "b", "a").key_by().count()
    >>> counts.sink(lambda row: None).run(state=folder)
    0
    >>> found = oz.inspect(folder)
    >>> found.epoch, found.ended, found.table("counts")
    (1, True, {'a': 2, 'b': 1})

    Raises:
        NotFoundError: it is no state folder.
        StateError: it is not yours alone, or a file is damaged.
    """
    return Inspection(path, unpickle)


def summary(found: Inspection) -> str:
    """All but the entries, as text for a terminal."""
    state = "its input has ended" if found.ended else f"started {found.generation} times"
    lines = [f"job {found.job}, epoch {found.epoch}, {found.workers} workers, {state}"]
    for name, worker, size in found.files:
        lines.append(f"  {name:24} worker {worker}  {size:>14,} bytes, checksum verified")
    for saved in found.steps:
        if saved.tables or saved.positions:
            lines += ["", f"worker {saved.worker}: {saved.name} ({saved.operator})"]
        for table in saved.tables:
            rows = "rows" if table.kind == "queue" else "entries"
            size = f"{table.entries:,} {rows}, {table.bytes:,} bytes"
            lines.append(f"  table {table.name:18} {table.kind:6} {size}")
        for partition, position in saved.positions.items():
            lines.append(f"  read  {partition:25} to {position:,}")
    return "\n".join(lines)


def as_json(found: Inspection) -> dict[str, Any]:
    """The same, for programs."""
    steps = [
        {name: value for name, value in asdict(saved).items() if name != "_number"}
        for saved in found.steps
    ]
    files = [
        {"name": name, "worker": worker, "bytes": size} for name, worker, size in found.files
    ]
    return {
        "job": found.job,
        "generation": found.generation,
        "epoch": found.epoch,
        "ended": found.ended,
        "workers": found.workers,
        "files": files,
        "steps": steps,
    }
