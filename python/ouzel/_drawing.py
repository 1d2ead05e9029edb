"""The record of a drawn step: what it does, what it reads, who drew it, and how long it lives.

A stream holds the streams that it reads. A source into which elements are pushed, and everything
below it, also holds what reads it: a drawn step lives as long as its source. What is pulled does
not, so a forgotten branch costs nothing.
"""

from __future__ import annotations

from . import _ids, _ouzel
from ._living import Living
from ._ouzel import GraphError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from typing_extensions import Self

    from .stream import Stream

POLICIES = {"fail": 0, "skip": 1, "dead_letter": 2}


class Drawn(_ouzel.Emitter):
    """What all steps have in common; `Stream` adds the methods that draw further steps."""

    __slots__ = (
        "__weakref__",
        "name",
        "_op",
        "_settings",
        "_edges",  # [(stream, input port)]
        "_base",  # the step of which this is another output; None for a step itself
        "_output",
        "_policy",
        "_where",
        "_serial",
        "_ordinal",
        "_id",
        "_kids",
        "_downs",  # the steps that read this one; None below sources that are pulled
        "_loops",  # [(stream whose rows come back into this one, bound)]
        "_joined",  # streams connected to this one
        "_living",  # of a pushed graph
        "_iterator",  # of next()
        "_detached",  # taken out of the graph by destroy(), or replaced by final()
    )

    name: str | None
    _op: str
    _settings: dict[str, Any]
    _edges: list[tuple[Stream, int]]
    _base: Stream | None
    _output: int
    _policy: int
    _where: tuple[str, int]
    _serial: int
    _ordinal: int
    _id: str | None
    _kids: dict[str, int]
    _downs: list[Stream] | None
    _loops: list[tuple[Stream, int | None]]
    _joined: list[Stream]
    _living: Living | None
    _iterator: Any
    _detached: bool

    def __init__(self, name: str | None = None, *, stream_name: str | None = None) -> None:
        self._init("input", {}, [], name=name, stream_name=stream_name)
        self._downs = []
        self._living = Living()

    def _init(
        self,
        op: str,
        settings: dict[str, Any],
        edges: list[tuple[Stream, int]],
        *,
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
    ) -> None:
        if on_error not in POLICIES:
            raise ValueError(f'on_error is "fail", "skip" or "dead_letter", not {on_error!r}')
        name = stream_name if name is None else name
        if name is not None and not (isinstance(name, str) and name):
            raise TypeError(f"the name of a step is a non-empty str, not {name!r}")
        self.name = name
        self._op = op
        self._settings = settings
        self._edges = edges
        self._base = None
        self._output = 0
        self._policy = POLICIES[on_error]
        self._where = _ids.where()
        self._serial = next(_ids.serials)
        self._ordinal = _ids.ordinal(op, edges[0][0]._step if edges else None)
        self._id = None
        self._kids = {}
        self._downs = None
        self._loops = []
        self._joined = []
        self._living = None
        self._iterator = None
        self._detached = False

    @property
    def _step(self) -> Stream:
        """The stream that is the step: itself, unless this is another output of it."""
        return self if self._base is None else self._base  # type: ignore[return-value]

    @classmethod
    def _source(
        cls, op: str, settings: dict[str, Any], name: str | None = None, **about: Any
    ) -> Self:
        """A source that is pulled or run; `about` is on_error, ..."""
        stream = cls.__new__(cls)
        stream._init(op, settings, [], name=name, **about)
        return stream

    def _draw(
        self,
        op: str,
        settings: dict[str, Any] | None = None,
        others: Iterable[Stream] = (),
        **about: Any,
    ) -> Stream:
        """A new step that reads this stream and `others`; `about` is name, on_error, ..."""
        edges: list[tuple[Any, int]] = [(self, 0)]
        for other in others:
            if not isinstance(other, Drawn):
                raise TypeError(f"{op}() joins streams, not {other!r}")
            edges.append((other, 0))
        stream: Any = type(self).__new__(type(self))
        stream._init(op, settings or {}, edges, **about)
        stream._attach_above()
        return stream

    def _await(
        self,
        kind: str,
        func: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        concurrency: int | None,
        ordered: bool,
        about: dict[str, Any],
    ) -> Stream:
        """A step whose function is a coroutine function."""
        from ._coroutines import CoroutineStep

        operator = CoroutineStep(func, args, kwargs, kind, concurrency, ordered)
        op = "python_sink" if kind == "sink" else "python"
        return self._draw(op, {"operator": operator}, **about)

    def _attach_above(self) -> None:
        """Makes the steps that this one reads know it, where they hold what reads them."""
        self._detached = False
        ups = [up._step for up, _ in self._edges] + [up._step for up in self._joined]
        for up in dict.fromkeys(ups):
            self._hang_below(up)

    def _hang_below(self, up: Stream) -> None:
        """A step that reads a pushed one belongs to the same living graph, and is held by it."""
        if up._downs is None:
            return
        assert up._living is not None
        if up._detached:
            up._attach_above()
        if self._living is None:
            self._living = up._living
            self._downs = []
        else:
            self._living = self._living.merge(up._living)
        up._downs.append(self)  # type: ignore[arg-type]
        up._living.changed()

    def destroy(self) -> None:
        """Takes this step, and what only it reads, out of a pushed graph, from the next element on.

        >>> import ouzel as oz
        >>> s = oz.Stream()
        >>> got = []
        >>> sink = s.sink(got.append)
        >>> s.emit(1); sink.destroy(); s.emit(2)
        >>> got
        [1]
        """
        step = self._step
        for up in {up._step for up in self.upstreams}:
            if up._downs is not None and step in up._downs:
                up._downs.remove(step)
        step._detached = True
        if step._living is not None:
            step._living.changed()

    def _port(self, number: int) -> Stream:
        """Another output of this step: late rows, dead letters, the other branch."""
        step = self._step
        port: Any = type(self).__new__(type(self))
        for slot in Drawn.__slots__[1:]:
            setattr(port, slot, getattr(step, slot))
        port._base = step
        port._output = number
        port._iterator = None
        return port

    def _outputs(self) -> tuple[str, ...]:
        return _ouzel.outputs(self._step._op)

    @property
    def dead_letters(self) -> Stream:
        """The records that this step could not treat; it must be drawn with on_error="dead_letter".

        >>> import ouzel as oz
        >>> good = oz.of("1", "x", "3").map(int, on_error="dead_letter")
        >>> good.dead_letters.to_list()
        ['x']
        """
        step = self._step
        if step._policy != POLICIES["dead_letter"]:
            raise GraphError(f'{self!r} keeps no dead letters: give it on_error="dead_letter"')
        outputs = self._outputs()
        if "dead" not in outputs:
            raise GraphError(f"{self!r} has no dead letters: it cannot fail on a record")
        return self._port(outputs.index("dead"))

    @property
    def upstreams(self) -> list[Stream]:
        """The streams that this step reads.

        >>> import ouzel as oz
        >>> s = oz.Stream("s")
        >>> s.map(str).upstreams
        [<input: s>]
        """
        return [up for up, _ in self._step._edges] + list(self._step._joined)

    @property
    def downstreams(self) -> list[Stream]:
        """The steps that read this one, as far as it holds them: below what is pushed.

        >>> import ouzel as oz
        >>> s = oz.Stream("s")
        >>> t = s.map(str, name="t")
        >>> s.downstreams
        [<map: t>]
        """
        return list(self._step._downs or ())

    def _about(self) -> str:
        settings = self._step._settings
        function = settings.get("function") or settings.get("operator")
        return self.name or getattr(function, "name", "")

    def __repr__(self) -> str:
        about = self._about()
        port = f".{self._outputs()[self._output]}" if self._output else ""
        return f"<{self._step._op}{port}: {about}>" if about else f"<{self._step._op}{port}>"
