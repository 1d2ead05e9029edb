"""How a graph looks, and what can be seen of one that works."""

from __future__ import annotations

from . import _living, _plan
from ._drawing import Drawn
from ._ouzel import GraphError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .stream import Stream

_OBJECTS = {"iterable", "input", "python", "python_source", "python_source_once", "python_stateful"}
_TEXTS = {"files", "stdin_source", "tcp_source"}
_SAME = {
    "branch",
    "buffer",
    "delay",
    "event_time",
    "feedback",
    "filter",
    "inspect",
    "key_by",
    "rate_limit",
    "slice",
    "unique",
}


class Display(Drawn):
    """graph, explain, stats and state."""

    __slots__ = ()

    def _shown(self) -> list[Stream]:
        """The steps of the whole pushed graph, or what this stream needs; in the order drawn."""
        if self._step._living is not None:
            steps = _living.component(self._step)
        else:
            steps = _plan.ancestors([self])  # type: ignore[list-item]
        return sorted(steps, key=lambda step: step._serial)

    def graph(self, format: str = "text") -> str:
        """The graph as "text", "dot", "mermaid", "json" or "svg"; a notebook shows it by itself.

        >>> import ouzel as oz
        >>> print(oz.of(1).map(str).graph("mermaid"))
        graph TD
          n0["iterable"]
          n1["map str"]
          n0 --> n1
        <BLANKLINE>
        """
        plan = _plan.compile([self], steps=set(self._shown()))  # type: ignore[list-item]
        if format != "svg":
            return plan.graph.print(format)
        import json

        from ._svg import svg

        return svg(json.loads(plan.graph.print("json")))

    def explain(self) -> str:
        """A line for each step that calls a function: whether it runs natively, or why not.

        >>> import ouzel as oz
        >>> print(oz.from_text("book.txt").map(str.lower).map(lambda s: s + "!").explain())
        map str.lower: native
        map <lambda>: Python: it is not one of the functions that have a native twin
        """
        lines = []
        for step in self._shown():
            function = step._settings.get("function")
            if function is not None:
                label = step.name or step._op
                above = row_type(step._edges[0][0]._step) if step._edges else ""
                lines.append(f"{label} {function.name}: {function.describe(above)}")
        return "\n".join(lines)

    def stats(self) -> dict[str, dict[str, int]]:
        """What has been measured of each step of a pushed graph, by name or id.

        >>> import ouzel as oz
        >>> s = oz.Stream()
        >>> s.filter(lambda x: x > 1, name="large").sink(lambda x: None)
        <sink: <lambda>>
        >>> s.emit(1); s.emit(2)
        >>> s.stats()["large"]["rows_in"], s.stats()["large"]["rows_out"]
        (2, 1)
        """
        instance, nodes = self._at_work()
        return {
            _plan.step_id(step): instance.stats(node)
            for (step, part, _), node in nodes.items()
            if part == _plan.STEP
        }

    def state(self) -> dict[Any, Any] | list[Any]:
        """What this step of a pushed graph remembers now: by key, or the one value it has.

        >>> import ouzel as oz
        >>> s = oz.Stream()
        >>> counts = s.key_by().count()
        >>> s.emit("a"); s.emit("a")
        >>> counts.state()
        {'a': 2}
        """
        from ._ouzel import tables

        instance, nodes = self._at_work()
        names = tables(self._step._op)
        if not names:
            raise GraphError(f"{self!r} remembers nothing")
        return instance.table(nodes[self._step, _plan.STEP, 0], names[0], is_keyed(self._step))

    def _at_work(self) -> tuple[Any, dict[_plan.Key, int]]:
        living = self._step._living
        if living is None:
            raise GraphError(f"{self!r} is pulled: nothing of it works between pulls")
        living = living.now()
        return living.refresh(self), living.nodes  # type: ignore[arg-type]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """For notebooks: the graph as a picture, or as text where there are none."""
        return {"image/svg+xml": self.graph("svg"), "text/plain": repr(self)}


def is_keyed(step: Stream) -> bool:
    """Whether the rows that come to a step have keys.

    >>> import ouzel as oz
    >>> is_keyed(oz.of(1).key_by().map(str)), is_keyed(oz.of(1).map(str))
    (True, False)
    """
    while step._edges:
        step = step._edges[0][0]._step
        if step._op == "key_by":
            return True
    return False


def row_type(step: Stream) -> str:
    """The type of the rows that a step gives, as far as the drawing tells; "" for unknown.

    >>> import ouzel as oz
    >>> row_type(oz.of(1)), row_type(oz.from_text("book.txt"))
    ('OBJECT', 'STRING')
    """
    while step._op in _SAME and step._edges:
        step = step._edges[0][0]._step
    if step._op in _OBJECTS:
        return "OBJECT"
    if step._op in _TEXTS:
        is_text = step._settings.get("framing", "lines") == "lines"
        return "STRING" if is_text and step._settings.get("encoding") != "bytes" else ""
    function = step._settings.get("function")
    if step._op in ("map", "flat_map", "starmap") and function is not None:
        above = row_type(step._edges[0][0]._step)
        return "" if function.known and above != "OBJECT" else "OBJECT"
    return ""
