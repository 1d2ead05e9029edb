"""Savepoints: copies of a state folder from which a job begins."""

import shutil
import subprocess
import sys
from collections import Counter

import ouzel as oz
import pytest

PROGRAM = """
import ouzel as oz

words = oz.from_text("in*.txt", name="in").map(str.strip, name="words")
slow = words.map(lambda word: (sum(range(2000)), word)[1], name="slow")
numbered = slow.key_by().count(name="counts").starmap("{} {}".format, name="lines")
numbered.to_text("out.txt", name="out").run()
"""
LINES = 60_000


@pytest.fixture
def folder(tmp_path):
    for number in range(2):
        lines = "".join(f"w{i % 50}\n" for i in range(LINES // 2))
        (tmp_path / f"in{number}.txt").write_text(lines)
    (tmp_path / "app.py").write_text(PROGRAM)
    return tmp_path


def ouzel(folder, *arguments):
    command = [sys.executable, "-m", "ouzel", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


def start(folder, *arguments):
    command = [sys.executable, "-m", "ouzel", "run", "app.py", "--checkpoint", "0.01"]
    return subprocess.Popen(
        [*command, *arguments], cwd=folder, stderr=subprocess.PIPE, text=True
    )


def expected():
    return Counter(f"w{i % 50} {2 * (i // 50) + k}" for i in range(LINES // 2) for k in (1, 2))


def lines_of(path):
    return Counter(path.read_text().splitlines())


def wait_for_epoch(folder, process):
    while process.poll() is None:
        try:
            if oz.inspect(folder / "state").epoch > 0:
                return
        except oz.OuzelError:
            pass


def test_a_job_goes_on_from_one(folder):
    process = start(folder, "--workers", "2", "--state", "state")
    wait_for_epoch(folder, process)
    said = ouzel(folder, "savepoint", "state", "kept")
    assert said.returncode == 0 and "is in kept" in said.stdout, said.stderr
    counted = sum(oz.inspect(folder / "kept").table("counts").values())
    assert 0 < counted < LINES
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert lines_of(folder / "out.txt") == expected()

    begun = start(folder, "--workers", "3", "--from", "kept", "--state", "other")
    _, errors = begun.communicate(timeout=60)
    assert begun.returncode == 0 and "goes on from epoch" in errors, errors
    assert lines_of(folder / "out.txt") == expected()
    assert sum(oz.inspect(folder / "kept").table("counts").values()) == counted


def test_it_is_made_of_a_folder_in_which_no_job_runs(folder, tmp_path):
    oz.of("a", "b", "a").key_by().count().sink(lambda row: None).run(state=folder / "state")
    assert oz.savepoint(folder / "state", folder / "kept").table("counts") == {"a": 2, "b": 1}
    assert (folder / "kept").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("savepoint", "nothing", "kept"), 1, "'nothing' is no state folder"),
        (("savepoint", "state", "state"), 1, "'state' is not empty"),
        (("run", "app.py", "--from", "nothing", "--state", "new"), 1, "is no state folder"),
        (("run", "app.py", "--from", "state", "--state", "state"), 1, "'state' is not empty"),
        (("run", "app.py", "--from", "state"), 1, "--from needs --state"),
    ],
)
def test_mistakes(arguments, code, words, folder):
    oz.of("a").key_by().count().sink(lambda row: None).run(state=folder / "state")
    ended = ouzel(folder, *arguments)
    assert ended.returncode == code and words in ended.stderr
    assert not (folder / "kept").exists() and not (folder / "new").exists()


def test_a_folder_that_is_in_use_stays_as_it_is(folder):
    oz.of("a").key_by().count().sink(lambda row: None).run(state=folder / "state")
    folder.chmod(0o755)
    with pytest.raises(oz.StateError, match="is not empty"):
        oz.savepoint(folder / "state", folder)
    assert folder.stat().st_mode & 0o777 == 0o755


def test_a_damaged_folder_is_not_copied(folder):
    oz.of("a").key_by().count().sink(lambda row: None).run(state=folder / "state")
    name = oz.inspect(folder / "state").files[0][0]
    data = bytearray((folder / "state" / name).read_bytes())
    data[-9] ^= 1
    (folder / "state" / name).write_bytes(data)
    with pytest.raises(oz.StateError, match=name):
        oz.savepoint(folder / "state", folder / "kept")
    shutil.rmtree(folder / "state")
    with pytest.raises(oz.NotFoundError):
        oz.savepoint(folder / "state", folder / "kept")
