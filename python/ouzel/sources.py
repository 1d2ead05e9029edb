"""Where streams begin, besides `ouzel.Stream`, into which elements are pushed."""

from __future__ import annotations

import os

from .stream import Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def of(*items: Any, name: str | None = None) -> Stream:
    """A stream of the given items.

    >>> import ouzel as oz
    >>> oz.of(1, 2, 3).to_list()
    [1, 2, 3]
    """
    return Stream._source("iterable", {"items": items}, name)


def from_iterable(items: Iterable[Any], *, name: str | None = None) -> Stream:
    """A stream of the items of any iterable. Each run iterates over it anew.

    >>> import ouzel as oz
    >>> oz.from_iterable(range(3)).to_list()
    [0, 1, 2]
    """
    if not any(hasattr(type(items), method) for method in ("__iter__", "__getitem__")):
        raise TypeError(f"from_iterable() takes an iterable, not {items!r}")
    return Stream._source("iterable", {"items": items}, name)


def from_arrow(data: Any, *, name: str | None = None) -> Stream:
    """The rows of Arrow data: whatever has ``__arrow_c_stream__`` (tables of pyarrow, polars, ...).

    Rows of several columns reach Python as dicts; native steps work on the columns.

    >>> import ouzel as oz
    >>> numbers = oz.of(1, 2, 3).to_arrow()
    >>> oz.from_arrow(numbers).to_list()
    [{'value': 1}, {'value': 2}, {'value': 3}]
    """
    if not (hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__")):
        raise TypeError(f"from_arrow() takes Arrow data (with __arrow_c_stream__), not {data!r}")
    from ._ouzel import ArrowSource

    return Stream._source("arrow", {"source": ArrowSource(data)}, name)


def from_source(source: Any, *, name: str | None = None) -> Stream:
    """What a source that is written in Python emits; see `ouzel.Source`.

    >>> import ouzel as oz
    >>> class One(oz.Source):
    ...     def poll(self, context, rows):
    ...         context.emit("one")
    ...         return "done"
    >>> oz.from_source(One()).to_list()
    ['one']
    """
    from .operators import Source, methods_of

    op = "python_source" if hasattr(source, "position") else "python_source_once"
    return Stream._source(op, {"operator": methods_of(source, Source)}, name)


def from_text(
    path: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    framing: str = "lines",
    encoding: str | None = None,
    name: str | None = None,
    on_error: str = "fail",
    **options: Any,
) -> Stream:
    """The lines of a file, without their ends; of all files of a pattern, sorted by name.

    A record that is not text in the `encoding` (UTF-8), too long or torn is a bad record.

    >>> import ouzel as oz, os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "in.txt")
    >>> with open(path, "w") as file: print("to be", "or not", sep="\\n", file=file)
    >>> oz.from_text(path).to_list()
    ['to be', 'or not']
    """
    paths = [path] if isinstance(path, (str, os.PathLike)) else list(path)
    settings = {"path": "\n".join(map(os.fspath, paths)), "framing": framing, **options}
    if encoding is not None:
        settings["encoding"] = encoding
    return Stream._source("files", settings, name, on_error=on_error)


def from_stdin(
    *,
    framing: str = "lines",
    encoding: str | None = None,
    name: str | None = None,
    on_error: str = "fail",
    **options: Any,
) -> Stream:
    """The lines of the standard input. Bad records are as in `from_text`.

    >>> import ouzel as oz
    >>> oz.from_stdin().map(str.upper).to_stdout()
    <stdout_sink>
    """
    settings = {"framing": framing, **options}
    if encoding is not None:
        settings["encoding"] = encoding
    return Stream._source("stdin_source", settings, name, on_error=on_error)


def from_tcp(
    host: str,
    port: int,
    *,
    framing: str = "lines",
    listen: bool = False,
    encoding: str | None = None,
    name: str | None = None,
    on_error: str = "skip",
    **options: Any,
) -> Stream:
    """Records from TCP connections: of one peer, or with `listen` of all that connect.

    What a peer sends never fails the stream: a record that is not text is left out, one that is
    too long ends its connection, and both are counted. With `on_error="dead_letter"` they come out
    as `dead_letters`. `spin` is how many seconds it keeps looking for more before it sleeps, which
    answers sooner and costs a core.

    `framing` is "lines", "raw", or the length before each record: "u8", "u16", "u32", "u64", with
    "le" for little-endian.

    >>> import ouzel as oz
    >>> oz.from_tcp("127.0.0.1", 7010, listen=True).map(str.strip).reply()
    <reply>
    """
    if on_error == "fail":
        raise ValueError('on_error of from_tcp() is "skip" or "dead_letter": no peer fails it')
    settings = {"host": host, "port": port, "framing": framing, "listen": listen, **options}
    if encoding is not None:
        settings["encoding"] = encoding
    return Stream._source("tcp_source", settings, name, on_error=on_error)


def from_sender(
    host: str,
    port: int,
    *,
    encoding: str = "bytes",
    ends: int = 0,
    name: str | None = None,
    **options: Any,
) -> Stream:
    """Records from all senders that connect (`ouzel.client.Sender`), each exactly once.

    Records of a stream have numbers, and their sender keeps them until an epoch that has them
    holds: what is killed, job or sender, goes on where the stream stands (`docs/protocol.md`). A
    record is bytes, or with ``encoding="utf-8"`` text. The input ends when `ends` streams have; 0:
    never.
    Without a state folder records are acknowledged when they have gone through the steps.

    >>> import ouzel as oz
    >>> oz.from_sender("127.0.0.1", 7020, encoding="utf-8").map(str.strip)
    <map: str.strip>
    """
    settings = {"host": host, "port": port, "encoding": encoding, "ends": ends, **options}
    return Stream._source("sequenced_source", settings, name)
