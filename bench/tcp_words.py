"""examples/word_count.py from TCP to TCP: words counted a second, every update a line of its own.

The example runs as its own process on one core; this one sends and receives on the other. The
clock runs from the first byte sent to the last line received; every line is checked afterwards.
"""

import collections
import resource
import socket
import string
import sys
import threading
import time

import contest
import pairs
import servers
import wordcount
from contest import Absent, Contest, Target, million_per_second

EXAMPLE = contest.HERE.parent / "examples" / "word_count.py"
HOST = "127.0.0.1"
BUSY = 0.9  # of the harness's core: then the figure is a lower bound


def plain_sockets(port_in, port_out):
    """The same program by hand: blocking sockets, a dict a letter, a write for each read."""
    counts = collections.defaultdict(dict)
    with socket.create_server((HOST, port_in)) as listener:
        source, _ = listener.accept()
    sink = socket.create_connection((HOST, port_out))
    rest = b""
    while data := source.recv(1 << 16):
        lines, _, rest = (rest + data).rpartition(b"\n")
        updates = []
        for piece in lines.decode().lower().split():
            word = piece.strip(string.punctuation)
            if word:
                letter = counts[word[0] if word[0] in string.ascii_lowercase else ""]
                letter[word] = letter.get(word, 0) + 1
                updates.append(f"{word} => {letter[word]}\n")
        sink.sendall("".join(updates).encode())
    source.recv(1)


class Sink(threading.Thread):
    """Accepts one connection and reads until it has seen so many lines, or the end."""

    def __init__(self, lines):
        super().__init__(daemon=True)
        self.listener = socket.create_server((HOST, 0))
        self.listener.settimeout(servers.PATIENCE)
        self.port = self.listener.getsockname()[1]
        self.missing = lines
        self.parts = []

    def run(self):
        try:
            with self.listener, self.listener.accept()[0] as peer:
                peer.settimeout(servers.PATIENCE)
                while self.missing > 0 and (data := peer.recv(1 << 20)):
                    self.missing -= data.count(b"\n")
                    self.parts.append(data)
        except TimeoutError:
            pass
        self.ended = time.perf_counter()


def check_updates(parts, text):
    """Each word's count goes up by one a line and ends at its total."""
    seen = collections.Counter()
    for line in b"".join(parts).decode().splitlines():
        word, _, count = line.partition(" => ")
        seen[word] += 1
        if int(count) != seen[word]:
            raise Absent(f"{line!r} where {seen[word]} was due")
    if seen != collections.Counter(text.decode().split()):
        raise Absent("the totals are wrong")


def harness_cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measure(command, text):
    """One run of a program that takes the two addresses' ports."""
    words = len(text.split())
    sink, port = Sink(words), servers.free_port()
    sink.start()
    with servers.serving([sys.executable, *command(port, sink.port)], port):
        with socket.create_connection((HOST, port)) as source:
            cpu, start = harness_cpu(), time.perf_counter()
            source.sendall(text)
            sink.join()
            seconds, cpu = sink.ended - start, harness_cpu() - cpu
    if sink.missing:
        raise Absent(f"{sink.missing} of {words} lines are missing")
    check_updates(sink.parts, text)
    return {"seconds": seconds, "events": words, "bytes": len(text), "harness_busy": cpu / seconds}


def example(*options):
    """The command of the example."""
    if not EXAMPLE.exists():
        options = None

    def command(port_in, port_out):
        if options is None:
            raise Absent(f"{EXAMPLE.name} is missing")
        return [EXAMPLE, "--in", f"{HOST}:{port_in}", "--out", f"{HOST}:{port_out}", *options]

    return command


def by_hand(port_in, port_out):
    """The command of the rival."""
    return [__file__, port_in, port_out]


def rows(session, what, text, targets):
    """The example, plain and native, on one form of the input."""
    commands = {
        "ouzel_native": example("--native"),
        "ouzel_plain": example(),
        "plain_sockets": by_hand,
    }
    runners = {name: lambda c=command: measure(c, text) for name, command in commands.items()}
    contest = Contest(session, what, runners).play(3 if session.quick else 5)
    rival = f"plain_sockets {contest.figure('plain_sockets', million_per_second, 'M/s')}"
    for name, limit in targets.items():
        ratio = "-"
        if name in contest.results and "plain_sockets" in contest.results:
            each = (contest.values(one, million_per_second) for one in (name, "plain_sockets"))
            ratio = str(pairs.ratio(*each))
        value = contest.median(name, million_per_second)
        session.absolute(f"{what}, {name[6:]}", value, Target(limit, True, " M/s"), rival, ratio)
    for name, runs in contest.results.items():
        if min(run["harness_busy"] for run in runs) > BUSY:
            session.note(f"{what}, {name}: harness-limited, a lower bound")


def run(session):
    """All rows of this workload."""
    lines = 29_000 if session.quick else 290_000
    text = wordcount.text(lines).read_bytes()
    rows(session, "TCP, lines of 12 words", text, {"ouzel_native": 3, "ouzel_plain": 0.7})
    rows(session, "TCP, one word a message", text.replace(b" ", b"\n"), {"ouzel_native": 1})


if __name__ == "__main__":
    plain_sockets(int(sys.argv[1]), int(sys.argv[2]))
