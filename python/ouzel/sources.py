"""Where streams begin, besides `ouzel.Stream`, into which elements are pushed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from .stream import Stream


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
    iter_method = getattr(type(items), "__iter__", None) or getattr(type(items), "__getitem__", None)
    if iter_method is None:
        raise TypeError(f"from_iterable() takes an iterable, not {items!r}")
    return Stream._source("iterable", {"items": items}, name)


def from_text(
    path: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    framing: str = "lines",
    encoding: str | None = None,
    name: str | None = None,
    **options: Any,
) -> Stream:
    """The lines of a file, without their ends; of all files of a pattern, sorted by name.

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
    return Stream._source("files", settings, name)


def from_stdin(*, name: str | None = None, **options: Any) -> Stream:
    """The lines of the standard input.

    >>> import ouzel as oz
    >>> oz.from_stdin().map(str.upper).to_stdout()
    <text_sink>
    """
    return from_text("-", name=name, **options)


def from_tcp(
    host: str,
    port: int,
    *,
    framing: str = "lines",
    listen: bool = False,
    encoding: str | None = None,
    name: str | None = None,
    **options: Any,
) -> Stream:
    """Records from TCP connections: of one peer, or with `listen` of all that connect.

    `framing` is "lines", "raw", or the length before each record: "u8", "u16", "u32", "u64", with
    "le" for little-endian.

    >>> import ouzel as oz
    >>> oz.from_tcp("127.0.0.1", 7010, listen=True).map(str.strip).reply()
    <reply>
    """
    settings = {"host": host, "port": port, "framing": framing, "listen": listen, **options}
    if encoding is not None:
        settings["encoding"] = encoding
    return Stream._source("tcp_source", settings, name)
