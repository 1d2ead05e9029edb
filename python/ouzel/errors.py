"""The exceptions of Ouzel.

A function of the user that raises is not hidden behind any of them: its own exception comes out of
`emit`, `for`, `to_list` and `run`, with a note that names the step, the line that drew it and the
record, and with the attribute `ouzel`, a :class:`Failure`.

>>> import ouzel as oz
>>> try:
...     oz.of(2, 0).map(lambda x: 1 // x, name="invert").to_list()
... except ZeroDivisionError as error:
...     error.ouzel.step, error.ouzel.record
('invert', 0)
"""

from ._ouzel import (
    ClosedError,
    Failure,
    GraphError,
    NotFoundError,
    OuzelError,
    StateError,
    StepError,
    StreamIOError,
)

__all__ = [
    "ClosedError",
    "Failure",
    "GraphError",
    "NotFoundError",
    "OuzelError",
    "StateError",
    "StepError",
    "StreamIOError",
]
