"""Operators, sources and sinks that are written in Python."""

import os

import pytest

import ouzel as oz


class Recorder(oz.Operator):
    """Writes down what is called."""

    def __init__(self):
        self.calls = []

    def open(self, context):
        self.calls.append("open")

    def on_batch(self, context, batch):
        self.calls.append(list(batch))
        context.emit_all(batch)

    def on_flush(self, context):
        self.calls.append("flush")

    def on_end(self, context):
        self.calls.append("end")
        context.emit("last")

    def close(self, context):
        self.calls.append("close")


def test_the_life_of_an_operator():
    recorder = Recorder()
    assert oz.of(1, 2).through(recorder).to_list() == [1, 2, "last"]
    assert recorder.calls == ["open", [1, 2], "end", "close"]
    recorder = Recorder()
    s = oz.Stream()
    got = s.through(recorder).sink_to_list()
    s.emit(1)
    s.flush()
    s.close()
    assert recorder.calls[:4] == ["open", [1], "flush", "end"]
    assert got == [1, "last"]


def test_emit_all_takes_any_iterable():
    class Twice(oz.Operator):
        def on_batch(self, context, batch):
            assert context.emit_all(x for x in batch)
            context.emit_all([])
            context.emit_all(batch)

    assert oz.of(1, 2).through(Twice()).to_list() == [1, 2, 1, 2]


def test_keys_of_what_is_emitted_like_a_row():
    class Lengths(oz.Operator):
        def on_batch(self, context, batch):
            for index, row in enumerate(batch):
                context.emit(len(row), 0, batch, index)

    keyed = oz.of("a", "bb", "cc").key_by(lambda x: x[0]).through(Lengths())
    assert keyed.sum().to_dict() == {"a": 1, "b": 2, "c": 2}


def test_more_is_called_again():
    class Slowly(oz.Operator):
        def __init__(self):
            self.rows = []

        def on_batch(self, context, batch):
            if batch is not None:
                self.rows += batch
            if self.rows:
                context.emit(self.rows.pop(0))
            return "more" if self.rows else None

    assert oz.from_iterable(range(5)).through(Slowly()).to_list() == list(range(5))
    assert list(oz.from_iterable(range(5)).through(Slowly())) == list(range(5))


def test_done_closes_the_source():
    class FirstTwo(oz.Operator):
        def __init__(self):
            self.left = 2

        def on_batch(self, context, batch):
            for row in batch:
                context.emit(row)
                self.left -= 1
                if self.left == 0:
                    return "done"

    taken = []
    s = oz.from_iterable(range(100)).inspect(taken.append).through(FirstTwo())
    assert s.to_list(batch=1) == [0, 1]
    assert taken == [0, 1]


def test_timers_and_descriptors():
    class Later(oz.Operator):
        def open(self, context):
            self.read, self.write = os.pipe()
            context.watch(self.read, 7)
            self.rows = []

        def on_batch(self, context, batch):
            self.rows += batch
            context.set_timer(3, 0.001)
            context.set_timer(4, 1000)
            context.cancel_timer(4)

        def on_timer(self, context, id):
            assert id == 3
            os.write(self.write, b"!")

        def on_ready(self, context, token):
            assert token == 7
            os.read(self.read, 1)
            context.emit_all(self.rows)
            self.rows = []

        def on_end(self, context):
            return "wait" if self.rows else None

        def close(self, context):
            os.close(self.read)
            os.close(self.write)

    assert oz.of(1, 2).through(Later()).to_list() == [1, 2]


def test_errors():
    class Fails(oz.Operator):
        def on_batch(self, context, batch):
            raise LookupError("batch")

    with pytest.raises(LookupError, match="batch") as caught:
        oz.of(1).through(Fails(), name="fails").to_list()
    assert caught.value.ouzel.step == "fails"

    class CannotOpen(oz.Operator):
        def open(self, context):
            raise LookupError("open")

        def on_batch(self, context, batch):
            pass

    with pytest.raises(LookupError, match="open"):
        oz.of(1).through(CannotOpen()).to_list()

    class BadRecord(oz.Operator):
        def on_batch(self, context, batch):
            for index, row in enumerate(batch):
                try:
                    context.emit(1 // row, 0, batch, index)
                except ZeroDivisionError as error:
                    context.bad_record(batch, index, error)

    assert oz.of(1, 0, 1).through(BadRecord(), on_error="skip").to_list() == [1, 1]
    with pytest.raises(ZeroDivisionError) as caught:
        oz.of(1, 0, 1).through(BadRecord()).to_list()
    assert caught.value.ouzel.record == 0
    step = oz.of(1, 0).through(BadRecord(), on_error="dead_letter")
    assert step.dead_letters.to_list() == [0]


def test_an_error_further_down_ends_the_operator():
    class Emits(oz.Operator):
        went_on = None

        def on_batch(self, context, batch):
            Emits.went_on = context.emit(0)

    with pytest.raises(ZeroDivisionError):
        oz.of(1).through(Emits()).map(lambda x: 1 // x).to_list()
    assert Emits.went_on is False


def test_what_is_no_operator():
    for thing in (1, print, oz.Operator, object()):
        with pytest.raises(TypeError, match="on_batch"):
            oz.of(1).through(thing)
        with pytest.raises(TypeError, match="on_batch"):
            oz.of(1).into(thing)
        with pytest.raises(TypeError, match="poll"):
            oz.from_source(thing)


def test_a_context_after_close():
    kept = []

    class Keeps(oz.Operator):
        def on_batch(self, context, batch):
            kept.append(context)

    oz.of(1).through(Keeps(), name="keeps").to_list()
    with pytest.raises(RuntimeError, match="closed"):
        kept[0].emit(1)


class Numbers(oz.Source):
    """Two partitions of numbers, with positions."""

    def __init__(self):
        self.at = {}

    def partitions(self):
        return ["low", "high"]

    def open(self, context, partition, position):
        self.at[partition] = max(position, 0)

    def poll(self, context, rows):
        for partition, at in self.at.items():
            if at < 3:
                self.at[partition] += 1
                context.emit(10 * partition + at)
                return "more"
        return "done"

    def position(self, partition):
        return self.at[partition]


def test_sources():
    assert sorted(oz.from_source(Numbers()).to_list()) == [0, 1, 2, 10, 11, 12]
    assert sorted(oz.from_source(Numbers()).map(str)) == ["0", "1", "10", "11", "12", "2"]
    assert oz.from_source(Numbers()).first(2).to_list() == [0, 1]


def test_a_source_that_waits():
    class Waits(oz.Source):
        def open(self, context, partition, position):
            self.left = 3

        def poll(self, context, rows):
            if self.left == 0:
                return "done"
            context.set_timer(1, 0.001)

        def on_timer(self, context, id):
            self.left -= 1
            context.emit(self.left)

    assert oz.from_source(Waits()).to_list() == [2, 1, 0]


def test_sinks():
    class Total(oz.Sink):
        rows, ended = 0, False

        def on_batch(self, context, batch):
            self.rows += sum(batch)

        def on_end(self, context):
            self.ended = True

    total = Total()
    assert oz.of(1, 2, 3).into(total).run() == 0
    assert (total.rows, total.ended) == (6, True)
