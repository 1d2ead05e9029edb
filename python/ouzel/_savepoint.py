"""Copies of a state folder: `ouzel savepoint` and `ouzel run --from`."""

from __future__ import annotations

import os
import time
from pathlib import Path

from ._control import request
from ._inspect import Inspection, inspect
from .errors import StateError

TRIES = 20
"""A running job may replace what is being copied; checkpoints are further apart than that takes."""

LOOK_S = 0.02
PATIENCE_S = 60.0


def savepoint(state: str | os.PathLike[str], to: str | os.PathLike[str]) -> Inspection:
    """Copies what the job of a state folder has written into another folder, which is made.

    A job of several workers that runs there makes a checkpoint first, and goes on; of any other job
    it is the epoch that holds. The copy is a state folder itself, whole and verified: begin from
    it by `ouzel run --from`, look into it by `ouzel.inspect`, or keep it. What sinks have written
    is not in it: a sink of files that begins from it goes on, in its file, where it stood then.

    >>> import tempfile, ouzel as oz
    >>> folder, kept = tempfile.mkdtemp(), tempfile.mkdtemp()
    >>> oz.of("a", "b", "a").key_by().count().sink(lambda row: None).run(state=folder)
    0
    >>> oz.savepoint(folder, kept).table("counts")
    {'a': 2, 'b': 1}

    Raises:
        NotFoundError: `state` is no state folder.
        StateError: it cannot be used, or there is something in `to`.
    """
    source, target = Path(state), Path(to)
    _ask_for_checkpoint(source)
    files = _files_of(source)
    _make(target)
    for _ in range(TRIES - 1):
        try:
            return _copy(source, target, files)
        except (FileNotFoundError, StateError):
            files = _files_of(source)
    return _copy(source, target, files)


def _files_of(source: Path) -> list[str]:
    """Of the epoch that holds, all of them whole."""
    return [name for name, _, _ in inspect(source).files]


def _ask_for_checkpoint(source: Path) -> None:
    """Of a job that runs there; returns when its epoch holds, or the job has ended."""
    until = time.monotonic() + PATIENCE_S
    try:
        before = request(str(source), "checkpoint")["epoch"]
        while request(str(source), "status")["epoch"] <= before and time.monotonic() < until:
            time.sleep(LOOK_S)
    except StateError:
        return  # nobody answers there
    if time.monotonic() >= until:
        raise StateError(
            f"the job in '{source}' has made no checkpoint in {PATIENCE_S:g} s: its log says why"
        )


def _make(target: Path) -> None:
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise StateError(f"'{target}' is not empty: a savepoint is made in a folder of its own")
    target.chmod(0o700)


def _copy(source: Path, target: Path, files: list[str]) -> Inspection:
    """The manifest comes last: without it the folder is none. With another one it is not whole."""
    for old in target.iterdir():
        old.unlink()
    manifest = (source / "manifest").read_bytes()
    for name in files:
        _write(target / name, (source / name).read_bytes())
    _write(target / "manifest", manifest)
    for folder in (target, target.parent):
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
    return inspect(target)


def _write(path: Path, data: bytes) -> None:
    with open(path, "xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
