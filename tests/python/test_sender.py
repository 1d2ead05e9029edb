"""Records that are numbered and acknowledged: senders, the source, and what comes between them."""

import os
import random
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import ouzel as oz
import pytest
from ouzel.client import Sender
from proxy import Proxy

MANY = bool(os.environ.get("OUZEL_CI"))


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Job:
    """A stream of senders, run by a thread; `rows` is what came out."""

    def __init__(self, state=None, ends=1, checkpoint=0.01, **options):
        self.port, self.rows = free_port(), []
        source = oz.from_sender("127.0.0.1", self.port, ends=ends, name="in", **options)
        sink = source.sink(self.rows.append)
        settings = {} if state is None else {"state": state, "checkpoint": checkpoint}
        self.thread = threading.Thread(target=sink.run, kwargs=settings)
        self.thread.start()

    def sender(self, stream="s", **options):
        return Sender("127.0.0.1", self.port, stream, **options)

    def end(self, stream="the end"):
        with self.sender(stream) as sender:
            sender.end()
        self.thread.join()


@pytest.fixture(params=["alone", "with a state folder"])
def state(request, tmp_path):
    return None if request.param == "alone" else tmp_path / "state"


# ---- one connection -----------------------------------------------------------------------------


def test_records_come_once_and_in_order(state):
    job = Job(state, encoding="utf-8")
    with job.sender() as sender:
        assert (sender.acknowledged, sender.last) == (0, 0)
        assert [sender.send("a"), sender.send(b"b"), sender.send("")] == [1, 2, 3]
        sender.wait(timeout=30)
        assert (sender.acknowledged, sender.last) == (3, 3)
        assert sender.send("é" * 100_000) == 4
        sender.flush()
        sender.end(timeout=30)
        sender.end()
        with pytest.raises(oz.ClosedError, match="stream 's' has ended"):
            sender.send("more")
    job.thread.join()
    assert job.rows == ["a", "b", "", "é" * 100_000]


def test_records_are_bytes(state):
    job = Job(state)
    with job.sender() as sender:
        sender.send(b"\x00\xff")
        sender.send(memoryview(b"abc"))
        sender.end()
    job.thread.join()
    assert job.rows == [b"\x00\xff", b"abc"]


def test_what_is_no_text_is_left_out(state):
    job = Job(state, encoding="utf-8")
    with job.sender() as sender:
        for record in (b"a", b"\xff", b"b"):
            sender.send(record)
        sender.end()
    job.thread.join()
    assert job.rows == ["a", "b"]


def test_many_streams(state):
    job = Job(state, ends=8, encoding="utf-8")

    def send(name):
        with job.sender(f"stream {name}") as sender:
            for number in range(3000):
                sender.send(f"{name} {number}")
            sender.end()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(8)))
    job.thread.join()
    for name in range(8):
        of = [row for row in job.rows if row.startswith(f"{name} ")]
        assert of == [f"{name} {number}" for number in range(3000)]


def test_a_sender_waits_for_room(tmp_path):
    """Ten times the window, which is emptied by epochs alone: they are asked for."""
    job = Job(tmp_path / "state", checkpoint=60, window=65536)
    with job.sender() as sender:
        for number in range(700):
            sender.send(b"%01000d" % number)
        sender.end()
    job.thread.join()
    assert job.rows == [b"%01000d" % number for number in range(700)]


def test_where_rows_came_from(tmp_path):
    port = free_port()
    source = oz.from_sender("127.0.0.1", port, encoding="utf-8", ends=1)
    written = source.map(lambda row: row if row != "x" else None).to_text(tmp_path / "out.txt")
    failures = []

    def run():
        try:
            written.run()
        except oz.StepError as error:
            failures.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    sender = Sender("127.0.0.1", port, "orders", patience=0.2)
    for record in ("1", "2", "x"):
        sender.send(record)
    with pytest.raises(oz.StreamIOError, match=r"stream 'orders': no connection to 127\.0\.0\.1:"):
        sender.wait()
    thread.join()
    assert "record 3 of orders" in failures[0]


# ---- it goes on ---------------------------------------------------------------------------------


def test_a_sender_that_begins_anew_goes_on(state):
    job = Job(state, encoding="utf-8")
    for life in range(5):
        sender = job.sender()
        for number in range(sender.acknowledged + 1, 10 * life + 11):
            assert sender.send(f"{number}") == number
        if life % 2 == 0:
            sender.wait()
        sender.close()
    with job.sender() as sender:
        for number in range(sender.acknowledged + 1, 51):
            sender.send(f"{number}")
        sender.end()
    job.thread.join()
    assert job.rows == [str(number) for number in range(1, 51)]


