"""State folders: programs that are killed at any instant and started again."""

import os
import random
import signal
import subprocess
import sys
import textwrap
import time

import ouzel as oz
import pytest

HEAD = """
import operator, os, sys
import ouzel as oz

def count(seen, word):
    seen[word] = seen.get(word, 0) + 1
    return f"{word} {seen[word]}"

class Total:
    def __init__(self):
        self.words = []

def keep(total, word):
    total.words = (total.words + [word])[-3:]
    return " ".join(total.words)

def recent(state, word):
    times = state.get(word, 0) + 1
    state.set(word, times, ttl=1000)
    state.set("last", word, ttl=1e-9)
    return f"{word} {times} {state.get('first', '-')}"

class Triples(oz.Operator):
    stateful = True

    def on_batch(self, context, batch):
        for word in batch:
            held = (context.state or []) + [word]
            context.state = held if len(held) < 3 else []
            if len(held) == 3:
                context.emit(" ".join(held))

async def shout(word):
    import asyncio
    await asyncio.sleep(0)
    return word.upper()

words = oz.from_text("in.txt").flat_map(str.split)
"""

# What is between the words and the file. Each keeps something else in other kinds of tables.
TOPOLOGIES = {
    "stateful": "words.key_by(len).stateful(count, init=dict)",
    "objects": "words.key_by(len).stateful(keep, init=Total)",
    "native_count": 'words.key_by().count().starmap("{} {}".format)',
    "accumulate": "words.map(len).accumulate(operator.add, start=0).map(str)",
    "accumulate_by_key": "words.key_by(len).accumulate(lambda a, x: a + x[:1], start='').map(str)",
    "partition": "words.partition(7).map(' '.join)",
    "unique": "words.unique(maxsize=5).map(str)",
    "zip": "words.zip(words.map(len)).map(str)",
    "combine_latest": "words.combine_latest(words.map(str.upper)).map(str)",
    "branches": "oz.Stream.union(words.filter(lambda w: len(w) > 4), words.map(len).map(str))",
    "mean": "words.map(len).mean().map(str)",
    "window": (
        "words.map(len).accumulate(operator.add, start=0).event_time(lambda n: n / 100)"
        ".tumbling(2).count().map(str)"
    ),
    "slice": "words.slice(start=3, step=2).map(str)",
    "reduce": "words.key_by(len).reduce(max).map(str)",
    "store": "words.key_by(len).stateful(recent, init=oz.State)",
    "operator": "words.through(Triples())",
    "coroutine": "words.filter(lambda w: len(w) == 9).map(shout, concurrency=5)",
}
KILLS = 3  # of each


@pytest.fixture
def folder(tmp_path):
    draw = random.Random(5)
    lines = (" ".join("w" * draw.randint(1, 9) for _ in range(8)) for _ in range(1500))
    (tmp_path / "in.txt").write_text("\n".join(lines) + "\n")
    return tmp_path


def start(folder, drawn, *, state=True):
    program = HEAD + textwrap.dedent(
        f"""
        out = {drawn}
        keywords = dict(state="state", checkpoint=0.002) if {state} else {{}}
        sys.exit(out.to_text("out.txt").run(**keywords))
        """
    )
    (folder / "app.py").write_text(program)
    return subprocess.Popen(
        [sys.executable, "app.py"], cwd=folder, stderr=subprocess.PIPE, text=True
    )


def committed(folder):
    try:
        return int((folder / "out.txt.committed").read_text() or 0)
    except FileNotFoundError:
        return 0


def kill_when_final(folder, process, size):
    """Kills it once so many bytes are final, or it has ended; whether it was killed."""
    while process.poll() is None and committed(folder) < size:
        time.sleep(0)
    was_killed = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return was_killed


def finish(process):
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return errors


@pytest.mark.parametrize("name", sorted(TOPOLOGIES))
def test_killed_and_started_again_it_writes_the_same(name, folder):
    finish(start(folder, TOPOLOGIES[name], state=False))
    expected = (folder / "out.txt").read_bytes()
    assert len(expected) > 100
    (folder / "out.txt").unlink()
    draw = random.Random(name)
    killed = 0
    for _ in range(KILLS):
        size = draw.randint(committed(folder), len(expected))
        killed += kill_when_final(folder, start(folder, TOPOLOGIES[name]), size)
        final = committed(folder)
        assert (folder / "out.txt").read_bytes()[:final] == expected[:final]
    finish(start(folder, TOPOLOGIES[name]))
    assert (folder / "out.txt").read_bytes() == expected
    assert committed(folder) == len(expected)
    assert killed > 0


