"""Pushing: elements go through the whole graph before emit returns."""

import operator

import pytest

import ouzel as oz


def test_map_filter_accumulate_sink():
    s, got = oz.Stream("numbers"), []
    s.map(lambda x: x + 1).filter(lambda x: x % 2 == 0).accumulate(operator.add).sink(got.append)
    for x in range(6):
        s.emit(x)
    assert got == [2, 6, 12]


def test_emit_returns_none_outside_asyncio():
    s = oz.Stream()
    s.sink(lambda x: x)
    assert s.emit(1) is None
    assert s.emit(2) is None


def test_branches_run_depth_first_in_drawing_order():
    s, got = oz.Stream(), []
    first = s.map(lambda x: ("first", x))
    second = s.map(lambda x: ("second", x))
    second.sink(got.append)
    first.sink(got.append)
    s.emit(1)
    s.emit(2)
    assert got == [("first", 1), ("second", 1), ("first", 2), ("second", 2)]


def test_emit_without_a_reader():
    s = oz.Stream()
    assert s.emit(1) is None
    got = s.sink_to_list()
    s.emit(2)
    assert got == [2]


def test_graph_grows_between_elements_and_keeps_its_state():
    s, sums, doubles = oz.Stream(), [], []
    total = s.accumulate(operator.add)
    total.sink(sums.append)
    s.emit(1)
    s.emit(2)
    total.map(lambda x: 2 * x).sink(doubles.append)
    s.emit(3)
    assert sums == [1, 3, 6]
    assert doubles == [12]


def test_destroy_takes_a_step_out_and_drawing_below_brings_it_back():
    s, got = oz.Stream(), []
    step = s.map(str)
    sink = step.sink(got.append)
    s.emit(1)
    sink.destroy()
    s.emit(2)
    step.sink(got.append)
    s.emit(3)
    step.destroy()
    s.emit(4)
    step.sink(got.append)
    s.emit(5)
    assert got == ["1", "3", "5", "5"]


def test_a_forgotten_step_below_a_source_lives():
    s, got = oz.Stream(), []
    s.map(str).sink(got.append)
    import gc

    gc.collect()
    s.emit(1)
    assert got == ["1"]


def test_emit_from_inside_a_step_runs_at_once():
    s, t, got = oz.Stream(), oz.Stream(), []
    t.sink(lambda x: got.append(("inner", x)))
    s.sink(lambda x: (t.emit(x * 10), got.append(("outer", x))))
    s.emit(1)
    assert got == [("inner", 10), ("outer", 1)]


def test_emit_into_the_same_graph_waits_for_the_step_at_work():
    s, got = oz.Stream(), []

    def again(x):
        got.append(("begin", x))
        if x < 3:
            s.emit(x + 1)
        got.append(("end", x))

    s.sink(again)
    s.emit(1)
    assert got == [(w, x) for x in (1, 2, 3) for w in ("begin", "end")]


def test_emit_into_another_source_of_the_same_graph_inside_a_step():
    a, b, got = oz.Stream("a"), oz.Stream("b"), []
    a.inspect(lambda x: x < 10 and b.emit(x + 10)).union(b).sink(got.append)
    a.emit(1)
    assert sorted(got) == [1, 11]


def test_a_step_drawn_inside_a_step_counts_from_the_next_element():
    s, got = oz.Stream(), []
    drawn = []

    def draw(x):
        if not drawn:
            drawn.append(s.sink(got.append))
            s.emit(100)

    s.sink(draw)
    s.emit(1)
    assert got == []
    s.emit(2)
    assert got == [2]


def test_joins():
    a, b = oz.Stream("a"), oz.Stream("b")
    zipped = a.zip(b).sink_to_list()
    latest = a.combine_latest(b).sink_to_list()
    only_a = a.combine_latest(b, emit_on=a).sink_to_list()
    merged = a.union(b).sink_to_list()
    for source, x in ((a, 1), (b, "x"), (a, 2), (b, "y")):
        source.emit(x)
    assert zipped == [(1, "x"), (2, "y")]
    assert latest == [(1, "x"), (2, "x"), (2, "y")]
    assert only_a == [(2, "x")]
    assert merged == [1, "x", 2, "y"]


