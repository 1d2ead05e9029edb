"""Watches word_count.py at work: feeds it a text through real sockets and checks its counts.

    python examples/demo.py [TEXT] [--native] [--seconds 4]

Without TEXT the licence texts that every Debian has are read. First one line goes out each
millisecond, to show the latency; then the text goes out as fast as it is taken.
"""

import argparse
import os
import signal
import socket
import string
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
LICENCES = Path("/usr/share/common-licenses")
PACED_LINES = 2000
PACE_SECONDS = 0.001


def read_text(path):
    """The lines of the text, with their ends."""
    files = [Path(path)] if path else sorted(p for p in LICENCES.glob("*") if p.is_file())
    try:
        data = b"".join(file.read_bytes().rstrip(b"\n") + b"\n" for file in files)
    except OSError as error:
        sys.exit(f"demo: cannot read {error.filename}: {error.strerror}")
    if not data.strip():
        sys.exit("demo: there is no text to count: name a file")
    return data.decode("utf-8", "replace").encode().splitlines(keepends=True)


def words(line):
    """The words of a line: the independent count, in the words of the task."""
    pieces = (p.strip(string.punctuation) for p in line.decode().lower().split())
    return [p for p in pieces if p]


class Collector(threading.Thread):
    """The peer to which word_count.py connects: keeps the last count of each word."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.received = 0
        self.totals = {}
        self.arrived = threading.Condition()

    def run(self):
        peer, _ = self.listener.accept()
        tail = b""
        while data := peer.recv(1 << 18):
            lines = (tail + data).split(b"\n")
            tail = lines.pop()
            self.totals.update(line.split(b" => ") for line in lines)
            with self.arrived:
                self.received += len(lines)
                self.arrived.notify_all()

    def wait_for(self, count, seconds):
        """True when `count` results have arrived within `seconds`."""
        with self.arrived:
            return self.arrived.wait_for(lambda: self.received >= count, seconds)


def start(collector, native):
    """Starts word_count.py as a process of its own; the socket that feeds it."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, str(HERE / "word_count.py"), "--in", f"127.0.0.1:{port}"]
    command += ["--out", f"127.0.0.1:{collector.port}"] + ["--native"] * native
    process = subprocess.Popen(command)
    deadline = time.monotonic() + 10
    while True:
        try:
            return process, socket.create_connection(("127.0.0.1", port))
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit("demo: word_count.py did not start")
            time.sleep(0.02)


def show_latency(feed, lines, collector):
    """One line each millisecond; returns how many words were sent."""
    feed.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sent, latencies = 0, []
    begin = time.perf_counter()
    for i in range(PACED_LINES):
        line = lines[i % len(lines)]
        due = begin + i * PACE_SECONDS
        time.sleep(max(0.0, due - time.perf_counter()))
        at = time.perf_counter()
        feed.sendall(line)
        count = len(words(line))
        sent += count
        if count and collector.wait_for(sent, 5):
            latencies.append(time.perf_counter() - at)
    latencies.sort()
    p50, p99 = (latencies[int(len(latencies) * q)] * 1e6 for q in (0.5, 0.99))
    print(f"latency     one line each ms: p50 {p50:,.0f} us, p99 {p99:,.0f} us")
    return sent


def show_throughput(feed, lines, counted, collector, seconds):
    """The text again and again for some seconds; returns how often, and the words sent in all."""
    text = b"".join(lines)
    rounds, size = 0, sum(counted.values())
    before = collector.received
    sent = before
    begin = shown = time.perf_counter()
    while rounds == 0 or time.perf_counter() - begin < seconds:
        feed.sendall(text)
        rounds += 1
        sent += size
        if time.perf_counter() - shown > 0.5:
            shown = time.perf_counter()
            rate = (collector.received - before) / (shown - begin)
            print(f"\rthroughput  {rate / 1e6:.2f} million words/s", end="", flush=True)
    if not collector.wait_for(sent, 60):
        sys.exit(f"\ndemo: {sent - collector.received:,} words were not counted within 60 s")
    took = time.perf_counter() - begin
    print(f"\rthroughput  {(sent - before) / took / 1e6:.2f} million words/s, "
          f"{rounds * len(text) / took / 1e6:.1f} MB/s")
    return rounds


def check(collector, expected):
    """Compares all totals with the independent count; the exit status."""
    totals = {word.decode(): int(count) for word, count in collector.totals.items()}
    top = sorted(expected, key=lambda word: -expected[word])[:8]
    print("top words   " + ", ".join(f"{word} {totals.get(word, 0):,}" for word in top))
    if totals == expected:
        print(f"checked     all {len(expected):,} words agree with an independent count")
        return 0
    wrong = [w for w in totals.keys() | expected.keys() if totals.get(w) != expected.get(w)]
    print(f"WRONG       {len(wrong)} of {len(expected)} words differ, e.g. {wrong[0]!r}: "
          f"{totals.get(wrong[0])} instead of {expected.get(wrong[0])}")
    return 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", nargs="?", default=os.environ.get("TEXT"))
    parser.add_argument("--native", action="store_true", help="word_count.py in native steps")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long the text is sent")
    args = parser.parse_args()
    lines = read_text(args.text)
    counted = Counter(word for line in lines for word in words(line))
    print(f"text        {len(lines):,} lines, {sum(counted.values()):,} words, "
          f"{len(counted):,} distinct")
    collector = Collector()
    collector.start()
    process, feed = start(collector, args.native)
    try:
        show_latency(feed, lines, collector)
        expected = Counter(w for i in range(PACED_LINES) for w in words(lines[i % len(lines)]))
        rounds = show_throughput(feed, lines, counted, collector, args.seconds)
        for word, count in counted.items():
            expected[word] += count * rounds
        feed.close()
    finally:
        process.send_signal(signal.SIGTERM)
        status = process.wait(15)
    print(f"stopped     word_count.py drained and exited with {status}")
    return check(collector, dict(expected)) or status


if __name__ == "__main__":
    sys.exit(main())
