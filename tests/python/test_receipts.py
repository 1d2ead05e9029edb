"""Receipts: when an element has been dealt with, wherever it is kept meanwhile."""

import asyncio
import operator
import weakref

import pytest

import ouzel as oz


def emit(stream, x):
    """Emits with a new receipt, which is returned."""
    receipt = oz.Receipt()
    stream.emit(x, receipt=receipt)
    return receipt


@pytest.mark.parametrize(
    "draw",
    [
        lambda s: s.map(str).sink(len),
        lambda s: s.filter(lambda x: False).sink(len),
        lambda s: s.flat_map(range).sink(abs),
        lambda s: s.accumulate(operator.add).sink(abs),
        lambda s: s.key_by().count().starmap(max).sink(abs),
        lambda s: s.key_by().stateful(lambda state, x: x, init=list).sink(abs),
        lambda s: s.unique().sink(abs),
        lambda s: s.map(lambda x: 1 // 0, on_error="skip").sink(abs),
        lambda s: s.slice(0, 1).sink(abs),
        lambda s: s.union(s.map(abs)).sink(abs),
        lambda s: s.zip(s.map(abs)).sink(len),
    ],
)
def test_what_nothing_keeps_is_dealt_with_at_once(draw):
    s = oz.Stream()
    draw(s)
    called = []
    receipt = oz.Receipt(lambda: called.append(1))
    s.emit(2, receipt=receipt)
    assert receipt.done and called == [1]
    assert emit(s, 3).done


def test_a_failure_is_the_end_of_it():
    s = oz.Stream()
    s.map(lambda x: 1 // x).sink(abs)
    receipt = oz.Receipt()
    with pytest.raises(ZeroDivisionError):
        s.emit(0, receipt=receipt)
    assert receipt.done


def test_partition_keeps_it_until_its_tuple_is_dealt_with():
    s = oz.Stream()
    s.partition(2).partition(2).sink(len)
    receipts = [emit(s, x) for x in range(4)]
    assert all(r.done for r in receipts)
    receipts = [emit(s, x) for x in range(3)]
    assert not any(r.done for r in receipts)
    s.flush()
    assert all(r.done for r in receipts)


def test_partition_by_key_keeps_those_of_each_key():
    s = oz.Stream()
    s.key_by(lambda x: x % 2).partition(2).sink(len)
    a, b = emit(s, 1), emit(s, 2)
    assert emit(s, 3).done
    assert (a.done, b.done) == (True, False)
    assert emit(s, 4).done and b.done


def test_zip_and_combine_latest_keep_what_waits():
    a, b = oz.Stream(), oz.Stream()
    a.zip(b).sink(len)
    first = emit(a, 1)
    assert not first.done
    assert emit(b, 2).done and first.done
    a, b = oz.Stream(), oz.Stream()
    a.combine_latest(b).sink(len)
    first, second = emit(a, 1), emit(b, 2)
    assert not (first.done or second.done)
    third = emit(a, 3)
    assert first.done and not (second.done or third.done)
    a.close()
    b.close()


def test_queues_keep_it_until_the_row_has_gone():
    s = oz.Stream()
    s.delay(3600).sink(abs)
    receipt = emit(s, 1)
    assert not receipt.done
    s.flush()
    assert receipt.done


def test_what_is_closed_is_let_go():
    s = oz.Stream()
    s.partition(10).map(lambda x: 1 // 0, on_error="skip").sink(abs)
    receipt = emit(s, 1)
    s.close()
    assert receipt.done


def test_a_coroutine_keeps_it_until_it_has_finished():
    async def main():
        s = oz.Stream()
        waits = asyncio.Event()

        async def slow(x):
            await waits.wait()
            return x

        s.map(slow).sink(abs)
        receipt = oz.Receipt()
        sent = asyncio.ensure_future(s.emit(1, receipt=receipt))
        await asyncio.sleep(0)
        assert not receipt.done
        waits.set()
        await sent
        await s.close()
        assert receipt.done

    asyncio.run(main())


def test_mistakes():
    s = oz.Stream()
    s.sink(abs)
    receipt = emit(s, 1)
    with pytest.raises(ValueError, match="take a new one"):
        s.emit(1, receipt=receipt)
    with pytest.raises(TypeError, match=r"takes an ouzel\.Receipt"):
        s.emit(1, receipt=print)
    with pytest.raises(TypeError, match="no other keyword"):
        s.emit(1, recipe=receipt)
    with pytest.raises(TypeError, match="takes a function"):
        oz.Receipt(3)
    s.emit(1, receipt=None)


def test_a_callback_that_raises_is_reported_and_nothing_else(monkeypatch):
    told = []
    monkeypatch.setattr("sys.unraisablehook", told.append)
    s = oz.Stream()
    s.sink(abs)
    s.emit(1, receipt=oz.Receipt(lambda: 1 // 0))
    assert told[0].exc_type is ZeroDivisionError


def test_a_callback_may_emit():
    s, out = oz.Stream(), []
    s.sink(out.append)
    s.emit(1, receipt=oz.Receipt(lambda: s.emit(2)))
    assert out == [1, 2]


def test_many_in_one_tuple():
    s = oz.Stream()
    s.partition(100_000).sink(len)
    receipts = [emit(s, x) for x in range(100_000)]
    assert all(r.done for r in receipts)


def test_it_is_freed():
    s = oz.Stream()
    s.sink(abs)

    def call():
        pass

    ref = weakref.ref(call)
    s.emit(1, receipt=oz.Receipt(call))
    del call
    assert ref() is None
