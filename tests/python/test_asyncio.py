"""Inside asyncio: await emit, async for, coroutine functions, timers without a thread."""

import asyncio
import threading

import pytest

import ouzel as oz


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 60))


async def tenfold(x):
    await asyncio.sleep(0)
    return 10 * x


def test_emit_gives_something_to_await():
    async def main():
        s = oz.Stream()
        got = s.map(str).sink_to_list()
        assert await s.emit(1) is None
        s.emit(2)
        assert got == ["1", "2"]
        await s.flush()
        await s.close()
        with pytest.raises(oz.ClosedError):
            await s.emit(3)

    run(main())


def test_async_for():
    async def main():
        assert [x async for x in oz.of(1, 2, 3).map(str)] == ["1", "2", "3"]
        rows = aiter_(oz.from_iterable(iter(range(9))).filter(lambda x: x % 2))
        assert [await rows.__anext__() for _ in range(4)] == [1, 3, 5, 7]
        with pytest.raises(StopAsyncIteration):
            await rows.__anext__()
        with pytest.raises(StopAsyncIteration):
            await rows.__anext__()

    def aiter_(s):
        return s.__aiter__()

    run(main())


@pytest.mark.parametrize("n", [0, 1, 5, 100])
def test_coroutine_functions_outside_asyncio(n):
    async def odd(x):
        return x % 2

    s = oz.from_iterable(range(n))
    assert s.map(tenfold).to_list() == [10 * x for x in range(n)]
    assert list(s.map(tenfold)) == [10 * x for x in range(n)]
    assert s.filter(odd).to_list() == [x for x in range(n) if x % 2]
    assert sorted(s.map(tenfold, ordered=False).to_list()) == [10 * x for x in range(n)]
    got = []

    async def sink(x):
        got.append(x)

    s.map(tenfold).sink(sink).run()
    assert got == [10 * x for x in range(n)]


def test_order_is_kept_whatever_ends_first():
    async def main():
        events = [asyncio.Event() for _ in range(3)]

        async def wait_turn(x):
            await events[x].wait()
            for later in events[:x]:
                later.set()
            return x

        events[2].set()
        events[1].set()
        asyncio.get_running_loop().call_later(0, events[0].set)
        s = oz.Stream()
        got = s.map(wait_turn).sink_to_list()
        await asyncio.gather(*(s.emit(x) for x in range(3)))
        assert got == [0, 1, 2]

    run(main())


def test_concurrency_is_bounded():
    running, most = 0, 0

    async def call(x):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return x

    assert oz.from_iterable(range(50)).map(call, concurrency=3).to_list() == list(range(50))
    assert most <= 3
    most = 0
    assert list(oz.from_iterable(range(5)).map(call)) == list(range(5))
    assert most == 1, "pulled one by one, nothing is read ahead"
    with pytest.raises(ValueError, match="concurrency"):
        oz.of(1).map(call, concurrency=0)


def test_await_emit_waits_for_coroutines_further_down():
    async def main():
        s, got = oz.Stream(), []

        async def sink(x):
            await asyncio.sleep(0)
            got.append(x)

        s.map(tenfold).map(tenfold).sink(sink)
        await s.emit(1)
        assert got == [100]

    run(main())


def test_emit_outside_asyncio_waits_for_coroutines():
    s, got = oz.Stream(), []

    async def sink(x):
        await asyncio.sleep(0)
        got.append(x)

    s.map(tenfold).sink(sink)
    s.emit(1)
    assert got == [10]


def test_exceptions_of_coroutines():
    async def invert(x):
        await asyncio.sleep(0)
        return 1 // x

    async def main():
        s = oz.Stream()
        got = s.map(invert, name="invert").sink_to_list()
        with pytest.raises(ZeroDivisionError) as caught:
            await s.emit(0)
        assert caught.value.ouzel.step == "invert"
        await s.emit(1)
        assert got == [1]

    run(main())
    with pytest.raises(ZeroDivisionError) as caught:
        oz.of(1, 0).map(invert, name="invert").to_list()
    assert caught.value.ouzel == ("invert", caught.value.ouzel.where, 0)
    s = oz.Stream()
    got = s.map(invert, name="invert").sink_to_list()
    with pytest.raises(ZeroDivisionError) as caught:
        s.emit(0)
    assert caught.value.ouzel.step == "invert"
    s.emit(1)
    assert got == [1]
    assert oz.of(1, 0, 2).map(invert, on_error="skip").to_list() == [1, 0]
    assert oz.of(1, 0, 2).map(invert, on_error="dead_letter").dead_letters.to_list() == [0]


def test_keys_stay_on_the_row():
    s = oz.of("a", "bb", "cc").key_by(len)

    async def upper(x):
        return x.upper()

    assert s.map(upper).count().to_list() == [(1, 1), (2, 1), (2, 2)]


def test_timers_need_no_thread_inside_asyncio():
    async def main():
        s = oz.Stream()
        done = asyncio.Event()
        got = []
        s.partition(10, timeout=0.001).sink(lambda x: (got.append(x), done.set()))
        before = threading.active_count()
        await s.emit(1)
        await done.wait()
        assert got == [(1,)]
        assert threading.active_count() == before

    run(main())


def test_timers_outside_asyncio():
    s, got, done = oz.Stream(), [], threading.Event()
    s.delay(0.001).sink(lambda x: (got.append(x), done.set()))
    s.emit(1)
    assert done.wait(30)
    assert got == [1]


def test_backpressure():
    async def main():
        s = oz.Stream()
        got = s.rate_limit(0.001, n=2).sink_to_list()
        for x in range(6):
            await s.emit(x)
        assert len(got) >= 3, "emit waited while the queue was full"
        await s.close()

    run(main())
    s = oz.Stream()
    got = s.rate_limit(0.001, n=2).sink_to_list()
    for x in range(6):
        s.emit(x)
    assert len(got) >= 3


def test_one_graph_in_one_loop_after_another():
    s = oz.Stream()
    got = s.map(tenfold).sink_to_list()

    async def main(x):
        await s.emit(x)

    run(main(1))
    run(main(2))
    s.emit(3)
    assert got == [10, 20, 30]


def test_an_error_behind_a_queue_is_reported(monkeypatch):
    told = threading.Event()
    errors = []

    def hook(args):
        errors.append(args.exc_value)
        told.set()

    monkeypatch.setattr(threading, "excepthook", hook)
    s = oz.Stream()
    got = s.delay(0.001).map(lambda x: 1 // x).sink_to_list()
    s.emit(0)
    assert told.wait(30)
    assert isinstance(errors[0], ZeroDivisionError)
    told.clear()
    s.emit(1)
    s.close()
    assert len(got) <= 1


def test_importing_ouzel_does_not_import_asyncio():
    import subprocess
    import sys

    code = "import sys, ouzel; print('asyncio' in sys.modules, 'inspect' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["False", "False"]
