"""A graph as a picture: boxes in rows from the sources down, in plain SVG."""

from __future__ import annotations

from html import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CHAR, _LINE, _PAD = 7.2, 16, 10
_GAP_X, _GAP_Y, _MARGIN = 24, 34, 8
_STYLE = (
    "text{font:12px ui-monospace,monospace;fill:#1b2733}"
    "rect{fill:#eef4f8;stroke:#5b7f95;rx:5}"
    "path{fill:none;stroke:#5b7f95;stroke-width:1.3}"
    ".loop{stroke-dasharray:4 3}"
)


class _Box:
    """One step: its lines of text, its row, and where it lies."""

    def __init__(self, node: dict[str, Any]) -> None:
        name, detail = node["name"], node["detail"]
        self.lines = [name, detail] if name else [detail]
        self.where = node["where"] or ""
        self.level = 0
        self.width = 2 * _PAD + _CHAR * max(map(len, self.lines))
        self.height = 2 * _PAD + _LINE * len(self.lines) - 4
        self.x = self.y = 0.0


def svg(graph: dict[str, Any]) -> str:
    """The picture of a graph, given as its JSON form.

    >>> node = {"id": "a", "name": None, "detail": "map str", "where": None}
    >>> svg({"nodes": [node], "edges": []}).startswith("<svg")
    True
    """
    boxes = {node["id"]: _Box(node) for node in graph["nodes"]}
    edges = graph["edges"]
    for node in graph["nodes"]:  # in an order in which a step comes after those that it reads
        box = boxes[node["id"]]
        above = [boxes[e["from"]] for e in edges if e["to"] == node["id"] and not e["loop"]]
        box.level = 1 + max((up.level for up in above), default=-1)
    width, height = _place(list(boxes.values()))
    parts = [_edge(boxes[e["from"]], boxes[e["to"]], e) for e in edges]
    parts += [_draw(box) for box in boxes.values()]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}"><style>{_STYLE}</style>{"".join(parts)}</svg>'
    )


def _place(boxes: list[_Box]) -> tuple[float, float]:
    """Gives each box its place, rows centred; the size of the whole."""
    levels: dict[int, list[_Box]] = {}
    for box in boxes:
        levels.setdefault(box.level, []).append(box)
    widths = {n: sum(b.width for b in row) + _GAP_X * (len(row) - 1) for n, row in levels.items()}
    width = max(widths.values(), default=0)
    y = float(_MARGIN)
    for number in sorted(levels):
        x = _MARGIN + (width - widths[number]) / 2
        for box in levels[number]:
            box.x, box.y = x, y
            x += box.width + _GAP_X
        y += max(box.height for box in levels[number]) + _GAP_Y
    return width + 2 * _MARGIN, y - _GAP_Y + _MARGIN if boxes else 2 * _MARGIN


def _edge(source: _Box, target: _Box, edge: dict[str, Any]) -> str:
    x1, y1 = source.x + source.width / 2, source.y + source.height
    x2, y2 = target.x + target.width / 2, target.y
    kind = ' class="loop"' if edge["loop"] else ""
    label = "" if edge["output"] == "out" else f"<title>{escape(edge['output'])}</title>"
    bend = _GAP_Y * 0.6
    return (
        f'<path{kind} d="M{x1:.1f} {y1:.1f}C{x1:.1f} {y1 + bend:.1f} '
        f'{x2:.1f} {y2 - bend:.1f} {x2:.1f} {y2:.1f}">{label}</path>'
    )


def _draw(box: _Box) -> str:
    middle = box.x + box.width / 2
    lines = "".join(
        f'<text x="{middle:.1f}" y="{box.y + _PAD + 9 + _LINE * i:.1f}" text-anchor="middle">'
        f"{escape(line)}</text>"
        for i, line in enumerate(box.lines)
    )
    return (
        f'<g><title>{escape(box.where)}</title><rect x="{box.x:.1f}" y="{box.y:.1f}" '
        f'width="{box.width:.1f}" height="{box.height:.1f}"/>{lines}</g>'
    )
