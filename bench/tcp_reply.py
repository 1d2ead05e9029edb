"""TCP in, a Python function with keyed state, answer where it came from: latency under open load.

The client (tcp_load.c) sends at times fixed in advance and counts from the scheduled time; it spins
on one core, the server has the other. All servers call the same two functions, `c_epoll` none. The
messages are those of frames.h.
"""

import asyncio
import operator
import socket
import statistics
import struct
import sys

import build
import chain
import contest
import pairs
import servers
from contest import Contest, Row, Target, Worker, verdict

# rate: p50 and p99 in us of the C server that calls the functions, on another machine, where the
# chain of builtins took so many ns an element.
STATED = {10_000: (31.0, 112.0), 100_000: (20.0, None)}
STATED_BUILTINS = 97.8
RATES = (10_000, 100_000)
CONNECTIONS = (1, 16)
LAG_MAX_US = 50  # a client later than this (p99) measures other work on the machine


# The functions that all servers call.


def key_of(frame):
    """A request's key: its number mod 1000."""
    return int.from_bytes(frame[:8], "little") % 1000


def add(state, frame):
    """Adds the first word to the key's running sum and answers with it."""
    number, scheduled, word = struct.unpack_from("<QQQ", frame)
    state[0] = (state[0] + word) % 2**64
    return struct.pack("<QQQ", number, scheduled, state[0])


def zero():
    """The state of a new key."""
    return [0]


class Answers:
    """What the servers in plain Python do with a frame."""

    def __init__(self):
        self.states = {}

    def answer(self, frame):
        key = key_of(frame)
        if key not in self.states:
            self.states[key] = zero()
        return add(self.states[key], frame)


# The servers. Each serves a port of the loopback until it is stopped.


def listen(port):
    return socket.create_server(("127.0.0.1", port), backlog=64)


def c_epoll(port):
    import epoll_server

    with listen(port) as listener:
        epoll_server.serve(listener.fileno(), False)


def c_epoll_python(port, spin=False):
    import epoll_server

    with listen(port) as listener:
        epoll_server.serve(listener.fileno(), spin, key_of, add, zero)


def c_epoll_python_spin(port):
    c_epoll_python(port, True)


async def serve_streams(port):
    answers = Answers()

    async def serve(reader, writer):
        while True:
            head = await reader.readexactly(4)
            answer = answers.answer(await reader.readexactly(int.from_bytes(head, "big")))
            writer.write(len(answer).to_bytes(4, "big") + answer)

    await (await asyncio.start_server(serve, "127.0.0.1", port)).serve_forever()


class Protocol(asyncio.Protocol):
    """Answers all whole frames of what was read with one write."""

    def __init__(self, answers):
        self.answers = answers
        self.rest = b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        data, at, found = self.rest + data, 0, []
        while len(data) - at >= 4:
            end = at + 4 + int.from_bytes(data[at : at + 4], "big")
            if end > len(data):
                break
            answer = self.answers.answer(data[at + 4 : end])
            found.append(len(answer).to_bytes(4, "big") + answer)
            at = end
        self.rest = data[at:]
        self.transport.write(b"".join(found))


async def serve_protocol(port):
    answers, loop = Answers(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: Protocol(answers), "127.0.0.1", port)
    await server.serve_forever()


def asyncio_streams(port):
    asyncio.run(serve_streams(port))


def asyncio_protocol(port):
    asyncio.run(serve_protocol(port))


def uvloop_protocol(port):
    import uvloop

    uvloop.run(serve_protocol(port))


def ouzel(port, spin=0):
    import ouzel as oz

    frames = oz.from_tcp("127.0.0.1", port, framing="u32", encoding=None, listen=True, spin=spin)
    frames.key_by(key_of).stateful(add, init=zero).reply().run()


def ouzel_spin(port):
    ouzel(port, spin=0.001)


# The contests.

SERVERS = ("ouzel", "ouzel_spin", "c_epoll_python", "c_epoll_python_spin", "c_epoll")
RIVALS = ("asyncio_streams", "asyncio_protocol", "uvloop_protocol")


