"""Running: to the end of the sources, with progress on a terminal."""

import io
import sys
import time

import pytest

import ouzel as oz


class Terminal(io.StringIO):
    """Something that says it is a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def show(monkeypatch):
    """Runs a stream on a terminal, with a line after each step; what the terminal has seen."""
    monkeypatch.setattr("ouzel._running.EVERY_S", 0.0)

    def run(stream):
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", Terminal())
            assert stream.run() == 0
            return sys.stderr.getvalue()

    return run


def test_several_sinks_of_one_source_share_one_run():
    taken = []
    s = oz.from_iterable(range(3)).inspect(taken.append)
    left, right = [], []
    assert oz.run(s.sink(left.append), s.map(str).sink(right.append)) == 0
    assert (left, right, taken) == ([0, 1, 2], ["0", "1", "2"], [0, 1, 2])


def test_independent_graphs_in_one_run():
    got = []
    assert oz.run(oz.of(1).sink(got.append), oz.of(2).sink(got.append)) == 0
    assert sorted(got) == [1, 2]


def test_a_stream_without_a_sink_runs_for_its_side_effects():
    got = []
    assert oz.of(1, 2).inspect(got.append).run() == 0
    assert got == [1, 2]


def test_items_of_an_iterator_go_on_one_by_one():
    log = []

    def source():
        for x in range(3):
            log.append(("taken", x))
            yield x

    oz.from_iterable(source()).sink(lambda x: log.append(("done", x))).run()
    assert log == [(w, x) for x in range(3) for w in ("taken", "done")]


def test_timers_do_not_wait_for_a_slow_iterator():
    lists = []

    def rows():
        for i in range(10_000):
            due = time.perf_counter() + 1e-3
            while time.perf_counter() < due:
                pass
            if lists:
                return
            yield i

    oz.from_iterable(rows()).timed_window(0.02).sink(lists.append).run()
    assert len(lists[0]) < 5_000


def test_progress_on_a_terminal(show):
    got = []
    seen = show(oz.from_iterable(range(5000)).sink(got.append))
    assert len(got) == 5000
    assert "20% in" in seen
    assert seen.endswith("\r\x1b[K")


def test_progress_over_files(show, tmp_path):
    path = tmp_path / "in.txt"
    path.write_text("line\n" * 200_000)
    seen = show(oz.from_text(path).sink(lambda line: None))
    assert "% in" in seen
    assert len(seen) < 100_000


def test_no_progress_without_an_end(show):
    assert show(oz.from_iterable(iter([1, 2])).sink(lambda x: None)) == ""


def test_run_in_a_thread():
    import threading

    got = []
    thread = threading.Thread(target=oz.of(1, 2).sink(got.append).run)
    thread.start()
    thread.join(60)
    assert got == [1, 2]


def test_a_run_inside_a_step_of_another():
    inner = []
    s = oz.of(1, 2).sink(lambda x: oz.of(x * 10).sink(inner.append).run())
    assert s.run() == 0
    assert inner == [10, 20]


def test_an_error_ends_the_run():
    with pytest.raises(ZeroDivisionError):
        oz.of(0).map(lambda x: 1 // x).sink(print).run()
