"""The control socket of a running job: `control` in its state folder, for its user alone.

A request is one line, its name; the answer is one line of JSON, after which the connection stays
open until the job has come to its end.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
from collections.abc import Callable
from typing import Any

from ._ouzel import StateError

NAME = "control"
_LINE_MAX = 256


def _address(folder: int) -> str:
    """The socket by way of an open folder: the path of a socket is short, that of a folder not."""
    return f"/proc/self/fd/{folder}/{NAME}"


class Control:
    """The supervisor's end."""

    def __init__(
        self,
        state: str,
        selector: selectors.BaseSelector,
        answers: dict[str, Callable[[], dict[str, Any]]],
    ) -> None:
        self._folder = os.open(state, os.O_RDONLY | os.O_DIRECTORY)
        self._selector = selector
        self._answers = answers
        self._open: list[socket.socket] = []
        self._socket = socket.socket(socket.AF_UNIX)
        self._remove()  # of a job that was killed: the lock says that there is no other
        before = os.umask(0o177)
        try:
            self._socket.bind(_address(self._folder))
        finally:
            os.umask(before)
        self._socket.listen()
        self._socket.setblocking(False)
        selector.register(self._socket, selectors.EVENT_READ, self._accept)

    def _remove(self) -> None:
        try:
            os.unlink(NAME, dir_fd=self._folder)
        except FileNotFoundError:
            pass

    def _accept(self) -> None:
        try:
            connection, _ = self._socket.accept()
        except BlockingIOError:
            return
        connection.setblocking(False)
        self._open.append(connection)
        self._selector.register(
            connection, selectors.EVENT_READ, lambda: self._answer(connection)
        )

    def _answer(self, connection: socket.socket) -> None:
        try:
            line = connection.recv(_LINE_MAX).decode(errors="replace").strip()
        except OSError:
            line = ""
        if not line:
            self._selector.unregister(connection)
            self._open.remove(connection)
            connection.close()
            return
        answer = self._answers.get(line)
        reply = answer() if answer is not None else {"error": f"no request {line!r}"}
        try:
            connection.sendall(json.dumps(reply).encode() + b"\n")
        except OSError:
            pass  # it has gone

    def close(self) -> None:
        """The job has come to its end: those who wait for that are told by the end of theirs."""
        for connection in self._open:
            connection.close()
        self._remove()
        self._socket.close()
        os.close(self._folder)


def request(state: str, name: str, *, wait: bool = False) -> dict[str, Any]:
    """Asks the job in `state`; with `wait`, returns when the job has come to its end.

    Raises StateError when no job runs there.
    """
    try:
        folder = os.open(state, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise StateError(f"no state folder '{state}': {error.strerror}") from None
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.connect(_address(folder))
            except (FileNotFoundError, ConnectionRefusedError):
                raise StateError(f"no job of several workers runs in '{state}'") from None
            connection.sendall(name.encode() + b"\n")
            with connection.makefile("rb") as lines:
                line = lines.readline()
                if wait:
                    lines.read()
    finally:
        os.close(folder)
    if not line:
        raise StateError(f"the job in '{state}' has just ended")
    reply: dict[str, Any] = json.loads(line)
    return reply