def test_a_signal_makes_a_last_checkpoint_and_ends_nothing(folder):
    drawn = "words.key_by().count().final().starmap('{} {}'.format)"
    finish(start(folder, drawn, state=False))
    expected = sorted((folder / "out.txt").read_text().splitlines())
    slowly = drawn.replace("words", "words.map(lambda w: (sum(range(5000)), w)[1])", 1)
    process = start(folder, slowly)
    manifest = folder / "state" / "manifest"
    while not manifest.exists() or "epoch 0" in manifest.read_text():
        time.sleep(0)
    process.send_signal(signal.SIGTERM)
    finish(process)
    assert (folder / "out.txt").read_text() == ""  # final() gives nothing before the end
    errors = finish(start(folder, slowly))
    assert "goes on from epoch" in errors
    assert sorted((folder / "out.txt").read_text().splitlines()) == expected


def run(tmp_path, stream, **keywords):
    sink = stream.to_text(tmp_path / "out.txt", name="out")
    return sink.run(state=tmp_path / "state", **keywords)


def test_a_job_that_has_ended_says_so(folder, capsys, monkeypatch):
    monkeypatch.chdir(folder)
    words = oz.from_text("in.txt").flat_map(str.split)
    assert run(folder, words) == 0
    before = (folder / "out.txt").read_bytes()
    assert capsys.readouterr().err == ""
    assert run(folder, words) == 0
    assert "has come to the end of its input" in capsys.readouterr().err
    assert (folder / "out.txt").read_bytes() == before
    assert run(folder, words, fresh=True) == 0
    assert (folder / "out.txt").read_bytes() == before


def test_a_folder_that_others_may_read_is_refused(folder):
    (folder / "state").mkdir(mode=0o755)
    os.chmod(folder / "state", 0o755)
    with pytest.raises(oz.StateError, match="others may look into it"):
        run(folder, oz.from_text(folder / "in.txt", name="in"))


def test_damage_is_refused_and_left_alone(folder):
    run(folder, oz.from_text(folder / "in.txt", name="in"))
    manifest = folder / "state" / "manifest"
    damaged = manifest.read_bytes().replace(b"epoch 1", b"epoch 2")
    manifest.write_bytes(damaged)
    with pytest.raises(oz.StateError, match="manifest.*damaged or edited"):
        run(folder, oz.from_text(folder / "in.txt", name="in"))
    assert manifest.read_bytes() == damaged
    assert run(folder, oz.from_text(folder / "in.txt", name="in"), fresh=True) == 0


def stop_early(folder, draw):
    """A job that stops with an error after its first checkpoint."""

    def fail(line):
        """Rows go on slowly until the checkpoint is on the disk, however long that takes."""
        if "epoch 0" not in (folder / "state" / "manifest").read_text():
            raise RuntimeError("enough")
        sum(range(100_000))
        return line

    lines = oz.from_text(folder / "in.txt", name="in").map(fail, name="m")
    with pytest.raises(RuntimeError, match="enough"):
        run(folder, draw(lines), checkpoint=1e-6)
    assert "epoch 0" not in (folder / "state" / "manifest").read_text()


def test_a_changed_program_is_told_what_does_not_fit(folder):
    stop_early(folder, lambda s: s.unique(name="u"))
    lines = oz.from_text(folder / "in.txt", name="in").map(str, name="m")
    with pytest.raises(oz.StateError, match='step "u".*allow_dropped_state'):
        run(folder, lines)
    with pytest.raises(oz.StateError, match='step "u" is "unique".*"accumulate"'):
        run(folder, lines.accumulate(max, name="u").map(str))
    assert run(folder, lines, allow_dropped_state=True) == 0


def test_a_program_without_its_source_is_told(folder):
    stop_early(folder, lambda s: s)
    with pytest.raises(oz.StateError, match='how far step "in" has read.*allow_dropped_state'):
        run(folder, oz.of("a").map(str, name="m"))


def test_a_file_that_was_replaced_is_noticed(folder):
    stop_early(folder, lambda s: s)
    (folder / "in.txt").write_text("short\n")
    with pytest.raises(oz.StateError, match="was changed or replaced"):
        run(folder, oz.from_text(folder / "in.txt", name="in").map(str, name="m"))
    (folder / "in.txt").unlink()
    with pytest.raises(oz.NotFoundError, match="in.txt"):
        run(folder, oz.from_text(folder / "in.txt", name="in").map(str, name="m"))


def test_what_cannot_be_stored_names_its_step(folder):
    lines = oz.from_text(folder / "in.txt", name="in")
    counts = lines.key_by(len).stateful(lambda state, x: x, init=lambda: lambda: 0, name="odd")
    with pytest.raises(Exception, match="pickle") as caught:
        run(folder, counts)
    assert caught.value.ouzel.step == "odd"


def test_an_object_as_key_names_its_step(folder):
    class Key:
        pass

    lines = oz.from_text(folder / "in.txt", name="in").map(lambda line: line)
    with pytest.raises(oz.GraphError, match='step "n".*key function'):
        run(folder, lines.key_by(lambda line: Key()).count(name="n").map(str))


def test_arguments_are_checked(folder):
    with pytest.raises(ValueError, match="checkpoint is a number of seconds"):
        run(folder, oz.of("a"), checkpoint=0)
