"""The control socket: what makes no sense is answered, bounded, closed and counted."""

import json
import os
import random
import selectors
import socket
import stat

import ouzel as oz
import pytest
from ouzel import _control

ROUNDS = 3000 if os.environ.get("OUZEL_CI") else 300


class Server:
    """A control socket that is looked after when the test says so."""

    def __init__(self, folder):
        self.folder = folder
        self.selector = selectors.DefaultSelector()
        self.asked = []
        self.control = _control.Control(str(folder), self.selector, {"status": self._status})

    def _status(self):
        self.asked.append("status")
        return {"epoch": 7, "text": "x" * 1000}

    def connect(self):
        peer = socket.socket(socket.AF_UNIX)
        peer.connect(str(self.folder / "control"))
        peer.setblocking(False)
        return peer

    def look(self):
        while events := self.selector.select(0):
            for key, _ in events:
                key.data()

    def peers(self):
        return len(self.selector.get_map()) - 1


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    server = Server(tmp_path)
    yield server
    server.control.close()
    server.selector.close()
    assert not (tmp_path / "control").exists()


def send(peer, data):
    try:
        peer.sendall(data)
    except OSError:
        pass


def answers(server, peer):
    server.look()
    try:
        got = peer.recv(1 << 20)
    except BlockingIOError:
        got = b""
    return [json.loads(line) for line in got.splitlines()]


def test_it_belongs_to_its_user_alone(server):
    assert stat.S_IMODE((server.folder / "control").stat().st_mode) == 0o600


def test_a_request_may_come_in_pieces_and_several_at_once(server):
    with server.connect() as peer:
        for piece in (b"st", b"at", b"us"):
            send(peer, piece)
            assert answers(server, peer) == []
        send(peer, b"\nstatus\nsta")
        assert [answer["epoch"] for answer in answers(server, peer)] == [7, 7]
        send(peer, b"tus\n")
        assert len(answers(server, peer)) == 1
    server.look()
    assert (server.peers(), server.control.refused) == (0, 0)


NONSENSE = [b"nonsense\n", b"\n", b"status " * 40, b"\xff\x00\n", b"STATUS\n"]


@pytest.mark.parametrize("line", NONSENSE)
def test_what_makes_no_sense_is_told_closed_and_counted(server, line):
    with server.connect() as peer:
        send(peer, line)
        (answer,) = answers(server, peer)
        assert answer["error"].startswith("no request ")
        assert peer.recv(1) == b""
    assert (server.peers(), server.control.refused) == (0, 1)


def test_connections_are_bounded(server):
    peers = [server.connect() for _ in range(100)]
    server.look()
    assert server.peers() == 32 and server.control.refused == 68
    send(peers[0], b"status\n")
    assert len(answers(server, peers[0])) == 1
    for peer in peers:
        peer.close()
    server.look()
    assert server.peers() == 0


def test_who_does_not_read_is_closed(server):
    with server.connect() as peer:
        for _ in range(2000):
            send(peer, b"status\n" * 10)
            server.look()
    assert len(server.asked) < 10_000
    server.look()
    assert server.peers() == 0


def test_hostile_bytes(server):
    draw = random.Random(5)
    words = [b"status", b"\n", b"stop", b"\x00", b"{}", b"\r\n", b"st", b"atus\n", b"A" * 300]
    peers = []
    for _ in range(ROUNDS):
        action = draw.random()
        if action < 0.2:
            peers.append(server.connect())
        elif action < 0.3 and peers:
            peers.pop(draw.randrange(len(peers))).close()
        elif peers:
            data = b"".join(draw.choices(words, k=draw.randint(1, 4)))
            send(draw.choice(peers), data if draw.random() < 0.7 else draw.randbytes(400))
        if draw.random() < 0.5:
            server.look()
        assert server.peers() <= 32
        for peer in peers[64:]:
            peer.close()
        del peers[64:]
    for peer in peers:
        peer.close()
    server.look()
    assert server.peers() == 0 and server.control.refused > 10
    with server.connect() as peer:
        send(peer, b"status\n")
        assert len(answers(server, peer)) == 1


def test_who_asks_where_nobody_is_is_told(tmp_path):
    with pytest.raises(oz.StateError, match="no state folder"):
        _control.request(str(tmp_path / "none"), "status")
    with pytest.raises(oz.StateError, match="no job of several workers runs in"):
        _control.request(str(tmp_path), "status")