def test_two_senders_of_one_stream(state):
    job = Job(state, encoding="utf-8")
    first = job.sender(session=5)
    first.send("a")
    first.wait()
    second = job.sender(session=6)
    assert second.acknowledged == 1
    first.send("lost")
    with pytest.raises(oz.StreamIOError, match="began later has this stream now"):
        first.wait()
    with pytest.raises(oz.StreamIOError, match="began later"):
        first.flush()
    with pytest.raises(oz.StreamIOError, match="stream 's' is refused by 127.0.0.1:.* began later"):
        job.sender(session=4)
    second.send("b")
    second.end()
    second.close()
    job.thread.join()
    assert job.rows == ["a", "b"]


PROGRAM = """
import ouzel as oz
rows = oz.from_sender("127.0.0.1", {port}, encoding="utf-8", ends={ends}, name="in")
counted = rows.key_by(lambda row: row.split()[0]).count(name="count")
oz.run(rows.to_text("out.txt", name="out"), counted.final().map(str).to_text("counts.txt"),
       state="state", checkpoint=0.005)
"""


def test_a_job_that_is_killed(tmp_path):
    """By kill -9, again and again; its senders wait, and send again what it had not safely."""
    streams, records, port = 3, 12_000 if MANY else 4_000, free_port()
    (tmp_path / "app.py").write_text(PROGRAM.format(port=port, ends=streams))

    def start():
        return subprocess.Popen([sys.executable, "app.py"], cwd=tmp_path, stderr=subprocess.DEVNULL)

    process = start()
    safe = Counter()

    def send(name):
        with Sender("127.0.0.1", port, f"s{name}") as sender:
            for number in range(records):
                sender.send(f"{name} {number}")
                if number % 50 == 49:
                    sender.wait()
                    safe[name] = sender.acknowledged
            sender.end()

    generator, kills = random.Random(3), 0
    with ThreadPoolExecutor(streams) as pool:
        sending = [pool.submit(send, name) for name in range(streams)]
        while kills < 6 and not all(future.done() for future in sending):
            before = safe.total()
            aim = before + generator.randrange(records * streams // 8)
            while safe.total() < aim and not all(future.done() for future in sending):
                time.sleep(0)
            process.kill()
            process.wait()
            kills += 1
            process = start()
        for future in sending:
            future.result()
    assert process.wait(60) == 0 and kills > 1
    lines = (tmp_path / "out.txt").read_text().splitlines()
    for name in range(streams):
        of = [line for line in lines if line.startswith(f"{name} ")]
        assert of == [f"{name} {number}" for number in range(records)]
    counts = sorted((tmp_path / "counts.txt").read_text().splitlines())
    assert counts == [str((str(name), records)) for name in range(streams)]


def test_a_job_that_is_stopped_and_goes_on(tmp_path):
    port = free_port()
    (tmp_path / "app.py").write_text(PROGRAM.format(port=port, ends=1))
    command = [sys.executable, "app.py"]
    process = subprocess.Popen(command, cwd=tmp_path)
    sender = Sender("127.0.0.1", port, "s")
    sender.send("a 1")
    sender.wait()
    process.send_signal(signal.SIGTERM)
    process.wait(30)
    sender.send("a 2")
    process = subprocess.Popen(command, cwd=tmp_path)
    sender.end()
    sender.close()
    assert process.wait(30) == 0
    assert (tmp_path / "out.txt").read_text() == "a 1\na 2\n"


# ---- a connection that spoils things ------------------------------------------------------------

HEAD = 13
TO = HEAD + 5 + 11 + 8  # bytes of the hello of a stream with eight letters
RECORDS = ["one", "two", "three"]
LENGTH = {
    "to": TO + HEAD + 12 + sum(4 + len(r) for r in RECORDS) + HEAD + 8,
    "from": HEAD + 12 + HEAD + 8,
}
SPOILS = [
    (what, way, at)
    for what in ("cut", "garble", "repeat", "delay")
    for way in ("to", "from")
    for at in range(LENGTH[way])
]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["alone", "with a state folder"])
def test_spoiled_at_each_byte(kind, tmp_path):
    spoils = SPOILS if MANY else SPOILS[::5]
    state = None if kind == "alone" else tmp_path / "state"
    job = Job(state, ends=len(spoils), encoding="utf-8", checkpoint=0.02)

    def send(number):
        what, way, at = spoils[number]
        spoilt = []

        def spoil(connection, which, place):
            if (connection, which, place) != (1, way, at):
                return None
            spoilt.append(True)
            return what

        proxy = Proxy(job.port, spoil)
        with Sender("127.0.0.1", proxy.port, f"{number:08d}") as sender:
            for record in RECORDS:
                sender.send(f"{number} {record}")
            sender.end()
        proxy.close()
        return bool(spoilt)

    with ThreadPoolExecutor(16) as pool:
        happened = list(pool.map(send, range(len(spoils))))
    job.thread.join()
    assert sum(happened) > len(spoils) * 0.9
    of = {number: [] for number in range(len(spoils))}
    for row in job.rows:
        number, record = row.split()
        of[int(number)].append(record)
    assert all(records == RECORDS for records in of.values())


