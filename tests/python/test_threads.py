"""Threads, fork, signals, and the end of the interpreter."""

import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest

import ouzel as oz


def in_threads(count, work):
    errors = []

    def run(number):
        try:
            work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)
    assert errors == []


def program(text, *args, **options):
    """Runs a program of its own; its standard output and exit code."""
    code = textwrap.dedent(text)
    return subprocess.run(
        [sys.executable, "-c", code, *args],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONFAULTHANDLER": "1"},
        **options,
    )


@pytest.fixture
def eager_switching():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_several_threads_emit_into_one_graph(eager_switching):
    s = oz.Stream()
    state = {"inside": 0, "most": 0}

    def alone(x):
        state["inside"] += 1
        state["most"] = max(state["most"], state["inside"])
        sum(range(20))
        state["inside"] -= 1
        return x

    got = s.map(alone).accumulate(lambda a, x: a + x).sink_to_list()
    in_threads(4, lambda n: [s.emit(1) for _ in range(2000)])
    assert got == list(range(1, 8001))
    assert state["most"] == 1, "a step works for one element at a time"


def test_a_graph_changes_while_others_emit(eager_switching):
    s = oz.Stream()
    total = s.map(lambda x: x).accumulate(lambda a, x: a + x).sink_to_list()
    seen = []

    def work(n):
        for i in range(300):
            s.emit(1)
            if n == 0 and i % 20 == 0:
                seen.append(s.sink_to_list())

    in_threads(4, work)
    assert total == list(range(1, 1201))
    assert len(seen) == 15
    s.emit(1)
    assert all(rows[-1] == 1 for rows in seen)


def test_two_graphs_that_emit_into_each_other_from_two_threads(eager_switching):
    a, b = oz.Stream(), oz.Stream()
    got = oz.Stream()
    rows = got.sink_to_list()
    a.map(lambda x: x).sink(got.emit)
    b.map(lambda x: x).sink(got.emit)
    in_threads(2, lambda n: [(a, b)[n].emit(i) for i in range(1000)])
    assert sorted(rows) == sorted([*range(1000), *range(1000)])


def test_a_stream_pulled_by_several_threads(eager_switching):
    s = oz.from_iterable(range(500)).map(lambda x: x + 1)
    in_threads(4, lambda n: [sum(s) == sum(s.to_list()) == 125250 or 1 / 0 for _ in range(3)])


def test_close_while_others_emit(eager_switching):
    for _ in range(5):
        s = oz.Stream()
        s.map(lambda x: x).sink(lambda x: None)

        def work(n, s=s):
            try:
                for i in range(500):
                    s.emit(i)
                    if n == 0 and i == 100:
                        s.close()
            except oz.ClosedError:
                pass

        in_threads(3, work)


def test_timers_and_emits_together(eager_switching):
    s, done = oz.Stream(), threading.Event()
    got = []

    def sink(rows):
        got.extend(rows)
        if len(got) == 2000:
            done.set()

    s.partition(7, timeout=0.001).sink(sink)
    in_threads(4, lambda n: [s.emit(i) for i in range(500)])
    assert done.wait(60)
    assert len(got) == 2000


def test_fork():
    out = program("""
        import os, threading, warnings
        import ouzel as oz
        warnings.simplefilter("ignore")
        s, t = oz.Stream(), oz.Stream()
        got = s.map(lambda x: x + 1).accumulate(lambda a, x: a + x).sink_to_list()
        late, done = [], threading.Event()
        t.delay(0.001).sink(lambda x: (late.append(x), done.set()))
        s.emit(1); t.emit(1); done.wait(30); done.clear()
        pid = os.fork()
        if pid == 0:
            s.emit(2)
            t.emit(2)
            ok = done.wait(30) and got == [2, 5] and late == [1, 2]
            ok = ok and oz.of(1, 2).map(str).to_list() == ["1", "2"]
            os._exit(0 if ok else 7)
        _, status = os.waitpid(pid, 0)
        s.emit(3); t.emit(3); done.wait(30)
        print(os.waitstatus_to_exitcode(status), got, late)
    """)
    assert out.stdout.split("\n")[0] == "0 [2, 6] [1, 3]", out


