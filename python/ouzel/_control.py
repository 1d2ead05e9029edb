"""The control socket of a running job: `control` in its state folder, for its user alone.

A request is one line, its name and what it asks for, if anything; the answer is one line of JSON,
after which the connection stays open until the job has come to its end. Who sends anything else is
told so, closed and counted.
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
_PEERS_MAX = 32


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
        orders: dict[str, Callable[[str], dict[str, Any]]] | None = None,
    ) -> None:
        """`orders` are requests with something behind their name, which they are given."""
        self.refused = 0
        """Requests that made no sense, and connections too many."""
        self._folder = os.open(state, os.O_RDONLY | os.O_DIRECTORY)
        self._selector = selector
        self._answers = answers
        self._orders = orders or {}
        self._peers: dict[socket.socket, bytes] = {}  # what has come of a line
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
            peer, _ = self._socket.accept()
        except OSError:
            return  # it has gone again, or there are no descriptors left
        if len(self._peers) >= _PEERS_MAX:
            self.refused += 1
            peer.close()
            return
        peer.setblocking(False)
        self._peers[peer] = b""
        self._selector.register(peer, selectors.EVENT_READ, lambda: self._read(peer))

    def _drop(self, peer: socket.socket) -> None:
        self._selector.unregister(peer)
        del self._peers[peer]
        peer.close()

    def _read(self, peer: socket.socket) -> None:
        try:
            got = peer.recv(_LINE_MAX)
        except OSError:
            got = b""
        *lines, rest = (self._peers[peer] + got).split(b"\n")
        goes_on = bool(got)
        for line in lines:
            goes_on = goes_on and self._answer(peer, line)
        if goes_on and len(rest) > _LINE_MAX:
            goes_on = self._answer(peer, rest)
        if goes_on:
            self._peers[peer] = rest
        else:
            self._drop(peer)

    def _answer(self, peer: socket.socket, line: bytes) -> bool:
        """Answers one request; whether the connection goes on."""
        text = line[:_LINE_MAX].decode(errors="replace").strip()
        name, _, rest = text.partition(" ")
        answer, order = self._answers.get(text), self._orders.get(name)
        is_known = answer is not None or order is not None
        self.refused += not is_known
        if answer is not None:
            reply = answer()
        elif order is not None:
            reply = order(rest)
        else:
            reply = {"error": f"no request {text!r}"}
        try:
            peer.sendall(json.dumps(reply).encode() + b"\n")
        except OSError:
            return False  # it has gone, or does not read
        return is_known

    def close(self) -> None:
        """The job has come to its end: those who wait for that are told by the end of theirs."""
        for peer in self._peers:
            peer.close()
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
            line = b""
            try:
                connection.sendall(name.encode() + b"\n")
                with connection.makefile("rb") as lines:
                    line = lines.readline()
                    if wait:
                        lines.read()
            except (ConnectionResetError, BrokenPipeError):
                pass  # it has ended
    finally:
        os.close(folder)
    if not line:
        raise StateError(f"the job in '{state}' has just ended")
    reply: dict[str, Any] = json.loads(line)
    return reply
