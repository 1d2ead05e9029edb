"""Where streams end: functions, lists, files, sockets."""

from __future__ import annotations

import os

from ._drawing import Drawn
from ._functions import is_coroutine, wrap
from ._ouzel import GraphError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from .stream import Stream


def _sql_settings(
    where: str,
    table: str,
    columns: Iterable[str],
    key: Iterable[str],
    create: str,
    options: dict[str, Any],
) -> dict[str, Any]:
    for what, names in (("columns", columns), ("key", key)):
        if isinstance(names, str):
            raise TypeError(f"{what} takes a list of names, not {names!r}: [{names!r}]")
    columns, key = list(columns), list(key)
    for name in (*columns, *key):
        if not isinstance(name, str) or "," in name:
            raise ValueError(f"{name!r} is no name of a column that can be written")
    return {
        "where": where,
        "table": table,
        "columns": ",".join(columns),
        "key": ",".join(key),
        "create": create,
        **options,
    }


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
        concurrency: int | None = None,
        ordered: bool = True,
        **kwargs: Any,
    ) -> Stream:
        """Calls ``func(row, *args, **kwargs)`` for each row.

        A coroutine function is treated as by map(): ``await s.emit(x)`` waits for it.

        >>> import ouzel as oz
        >>> s = oz.Stream()
        >>> s.sink(print)
        <sink: print>
        >>> s.emit("hello")
        hello
        """
        settings = {"function": wrap("sink", func, 1, args, kwargs)}
        if is_coroutine(func):
            about = {"name": name, "stream_name": stream_name, "on_error": on_error}
            return self._await("sink", func, args, kwargs, concurrency, ordered, about)
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

    def into(
        self,
        sink: Any,
        *,
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
    ) -> Stream:
        """Ends in a sink that is written in Python; see `ouzel.Sink`.

        >>> import ouzel as oz
        >>> class Show(oz.Sink):
        ...     def on_batch(self, context, batch):
        ...         print(list(batch))
        >>> oz.of(1, 2).into(Show()).run()
        [1, 2]
        0
        """
        from .operators import Sink, methods_of

        settings = {"operator": methods_of(sink, Sink)}
        knows_epochs = hasattr(sink, "prepare") and hasattr(sink, "commit")
        op = "python_epoch_sink" if knows_epochs else "python_sink"
        if getattr(sink, "stateful", False) and not knows_epochs:
            raise TypeError("a sink with state is one with prepare() and commit(); see ouzel.Sink")
        return self._draw(op, settings, name=name, stream_name=stream_name, on_error=on_error)

    def sink_by_epoch(
        self,
        func: Callable[[int, list[Any]], Any],
        *,
        limit: int = 100_000,
        name: str | None = None,
        stream_name: str | None = None,
    ) -> Stream:
        """Calls ``func(epoch, rows)`` with all rows of an epoch, once the epoch is safe on disk.

        For results that must come out exactly once: after a crash the call for the last epoch may
        come again, with the same number and the same rows, so write both in one transaction and
        leave out an epoch that is there already. Numbers of epochs grow; one without rows is left
        out. With `limit` rows an epoch ends before its time. Needs a job with a state folder; of
        several workers, worker 0 calls the function.

        >>> import ouzel as oz, tempfile
        >>> oz.of("a", "b").sink_by_epoch(print).run(state=tempfile.mkdtemp())
        1 ['a', 'b']
        0
        """
        from .operators import ByEpoch

        if not callable(func):
            raise TypeError(f"sink_by_epoch() takes a function of (epoch, rows), not {func!r}")
        settings = {"operator": ByEpoch(func, limit)}
        return self._draw("python_epoch_sink", settings, name=name, stream_name=stream_name)

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

        With ``{epoch}`` in the path there is one file for each epoch of a job with a state folder,
        such as ``part-00000007.txt`` of ``part-{epoch}.txt``. A file that has its name is final;
        one that is still written has a name that ends in ``.tmp``. Epochs without rows have none.

        >>> import ouzel as oz, os, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "out.txt")
        >>> oz.of("a", "b").to_text(path).run()
        0
        >>> oz.from_text(path).to_list()
        ['a', 'b']
        """
        settings = {"path": os.fspath(path), **options}
        op = "epoch_files" if "{epoch}" in os.fspath(path) else "text_sink"
        return self._draw(
            op, settings, name=name, stream_name=stream_name, on_error=on_error
        )

    def to_stdout(
        self,
        *,
        framing: str = "lines",
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
    ) -> Stream:
        """Writes each row as a line of the standard output.

        >>> import ouzel as oz
        >>> oz.of("a").to_stdout()
        <stdout_sink>
        """
        return self._draw(
            "stdout_sink",
            {"framing": framing},
            name=name,
            stream_name=stream_name,
            on_error=on_error,
        )

    def to_sqlite(
        self,
        path: str | os.PathLike[str],
        table: str,
        columns: Iterable[str],
        *,
        key: Iterable[str] = (),
        create: str = "",
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
        **options: Any,
    ) -> Stream:
        """Writes rows into a table of SQLite: tuples in the order of `columns`, or dicts.

        With `key`, columns that are unique in the table, a row replaces the one with the same key;
        else rows are added. `create` is SQL that is run first. In a job with a state folder each
        row is there exactly once, also after a crash: the rows of an epoch are written in one
        transaction with its number, which is kept in the table ``ouzel_epochs``.

        >>> import ouzel as oz, os, sqlite3, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "out.db")
        >>> counts = oz.of("the", "cat", "the").key_by().count()
        >>> counts.to_sqlite(path, "counts", ["word", "n"], key=["word"],
        ...     create="CREATE TABLE IF NOT EXISTS counts (word TEXT PRIMARY KEY, n INT)").run()
        0
        >>> sqlite3.connect(path).execute("SELECT * FROM counts ORDER BY n").fetchall()
        [('cat', 1), ('the', 2)]
        """
        settings = _sql_settings(os.fspath(path), table, columns, key, create, options)
        return self._draw(
            "sqlite_sink", settings, name=name, stream_name=stream_name, on_error=on_error
        )

    def to_postgres(
        self,
        where: str,
        table: str,
        columns: Iterable[str],
        *,
        key: Iterable[str] = (),
        create: str = "",
        name: str | None = None,
        stream_name: str | None = None,
        on_error: str = "fail",
        **options: Any,
    ) -> Stream:
        """Writes rows into a table of PostgreSQL, as `to_sqlite` does into one of SQLite.

        `where` is a connection string or URI of libpq, such as ``"dbname=shop host=db"``; what it
        does not say comes from the environment (``PGHOST``, ``PGPASSWORD``, ``~/.pgpass``). Rows go
        by ``COPY``, and the types of the table read them. Needs libpq on the machine.

        >>> import ouzel as oz
        >>> oz.of(("the", 1)).to_postgres("dbname=shop", "counts", ["word", "n"], key=["word"])
        <postgres_sink>
        """
        settings = _sql_settings(where, table, columns, key, create, options)
        return self._draw(
            "postgres_sink", settings, name=name, stream_name=stream_name, on_error=on_error
        )

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