def measure(name, rate, connections, warm, seconds):
    """One run: a fresh server and the load on it."""
    port = servers.free_port()
    with servers.serving([sys.executable, __file__, name, port], port):
        load = (build.program("tcp_load"), port, rate, connections, warm, seconds)
        return contest.run_program(*load, core=contest.HARNESS_CORE)


class Setting:
    """All servers at one rate and number of connections."""

    def __init__(self, session, rate, connections, scale):
        self.session, self.rate, self.connections, self.scale = session, rate, connections, scale
        warm, seconds, rounds = (0.2, 1, 1) if session.quick else (1, 4, 5)
        names = SERVERS + (RIVALS if connections == 1 else RIVALS[1:])
        runners = {
            name: lambda name=name: measure(name, rate, connections, warm, seconds)
            for name in names
        }
        self.label = f"{rate:,}/s, {connections} conn."
        self.contest = Contest(session, f"reply, {self.label}", runners).play(rounds)
        lags = [run["lag_p99"] for runs in self.contest.results.values() for run in runs]
        self.lag = statistics.median(lags) if lags else 0

    def row(self, quantile, ours, rival, target=None, stated=None):
        """Compares one quantile; a stated figure, scaled to this machine, replaces a slower one."""
        value = operator.itemgetter(quantile)
        shown = f"{rival} {self.contest.figure(rival, value, 'us')}"
        cells = [f"reply {quantile}, {self.label}", self.contest.figure(ours, value, "us")]
        cells += [shown, "-", str(target) if target else "-"]
        if ours in self.contest.results and rival in self.contest.results:
            theirs = self.contest.values(rival, value)
            if stated and stated * self.scale < statistics.median(theirs):
                theirs = [stated * self.scale] * len(theirs)
                cells[2] = f"stated {theirs[0]:.4g} us ({shown})"
            ratio = pairs.ratio(self.contest.values(ours, value), theirs)
            cells[3] = str(ratio)
            disturbed = target and self.lag > LAG_MAX_US
            cells.append("open" if disturbed else verdict(target, ratio.value))
        self.session.rows.append(Row(*cells))

    def rows(self):
        """All comparisons of this setting."""
        stated = STATED[self.rate]
        self.row("p50", "ouzel", "c_epoll_python", Target(1.25), stated[0])
        self.row("p99", "ouzel", "c_epoll_python", Target(1.5), stated[1])
        self.row("p99.9", "ouzel", "c_epoll_python")
        self.row("p50", "ouzel", "c_epoll")
        if self.connections == 1:
            self.row("p50", "ouzel", "asyncio_streams", Target(1))
        self.row("p50", "ouzel", "asyncio_protocol", Target(1))
        self.row("p50", "ouzel", "uvloop_protocol", Target(1.15))
        value = operator.itemgetter("p50")
        spin = self.contest.median("ouzel_spin", value)
        rival = f"c_epoll_python_spin {self.contest.figure('c_epoll_python_spin', value, 'us')}"
        what = f"reply p50, spin, {self.label}"
        self.session.absolute(what, spin, Target(12, unit=" us"), rival)
        if self.lag > LAG_MAX_US:
            late = f"the client itself was {self.lag:.0f} us late (p99)"
            self.session.note(f"reply, {self.label}: disturbed, judges nothing: {late}")


def machine_scale():
    """How much slower the chain of builtins is here than on the machine of the stated figures."""
    worker = Worker("chain", "builtins_list")
    costs = [chain.ns_per_event(worker.run(n=200_000)) for _ in range(7)]
    worker.close()
    return statistics.median(costs) / STATED_BUILTINS


def run(session):
    """All rows of this workload."""
    if contest.HARNESS_CORE == contest.ENGINE_CORE:
        session.note("reply: needs two cores: left out")
        return
    scale = machine_scale()
    session.note(f"reply: stated figures x {scale:.2f}, the chain of builtins here to there")
    for rate in RATES:
        for connections in CONNECTIONS:
            Setting(session, rate, connections, scale).rows()


if __name__ == "__main__":
    globals()[sys.argv[1]](int(sys.argv[2]))
