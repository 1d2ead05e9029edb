"""Where a step was drawn, and the id by which its state is found again."""

from __future__ import annotations

import os
import sys
from binascii import crc32
from itertools import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .stream import Stream

_PACKAGE = __name__.partition(".")[0]
_ID_MAX = 80

serials = count()
"""Numbers all steps of the process in the order drawn."""

_sources: dict[str, int] = {}


def where() -> tuple[str, int]:
    """The file and line of the user's program that is drawing right now.

    >>> from ouzel._ids import where
    >>> isinstance(where()[1], int)
    True
    """
    frame = sys._getframe(1)
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__")):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def _is_ours(module: object) -> bool:
    return isinstance(module, str) and (module == _PACKAGE or module.startswith(_PACKAGE + "."))


def place(drawn: tuple[str, int], folder: str) -> str:
    """``app.py:12``, relative to `folder` when the file lies below it.

    >>> place(("/srv/app/app.py", 12), "/srv/app")
    'app.py:12'
    """
    path, line = drawn
    if path.startswith(folder + os.sep):
        path = path[len(folder) + 1 :]
    return f"{path}:{line}"


def ordinal(op: str, upstream: Stream | None) -> int:
    """The number of a step among the steps of the same operator below the same upstream step."""
    counts = _sources if upstream is None else upstream._kids
    counts[op] = number = counts.get(op, -1) + 1
    return number


def derive(op: str, number: int, upstream_id: str | None) -> str:
    """The id of an unnamed step: upstream id, operator and ordinal; a digest stands for a long one.

    >>> derive("map", 0, "iterable.0")
    'iterable.0/map.0'
    """
    text = f"{op}.{number}" if upstream_id is None else f"{upstream_id}/{op}.{number}"
    if len(text) > _ID_MAX:
        data = text.encode()
        text = f"~{crc32(data):08x}{crc32(data, 0x6F7A):08x}/{op}.{number}"
    return text
