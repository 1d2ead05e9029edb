"""Where streams end: functions, lists, files, sockets."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._drawing import Drawn
from ._functions import wrap
from ._ouzel import GraphError

if TYPE_CHECKING:
    from .stream import Stream


class Sinks(Drawn):
    """Each sink is a step too: it can be named, run and destroyed."""

    __slots__ = ()

    def sink(
        self,
        func: Callable[..., Any],
        *args: Any,
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
        **kwargs: Any,
    ) -> Stream:
        """Calls ``func(row, *args, **kwargs)`` for each row.

        >>> import ouzel as oz
        >>> s = oz.Stream()
        >>> s.sink(print)
        <sink: print>
        >>> s.emit("hello")
        hello
        """
        settings = {"function": wrap("sink", func, 1, args, kwargs)}
        return self._draw("sink", settings, name=name, stream_name=stream_name, on_error=on_error)

    def sink_to_list(
        self, *, name: str | None = None, stream_name: str | None = None
    ) -> list[Any]:
        """A list to which each row of a pushed stream is appended.

        >>> import ouzel as oz
        >>> s = oz.Stream()
        >>> squares = s.map(lambda x: x * x).sink_to_list()
        >>> s.emit(3); squares
        [9]
        """
        if self._step._downs is None:
            raise GraphError("sink_to_list() is for streams below oz.Stream(); use to_list()")
        target: list[Any] = []
        self._draw("append", {"target": target}, name=name, stream_name=stream_name)
        return target

    def to_text(
        self,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
        **options: Any,
    ) -> Stream:
        """Writes each row as a line of a file, which is overwritten.

        >>> import ouzel as oz, os, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "out.txt")
        >>> oz.of("a", "b").to_text(path).run()
        >>> open(path).read()
        'a\\nb\\n'
        """
        settings = {"path": os.fspath(path), **options}
        return self._draw(
            "text_sink", settings, name=name, stream_name=stream_name, on_error=on_error
        )

    def to_stdout(
        self, *, name: str | None = None, stream_name: str | None = None, on_error: str = "fail"
    ) -> Stream:
        """Writes each row as a line of the standard output.

        >>> import ouzel as oz
        >>> oz.of("a").to_stdout()
        <text_sink>
        """
        return self.to_text("-", name=name, stream_name=stream_name, on_error=on_error)

    def to_tcp(
        self,
        host: str,
        port: int,
        *,
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
        **options: Any,
    ) -> Stream:
        """Writes each row to a TCP peer, as a line; tries again until the peer is there.

        >>> import ouzel as oz
        >>> oz.of("a").to_tcp("127.0.0.1", 7011)
        <tcp_sink>
        """
        settings = {"host": host, "port": port, **options}
        return self._draw(
            "tcp_sink", settings, name=name, stream_name=stream_name, on_error=on_error
        )

    def reply(
        self,
        *,
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
        **options: Any,
    ) -> Stream:
        """Answers each row on the connection that it came from.

        >>> import ouzel as oz
        >>> oz.from_tcp("127.0.0.1", 7010, listen=True).map(str.upper).reply()
        <reply>
        """
        return self._draw("reply", options, name=name, stream_name=stream_name, on_error=on_error)