def test_a_diamond_gives_what_single_rows_give():
    s = oz.Stream()
    got = s.zip(s.map(lambda x: x * 10), s.map(str)).sink_to_list()
    for x in range(3):
        s.emit(x)
    assert got == [(0, 0, "0"), (1, 10, "1"), (2, 20, "2")]


def test_graphs_joined_after_they_began():
    a, b = oz.Stream("a"), oz.Stream("b")
    sums = a.accumulate(operator.add).sink_to_list()
    a.emit(1)
    b.emit("lost: nobody listens")
    got = a.union(b).sink_to_list()
    a.emit(2)
    b.emit(3)
    assert sums == [1, 3]
    assert got == [2, 3]


def test_connect_and_unmarked_cycle():
    a, b = oz.Stream("a"), oz.Stream("b")
    got = b.map(str).sink_to_list()
    a.connect(b)
    a.emit(1)
    b.emit(2)
    assert got == ["1", "2"]
    with pytest.raises(oz.GraphError, match="loop"):
        b.map(str).connect(a)


def test_feedback():
    s = oz.Stream()
    got = s.sink_to_list()
    s.map(lambda x: x + 1).filter(lambda x: x < 5).feedback(s)
    s.emit(1)
    assert got == [1, 2, 3, 4]
    s.emit(3)
    assert got == [1, 2, 3, 4, 3, 4]


def test_crawler_goes_round_until_nothing_is_new():
    links = {"a": "bc", "b": "ad", "c": "", "d": "abcd"}
    s = oz.Stream()
    pages = s.unique()
    got = pages.sink_to_list()
    pages.flat_map(links.__getitem__).feedback(s)
    s.emit("a")
    assert got == ["a", "b", "c", "d"]


def test_partition_flush_and_close():
    s = oz.Stream()
    got = s.partition(3).sink_to_list()
    for x in range(4):
        s.emit(x)
    assert got == [(0, 1, 2)]
    s.flush()
    assert got == [(0, 1, 2), (3,)]
    s.emit(4)
    s.close()
    assert got == [(0, 1, 2), (3,), (4,)]


def test_emit_after_close():
    s = oz.Stream()
    got = s.sink_to_list()
    s.emit(1)
    s.close()
    s.close()
    with pytest.raises(oz.ClosedError, match="close"):
        s.emit(2)
    assert got == [1]


def test_final_at_close():
    s = oz.Stream()
    total, updates = s.sum(), []
    total.sink(updates.append)
    finals = s.sum().final().sink_to_list()
    for x in (1, 2, 3):
        s.emit(x)
    assert finals == []
    s.close()
    assert finals == [6]
    assert updates == [1, 3, 6]


def test_only_sources_emit():
    with pytest.raises(oz.GraphError, match="source"):
        oz.Stream().map(str).emit(1)
    with pytest.raises(oz.GraphError, match="source"):
        oz.of(1).emit(1)


def test_pushed_streams_are_not_pulled():
    s = oz.Stream()
    with pytest.raises(oz.GraphError, match="pushed"):
        s.map(str).to_list()
    with pytest.raises(oz.GraphError, match="to_list"):
        oz.of(1).sink_to_list()


def test_emit_takes_one_element():
    with pytest.raises(TypeError):
        oz.Stream().emit()
    with pytest.raises(TypeError):
        oz.Stream().emit(1, 2)


def test_slice_in_a_pushed_graph_stops_by_itself():
    s = oz.Stream()
    got = s.first(2).sink_to_list()
    everything = s.sink_to_list()
    for x in range(4):
        s.emit(x)
    assert got == [0, 1]
    assert everything == [0, 1, 2, 3]


def test_keyed_steps_in_a_pushed_graph():
    s = oz.Stream()
    got = s.key_by(lambda x: x % 2).sum().sink_to_list()
    for x in range(5):
        s.emit(x)
    assert got == [(0, 0), (1, 1), (0, 2), (1, 4), (0, 6)]


def test_long_chain():
    s = oz.Stream()
    step = s
    for _ in range(500):
        step = step.map(lambda x: x + 1)
    got = step.sink_to_list()
    s.emit(0)
    assert got == [500]
