"""Ouzel: one graph of plain Python functions, pushed, pulled or run at the speed of C.

>>> import ouzel as oz
>>> words = oz.of("to be or not", "to be").flat_map(str.split)
>>> sorted(words.key_by().count().final().to_dict().items())
[('be', 2), ('not', 1), ('or', 1), ('to', 2)]
"""

from __future__ import annotations

from ._ouzel import Receipt
from .errors import (
    ClosedError,
    Failure,
    GraphError,
    NotFoundError,
    OuzelError,
    StateError,
    StepError,
    StreamIOError,
)
from .sources import (
    from_arrow,
    from_iterable,
    from_sender,
    from_source,
    from_stdin,
    from_tcp,
    from_text,
    of,
)
from .stream import Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._inspect import Inspection, Pickled, inspect
    from ._running import run
    from ._savepoint import savepoint
    from ._scaling import scale
    from ._state import State
    from .operators import Operator, Sink, Source

__all__ = [
    "ClosedError",
    "Failure",
    "GraphError",
    "Inspection",
    "NotFoundError",
    "Operator",
    "OuzelError",
    "Pickled",
    "Receipt",
    "Sink",
    "Source",
    "State",
    "StateError",
    "StepError",
    "Stream",
    "StreamIOError",
    "from_arrow",
    "from_iterable",
    "from_sender",
    "from_source",
    "from_stdin",
    "from_tcp",
    "from_text",
    "inspect",
    "of",
    "run",
    "savepoint",
    "scale",
]

_LAZY = {
    "Inspection": "._inspect",
    "Operator": ".operators",
    "Pickled": "._inspect",
    "Sink": ".operators",
    "Source": ".operators",
    "State": "._state",
    "inspect": "._inspect",
    "run": "._running",
    "savepoint": "._savepoint",
    "scale": "._scaling",
}


def __getattr__(name: str) -> Any:
    """Loads what is rarely needed when it is asked for."""
    if name in _LAZY:
        from importlib import import_module

        value = getattr(import_module(_LAZY[name], __name__), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
