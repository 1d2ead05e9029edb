"""Arrow in and out by the PyCapsule protocol."""

import datetime
import gc

import pytest

import ouzel as oz

pa = pytest.importorskip("pyarrow")


def table():
    return pa.table({"word": ["a", None, "ccc"], "n": [1, 2, None], "x": [0.5, 1.5, 2.5]})


def test_rows_of_a_table_are_dicts():
    assert oz.from_arrow(table()).to_list() == table().to_pylist()
    assert list(oz.from_arrow(table())) == table().to_pylist()


def test_record_batches_readers_and_arrays():
    batch = table().to_batches()[0]
    assert oz.from_arrow(batch).to_list() == table().to_pylist()
    reader = pa.RecordBatchReader.from_batches(batch.schema, [batch, batch])
    assert oz.from_arrow(reader).to_list() == 2 * table().to_pylist()
    assert oz.from_arrow(pa.array([1, None, 3])).to_list() == [1, None, 3]
    assert oz.from_arrow(pa.chunked_array([["a"], ["b", "c"]])).to_list() == ["a", "b", "c"]


@pytest.mark.parametrize(
    "array",
    [
        pa.array([True, None, False]),
        pa.array([1, 2], pa.int8()),
        pa.array([2**32 - 1], pa.uint32()),
        pa.array([1.5, None], pa.float32()),
        pa.array(["é", ""], pa.large_string()),
        pa.array([b"\x00", b""]),
        pa.array([[1, 2], [], None, [3]]),
        pa.array([{"a": 1, "b": "x"}, {"a": 2, "b": None}]),
        pa.array(["a", "b", "a"]).dictionary_encode(),
        pa.array([None, None]),
        pa.array([datetime.datetime(2024, 2, 29, 12, 30, 1, 5)], pa.timestamp("us")),
        pa.array(
            [datetime.datetime(1, 1, 1), datetime.datetime(1969, 12, 31, 23)], pa.timestamp("ms")
        ),
    ],
    ids=lambda array: str(array.type),
)
def test_types(array):
    if pa.types.is_timestamp(array.type):
        utc = datetime.timezone.utc
        expected = [value.replace(tzinfo=utc) for value in array.to_pylist()]
        if expected[0].year < 1677:
            pytest.skip("nanoseconds do not reach so far")
    else:
        expected = array.to_pylist()
    assert oz.from_arrow(array).to_list() == expected
    assert oz.from_arrow(array).map(lambda x: x).to_list() == expected


@pytest.mark.parametrize("n", [0, 1, 1023, 1024, 1025, 10_000])
def test_large_columns_in_batches(n):
    data = pa.table({"n": pa.array(range(n), pa.int64())})
    assert oz.from_arrow(data).pluck("n").to_list() == list(range(n))
    assert oz.from_arrow(data).pluck("n").sum().final().to_list() == ([sum(range(n))] if n else [])


def test_out():
    out = pa.table(oz.of(1, 2, None).to_arrow())
    assert out.to_pydict() == {"value": [1, 2, None]}
    assert pa.table(oz.of("a", "bé").map(str.upper)).to_pydict() == {"value": ["A", "BÉ"]}
    counted = pa.table(oz.of("a", "b", "a").key_by().count().to_arrow())
    assert list(counted.to_pydict().values()) == [["a", "b", "a"], [1, 1, 2]]
    back = pa.table(oz.from_arrow(table()).filter(lambda row: True).to_arrow())
    assert back.to_pylist() == table().to_pylist()


def test_out_of_what_has_no_columns():
    with pytest.raises((oz.GraphError, oz.OuzelError), match="object|type|value"):
        pa.table(oz.of(object()).to_arrow())
    with pytest.raises(oz.GraphError, match="no rows"):
        pa.table(oz.of().to_arrow())


def test_batches_are_sequences():
    batches = oz.from_iterable(range(1500)).to_arrow()
    assert [len(batch) for batch in batches] == [1024, 476]
    assert batches[0][5] == 5
    assert batches[1].to_list()[-1] == 1499
    with pytest.raises(IndexError):
        batches[0][2000]
    assert pa.array(batches[0]).to_pylist()[:2] == [{"value": 0}, {"value": 1}]
    assert "1024 rows" in repr(batches[0])


def test_memory_lives_as_long_as_it_is_used():
    rows = iter(oz.from_arrow(pa.array([f"word {i}" * 10 for i in range(3000)])))
    first = next(rows)
    arrow = oz.from_arrow(pa.array(["x" * 1000] * 3000)).map(str.upper).to_arrow()
    gc.collect()
    assert first == "word 0" * 10
    assert next(rows) == "word 1" * 10
    del rows
    taken = pa.table(arrow)
    del arrow
    gc.collect()
    assert taken.column("value")[2999].as_py() == "X" * 1000


def test_what_is_no_arrow_data():
    with pytest.raises(TypeError, match="Arrow"):
        oz.from_arrow([1, 2])

    class Broken:
        def __arrow_c_stream__(self, requested_schema=None):
            raise LookupError("closed")

    with pytest.raises(LookupError, match="closed"):
        oz.from_arrow(Broken()).to_list()

    class NoCapsule:
        def __arrow_c_stream__(self, requested_schema=None):
            return 1

    with pytest.raises((TypeError, ValueError)):
        oz.from_arrow(NoCapsule()).to_list()


def test_keyed_columns():
    data = pa.table({"k": [1, 2, 1, 1], "v": [10, 20, 30, 40]})
    s = oz.from_arrow(data)
    sums = s.key_by(lambda row: row["k"]).map(lambda row: row["v"]).sum()
    assert sums.to_dict() == {1: 80, 2: 20}
    assert oz.from_arrow(pa.array([5, 6, 5])).key_by().count().to_dict() == {5: 2, 6: 1}
