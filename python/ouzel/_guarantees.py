"""What a job gives for each row when it is killed and goes on: asked for, and shown."""

from __future__ import annotations

import json
import os
from typing import Any, NoReturn

from . import _plan

ASKED = "OUZEL_GRAPH"
"""The environment variable by which `ouzel graph` asks a program: a format, a descriptor."""

GUARANTEES = {"at-most-once": 1, "at-least-once": 2, "exactly-once": 3}
"""As the engine numbers them: the bits are "nothing twice" and "nothing is lost"."""


def guarantee_of(name: str | None) -> int:
    """The number of a guarantee; 0 for None, nothing."""
    if name is not None and name not in GUARANTEES:
        raise ValueError(f"guarantee is one of {', '.join(GUARANTEES)}, not {name!r}")
    return 0 if name is None else GUARANTEES[name]


def show(plan: _plan.Plan) -> NoReturn:
    """Prints the graph of a program at its first run(), for `ouzel graph`; the program ends."""
    format, descriptor = os.environ.pop(ASKED).split()
    os.write(int(descriptor), b"1")
    if format == "text":
        print(plan.graph.print("text"))
        print(described(plan))
    else:
        print(plan.graph.print(format), end="")
    raise SystemExit(0)


def described(plan: _plan.Plan) -> str:
    """The guarantee of a job, and that of each source and sink, as lines of text."""
    shown: dict[str, Any] = json.loads(plan.graph.print("json"))
    rows = [
        (node["name"] or node["detail"], node["operator"], node["where"] or "", node["guarantee"])
        for node in shown["nodes"]
        if "guarantee" in node
    ]
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(3)]
    lines = [f"with a state folder: {shown['guarantee']}"]
    for *fields, guarantee in rows:
        columns = "  ".join(field.ljust(width) for field, width in zip(fields, widths))
        lines.append(f"  {columns}  {guarantee}")
    return "\n".join(lines)