def test_exit_with_everything_still_alive():
    out = program("""
        import ouzel as oz
        s = oz.Stream()
        s.delay(60).sink(print)
        s.timed_window(60).sink(print)
        rows = iter(oz.from_iterable(iter(int, 1)).map(str))
        next(rows)
        s.emit(1)
        kept = oz.of(1).key_by().stateful(lambda state, x: state, init=list)
        kept_rows = iter(kept)
        next(kept_rows)
        import sys
        sys.modules["keep"] = (s, rows, kept, kept_rows)
        print("end")
    """)
    assert (out.stdout, out.returncode) == ("end\n", 0), out


def test_exit_in_the_middle_of_a_step():
    out = program("""
        import sys, threading, ouzel as oz
        s = oz.Stream()
        inside, forever = threading.Event(), threading.Event()
        s.sink(lambda x: (inside.set(), forever.wait()))
        threading.Thread(target=s.emit, args=(1,), daemon=True).start()
        inside.wait()
        print("end")
    """)
    assert (out.stdout, out.returncode) == ("end\n", 0), out


def test_sub_interpreters_share_nothing():
    out = program("""
        import sys
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        import ouzel as oz
        if sys.version_info >= (3, 13):
            id = interpreters.create("legacy")
        elif sys.version_info >= (3, 12):
            id = interpreters.create(isolated=False)
        else:
            id = interpreters.create()
        code = "import ouzel as oz; assert oz.of(1).map(str).to_list() == ['1']"
        interpreters.run_string(id, code)
        interpreters.destroy(id)
        print(oz.of(1).map(str).to_list())
    """)
    assert out.stdout == "['1']\n", out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_drains_run(number):
    text = """
        import itertools, ouzel as oz, sys
        def ready(x):
            if x == 100:
                print("ready", flush=True)
            return x
        got = []
        s = oz.from_iterable(itertools.count()).map(ready).map(str)
        code = s.sink(got.append).run()
        assert got == [str(x) for x in range(len(got))] and len(got) > 100
        print("drained")
        sys.exit(code)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(text)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert (out, process.returncode) == ("drained\n", 0)


def test_what_cannot_be_drained_is_counted():
    text = """
        import ouzel as oz, signal, os, sys, itertools
        s = oz.from_iterable(itertools.count()).delay(3600, n=5).map(str)
        def send(x):
            if x == 4:
                os.kill(os.getpid(), signal.SIGTERM)
            return x
        s = oz.from_iterable(itertools.count()).map(send).delay(3600, n=5).sink(print)
        sys.exit(s.run(drain=0.05))
    """
    out = program(text)
    assert out.returncode == 1, out
    assert "not delivered" in out.stderr


def test_keyboard_interrupt_in_a_pull():
    text = """
        import itertools, os, signal, ouzel as oz
        def interrupt(x):
            if x == 10:
                os.kill(os.getpid(), signal.SIGINT)
            return x
        for way in (lambda s: s.to_list(), lambda s: [x for x in s]):
            try:
                way(oz.from_iterable(itertools.count()).map(interrupt).filter(lambda x: False))
            except KeyboardInterrupt:
                print("interrupted")
    """
    assert program(text).stdout == "interrupted\n" * 2


def test_import_is_fast_and_small():
    out = program("""
        import sys
        before = set(sys.modules)
        import ouzel
        print(*sorted(set(sys.modules) - before))
    """)
    heavy = {"asyncio", "inspect", "selectors", "typing", "dataclasses", "logging", "ast", "re"}
    assert not heavy & set(out.stdout.split()), out.stdout


def test_rows_that_a_peer_does_not_take_are_counted():
    """A row is larger than what lies in the buffers of the sink and of the kernel together."""
    text = """
        import ouzel as oz, itertools, os, signal, socket, sys, threading
        server = socket.create_server(("127.0.0.1", 0))
        port = server.getsockname()[1]
        def stop():
            peer, _ = server.accept()
            peer.recv(1)
            os.kill(os.getpid(), signal.SIGTERM)
            threading.Event().wait()
        threading.Thread(target=stop, daemon=True).start()
        rows = oz.from_iterable(itertools.repeat("x" * 30_000_000))
        sys.exit(rows.to_tcp("127.0.0.1", port).run(drain=0.05))
    """
    out = program(text)
    assert out.returncode == 1, out
    count = int(out.stderr.split()[1])
    assert "rows were not delivered" in out.stderr and count > 0, out
