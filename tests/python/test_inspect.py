"""Looking into state folders: from Python and from the command line."""

import itertools
import json
import os
import subprocess
import sys

import ouzel as oz
import pytest

PROGRAM = """
import ouzel as oz

def remember(seen, word):
    seen.append(word)
    return word

words = oz.from_text("in*.txt", name="in").flat_map(str.split, name="words")
counts = words.key_by().count(name="counts")
lists = words.key_by(len).stateful(remember, init=list, name="lists")
unique = words.unique(name="unique")
oz.run(*(s.sink(lambda row: None) for s in (counts, lists, unique)))
"""


@pytest.fixture
def folder(tmp_path):
    """A job of two workers that has come to its end."""
    for number in range(2):
        (tmp_path / f"in{number}.txt").write_text("to be or not\nto be\n")
    (tmp_path / "app.py").write_text(PROGRAM)
    command = [sys.executable, "-m", "ouzel", "run", "app.py", "--workers", "2"]
    subprocess.run([*command, "--state", "state"], cwd=tmp_path, check=True, timeout=60)
    return tmp_path


def ouzel(folder, *arguments):
    command = [sys.executable, "-m", "ouzel", "inspect", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


def test_steps_tables_and_positions(folder):
    found = oz.inspect(folder / "state")
    assert found.ended and found.workers == 2 and found.generation == 1
    assert {worker for _, worker, _ in found.files} == {0, 1}
    positions = {}
    for step in found.steps:
        if step.name == "in":
            assert step.operator == "files"
            positions.update(step.positions)
    assert positions == {"in0.txt": 19, "in1.txt": 19}
    assert found.table("counts") == {"to": 4, "be": 4, "or": 2, "not": 2}


def test_objects_stay_pickled_unless_they_are_asked_for(folder):
    closed = oz.inspect(folder / "state").table("lists")
    assert set(closed) == {2, 3}
    assert all(isinstance(value, oz.Pickled) for value in closed.values())
    assert "pickle of" in repr(closed[2])
    opened = oz.inspect(folder / "state", unpickle=True).table("lists")
    assert opened[3] == ["not", "not"] and sorted(set(opened[2])) == ["be", "or", "to"]


def test_a_pickle_is_not_run(tmp_path):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "run"),)

    trapped = oz.of(1).key_by().stateful(lambda state, x: x, init=Trap, name="trap")
    trapped.sink(lambda row: None).run(state=tmp_path / "state")
    assert isinstance(oz.inspect(tmp_path / "state").table("trap")[1], oz.Pickled)
    assert not (tmp_path / "run").exists()
    oz.inspect(tmp_path / "state", unpickle=True)
    assert (tmp_path / "run").exists()


def test_a_table_that_is_not_there_is_told(folder):
    found = oz.inspect(folder / "state")
    with pytest.raises(KeyError, match="there is no table 'none'; there are: .*counts of counts"):
        found.table("none")


def test_tables_of_several_keys_without_one_and_of_maps(tmp_path):
    rows = oz.of(3, 4, 3, 5)
    total = rows.accumulate(lambda a, x: a + x, start=0, name="total")
    seen = rows.key_by(lambda x: x % 2).unique(name="seen")
    last = rows.key_by().partition(2, name="pairs")
    oz.run(*(s.sink(lambda row: None) for s in (total, seen, last)), state=tmp_path / "state")
    found = oz.inspect(tmp_path / "state")
    assert found.table("total") == {None: 15}
    assert found.table("seen") == {1: {3: 0, 5: 0}, 0: {4: 0}}
    assert found.table("pairs") == {}  # all were given on, at the end of the input
    with pytest.raises(KeyError, match="there is no table 'opened'; there are: .*opened of pairs"):
        found.table("opened", "seen")


def test_the_command(folder):
    text = ouzel(folder, "state").stdout
    assert "2 workers, its input has ended" in text and "checksum verified" in text
    assert "counts (count)" in text and "to 19" in text
    data = json.loads(ouzel(folder, "state", "--json").stdout)
    assert data["epoch"] > 0 and len(data["files"]) >= 2
    lines = ouzel(folder, "state", "--table", "counts").stdout.splitlines()
    assert sorted(lines) == ["'be': 4", "'not': 2", "'or': 2", "'to': 4"]
    assert ouzel(folder, "state", "--table", "counts", "--key", "to").stdout == "'to': 4\n"
    assert ouzel(folder, "state", "--table", "counts", "--key", "none").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("nothing",), 1, "'nothing' is no state folder: it has no manifest"),
        (("in0.txt",), 1, "'in0.txt' is no state folder"),
        (("state", "--table", "x"), 2, "there is no table 'x'; there are: "),
    ],
)
def test_mistakes(arguments, code, words, folder):
    ended = ouzel(folder, *arguments)
    assert ended.returncode == code and words in ended.stderr
    assert not (folder / "nothing").exists()


def test_a_damaged_file_is_named(folder):
    name = oz.inspect(folder / "state").files[0][0]
    path = folder / "state" / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(oz.StateError, match=name):
        oz.inspect(folder / "state")
    assert ouzel(folder, "state").returncode == 1


class _UntilSeen:
    """Words without end, until four epochs were seen: however slow the disk is."""

    def __init__(self, looks):
        self.looks = looks

    def __iter__(self):
        for number in itertools.count():
            if len(set(self.looks)) >= 4:
                return
            yield f"w{number % 100}"


def test_a_job_that_runs_is_looked_into(tmp_path):
    looks = []

    def look(row):
        if row[1] % 50 == 0 and (tmp_path / "state/manifest").exists():
            found = oz.inspect(tmp_path / "state")
            if found.epoch > 0:
                looks.append(sum(found.table("counts").values()))

    counts = oz.from_iterable(_UntilSeen(looks), name="in").key_by().count(name="counts")
    counts.sink(look).run(state=tmp_path / "state", checkpoint=0.001)
    assert looks == sorted(looks) and len(set(looks)) > 3