def test_hostile_bytes(state):
    """Whoever sends something else loses the connection, and nobody else notices."""
    job = Job(state, ends=2, encoding="utf-8", record_max=1000)
    generator = random.Random(11)
    good = job.sender("good")
    good.send("before")
    for attempt in range(200):
        with socket.create_connection(("127.0.0.1", job.port)) as other:
            bytes_ = generator.randbytes(generator.randrange(1, 300))
            other.sendall([bytes_, b"GET / HTTP/1.1\r\n\r\n", b"\xff\xff\xff\x7f" * 9][attempt % 3])
            if attempt % 4 == 0:
                other.shutdown(socket.SHUT_WR)
                while other.recv(4096):
                    pass
    big = job.sender("big", patience=0.3)
    big.send("x" * 200_000)
    with pytest.raises(oz.StreamIOError, match="is refused by .*: no frame, a damaged one, or one"):
        big.wait()
    good.send("after")
    good.end()
    good.close()
    job.end()
    assert job.rows == ["before", "after"]


# ---- mistakes -----------------------------------------------------------------------------------


def test_nobody_listens():
    port = free_port()
    with pytest.raises(oz.StreamIOError) as caught:
        Sender("127.0.0.1", port, "s", patience=0.1)
    assert str(caught.value) == f"stream 's': no connection to 127.0.0.1:{port}: Connection refused"


def test_somebody_else_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def answer():
            for _ in range(2):
                with listener.accept()[0] as peer:
                    peer.recv(100)
                    peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(oz.StreamIOError, match="it ends before an answer"):
            Sender("127.0.0.1", port, "s", patience=0.1)


def test_arguments():
    for stream in ("", "x" * 256):
        with pytest.raises(ValueError, match="the name of a stream has 1 to 255 bytes"):
            Sender("127.0.0.1", 7000, stream)
    with pytest.raises(ValueError, match="a port is 1 to 65535, not 70000"):
        Sender("127.0.0.1", 70000, "s")
    with pytest.raises(oz.GraphError, match="takes one of bytes|utf-8"):
        oz.from_sender("127.0.0.1", 7000, encoding="utf-16").sink(print).run()


def test_misuse_of_a_sender():
    job = Job(ends=1)
    sender = job.sender()
    with pytest.raises(TypeError, match="bytes-like"):
        sender.send(5)
    with pytest.raises(TypeError):
        sender.wait("long")
    sender.end()
    sender.close()
    sender.close()
    job.thread.join()
    with pytest.raises(oz.ClosedError, match="the sender is closed"):
        sender.send("x")


def test_an_acknowledgement_that_does_not_come(tmp_path):
    job = Job(tmp_path / "state", checkpoint=60)
    with job.sender() as sender:
        sender.send("a")
        with pytest.raises(TimeoutError, match="record 1 is not acknowledged yet, the last one"):
            sender.wait(timeout=0.05)
        sender.end()
    job.thread.join()


def test_a_stream_that_has_ended(state):
    job = Job(state, ends=2)
    with job.sender("a") as sender:
        sender.send("x")
        sender.end()
    again = job.sender("a")
    assert again.acknowledged == 2
    again.send("more")
    with pytest.raises(oz.StreamIOError, match="the stream has ended"):
        again.wait()
    job.end()
    assert job.rows == [b"x"]


def test_more_streams_than_there_may_be():
    job = Job(ends=1, streams=1)
    first = job.sender("a")
    with pytest.raises(oz.StreamIOError, match='as many streams as there may be'):
        job.sender("b")
    first.end()
    first.close()
    job.thread.join()


def test_a_port_that_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(oz.StreamIOError, match=f"cannot listen on.*{port}"):
            oz.from_sender("127.0.0.1", port).sink(print).run()
