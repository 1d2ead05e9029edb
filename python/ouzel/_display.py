"""How a graph looks: as text, in a notebook, and what runs natively in it."""

from __future__ import annotations

from . import _living, _plan
from ._drawing import Drawn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .stream import Stream


class Display(Drawn):
    """graph and explain."""

    __slots__ = ()

    def _shown(self) -> set[Stream]:
        """The steps of the whole pushed graph, or what this stream needs."""
        if self._step._living is not None:
            return _living.component(self._step)
        return _plan.ancestors([self])  # type: ignore[list-item]

    def graph(self, format: str = "text") -> str:
        """The graph as "text", "dot", "mermaid" or "json".

        >>> import ouzel as oz
        >>> "map" in oz.of(1).map(str).graph()
        True
        """
        plan = _plan.compile([self], steps=self._shown())  # type: ignore[list-item]
        return plan.graph.print(format)

    def explain(self) -> str:
        """A line for each step that calls a function: whether it runs natively, or why not.

        >>> import ouzel as oz
        >>> print(oz.from_text("book.txt").map(str.lower).map(lambda s: s + "!").explain())
        map str.lower: native where the rows are of a type that its native twin takes
        map <lambda>: Python: it is not one of the functions that have a native twin
        """
        lines = []
        for step in sorted(self._shown(), key=lambda step: step._serial):
            function = step._settings.get("function")
            if function is not None:
                label = step.name or step._op
                lines.append(f"{label} {function.name}: {function.describe('')}")
        return "\n".join(lines)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """For notebooks: the graph as a picture where they can draw it, else as text."""
        return {"text/plain": self.graph(), "text/vnd.mermaid": self.graph("mermaid")}
