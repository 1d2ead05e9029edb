"""Every example runs and gives what it says: docstrings, pages, programs in Python and in C."""

from __future__ import annotations

import contextlib
import doctest
import importlib
import io
import os
import pkgutil
import re
import shutil
import signal
import socket
import string
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

import ouzel

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted(p for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
SECONDS = 60.0
FENCE = re.compile(
    r"(?ms)^ *(<!-- test: (?P<order>[^\n]*?) -->\n *)?```(?P<kind>\w*)\n(?P<text>.*?)^ *```$"
)


# ---------------------------------------------------------------------------------- docstrings

MODULES = [
    m.name for m in pkgutil.walk_packages(ouzel.__path__, "ouzel.") if "._ouzel" not in m.name
]


@pytest.mark.parametrize("name", ["ouzel", *MODULES])
def test_docstrings(name):
    if name == "ouzel.__main__":
        pytest.skip("a program")
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert failed == 0


def public_functions():
    from ouzel.stream import Stream

    for cls in Stream.__mro__:
        if cls.__module__.startswith("ouzel.") and "._ouzel" not in cls.__module__:
            for name, value in vars(cls).items():
                if not name.startswith("_") and callable(getattr(value, "fget", value)):
                    yield f"{cls.__name__}.{name}", getattr(value, "fget", value)
    for name in ouzel.__all__:
        value = getattr(ouzel, name)
        if callable(value) and not isinstance(value, type):
            yield name, value


def test_every_public_function_has_an_example():
    missing = [
        name
        for name, function in public_functions()
        if ">>>" not in (getattr(function, "__doc__", None) or "") and hasattr(function, "__code__")
    ]
    assert missing == []


# ---------------------------------------------------------------------------------- pages


def blocks(page):
    """(line, kind, text, order) of the fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        yield text.count("\n", 0, match.start("text")) + 1, *match.group("kind", "text", "order")


def run_doctest(text, names, place):
    """A block of `>>>` lines."""
    said = io.StringIO()
    examples = doctest.DocTestParser().get_doctest(text, names, place, place, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False)
    runner.run(examples, out=said.write, clear_globs=False)
    names.update(examples.globs)
    assert runner.failures == 0, said.getvalue()


def run_plain(text, names, place, line):
    """A block as it would stand in a program; returns what it printed."""
    said = io.StringIO()
    code = compile("\n" * (line - 1) + text, place, "exec")
    with contextlib.redirect_stdout(said):
        exec(code, names)
    return said.getvalue()


def serve(text, order, folder):
    """A block that is a program that runs until it is stopped; `order` says what it answers."""
    sent, _, answers = order.partition(" by ")
    port = free_port()
    program = folder / "server.py"
    program.write_text(text.replace("7010", str(port)), encoding="utf-8")
    process = subprocess.Popen([sys.executable, str(program)])
    with stopping(process):
        with connect(process, port) as peer, peer.makefile("rw", newline="\n") as file:
            for line in re.findall(r'"(.*?)"', sent):
                file.write(line + "\n")
            file.flush()
            wanted = re.findall(r'"(.*?)"', answers)
            assert [file.readline().rstrip("\n") for _ in wanted] == wanted
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page(page, tmp_path, monkeypatch):
    """The Python blocks of a page, one after another, as one program in a clone of the tree."""
    shutil.copy(ROOT / "LICENSE", tmp_path)
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "page"}
    printed = None
    for line, kind, text, order in blocks(page):
        place = f"{page.name}:{line}"
        if kind == "python" and order:
            if order.startswith("a server"):
                serve(text, order, tmp_path)
            else:
                assert order.startswith("by tests/python/"), order
        elif kind == "python" and ">>>" in text:
            run_doctest(text, names, place)
        elif kind == "python":
            assert not printed, f"{place}: what the block before it prints is not shown"
            printed = run_plain(text, names, place, line)
            continue
        elif kind == "text" and printed is not None:
            assert printed == text, f"{place}: it prints\n{printed}"
        printed = None
    assert not printed


def anchors(page):
    """The names of the headings of a page, as links use them."""
    for heading in re.findall(r"(?m)^#+ (.+)$", page.read_text(encoding="utf-8")):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links(page):
    """Links lead to files and headings of the tree; make targets and tools that are named exist."""
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", text)):
        path, _, anchor = target.partition("#")
        if re.match(r"\w+:", target):
            continue
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        assert not anchor or anchor in set(anchors(file)), target
    targets = re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"))
    for target in re.findall(r"(?m)(?:^|`)make ([a-z-]+)", text):
        assert target in targets, f"make {target}"
    for tool in re.findall(r"\btools/[\w.-]*\w", text):
        assert (ROOT / tool).exists() or list(ROOT.glob(tool + "*")), tool


def test_generated_pages_are_fresh():
    command = [sys.executable, str(ROOT / "tools/gen-docs"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_operators_page_is_that_of_the_engine():
    """gen-docs reads the sources; the engine that is built knows the same operators and ports."""
    from ouzel import _ouzel

    page = (ROOT / "docs/operators.md").read_text(encoding="utf-8")
    index = " ".join(page.split()).replace("\\", "")
    for name, summary in _ouzel.operators().items():
        assert f"- [{name}](#{name}): {summary}" in index
        part = re.search(rf"(?ms)^### {name}\n(.*?)(?=^##|\Z)", page).group(1)
        ports = re.search(r"(?ms)^Ports: (.*?)\n\n", part).group(1).partition(" -> ")[2]
        assert tuple(re.findall(r"`(\w+)`", ports)) == _ouzel.outputs(name)


def source_text():
    """All that the sources may say: string literals, joined as the compilers join them."""
    files = [*ROOT.glob("src/*/*.c"), *ROOT.glob("python/*/*.c"), *ROOT.glob("python/ouzel/*.py")]
    files += ROOT.glob("include/ouzel/*.h")
    text = "\n".join(f.read_text(encoding="utf-8") for f in files if "_test" not in f.name)
    return re.sub(r'"\s*\n\s*f?"', "", text).replace('\\"', '"').replace("\\'", "'")


def test_messages_are_those_of_the_sources():
    """What errors.md quotes at the beginning of an item is said somewhere, but for the `...`."""
    said = source_text()
    page = (ROOT / "docs/errors.md").read_text(encoding="utf-8")
    quoted = []
    for item in re.findall(r"(?ms)^- (`.*?)(?=^- |^#|\Z)", page):
        head = re.match(r"(?s)((`[^`]+`)(, (in a step )?|\s+and\s+)?)+", item).group()
        quoted += re.findall(r"(?s)`(?!OZ_)([^`]+)`", head)
    texts = [" ".join(text.split()) for text in quoted]
    parts = [part.strip(" :'") for text in texts for part in text.split("...")]
    systems = ("No such file", "Address already", "unhashable", "argument, but", "byte 0")
    parts = [p.removeprefix("cannot ") for p in parts if not any(s in p for s in systems)]
    missing = [part for part in parts if part not in said]
    assert len(quoted) > 30 and missing == []


# ---------------------------------------------------------------------------------- processes


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@contextlib.contextmanager
def stopping(process):
    """Leaves no process behind, whatever happens."""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(SECONDS)


def connect(process, port):
    """A connection to a process that is about to listen."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            peer = socket.create_connection(("127.0.0.1", port))
            peer.settimeout(SECONDS)
            return peer
        except ConnectionRefusedError:
            assert process.poll() is None, "it ended before it listened"
            assert time.monotonic() < deadline, "it does not listen"
            threading.Event().wait(0.01)


# ---------------------------------------------------------------------------------- word_count.py

TEXT = """\
The cat sat on the mat; the MAT was flat!

  "Stra\u00dfe", \u00c9t\u00e9 (\u00e9t\u00e9)\u2003na\u00efve -- 42 times 42...
\ttabs\tand\u00a0no-break, CRLF\r
!!! ??? ---
the end
"""


def words(line):
    """The words of a line, in the words of the task."""
    pieces = (piece.strip(string.punctuation) for piece in line.lower().split())
    return [piece for piece in pieces if piece]


def results(lines):
    """What word_count.py must give: a line for each word, in the order of the words."""
    counts = Counter()
    for line in lines:
        for word in words(line):
            counts[word] += 1
            yield f"{word} => {counts[word]}"


def text_lines():
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    return [*(TEXT + licence).split("\n")[:-1], *TEXT.split("\n")[:-1]]


def framed(lines, framing):
    """The lines as they go over the network."""
    data = [line.encode() for line in lines]
    if framing == "lines":
        return b"".join(line + b"\n" for line in data)
    return b"".join(len(line).to_bytes(4, "big") + line for line in data)


def pieces_of(data):
    """The bytes cut anywhere: inside lengths, characters and words."""
    at, size = 0, 1
    while at < len(data):
        yield data[at : at + size]
        at, size = at + size, size % 97 * 3 % 89 + 1


class WordCount:
    """word_count.py as a process: a socket that feeds it, and one that takes its results."""

    def __init__(self, framing, native, workers=None):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(SECONDS)
        self.port = free_port()
        program = str(ROOT / "examples/word_count.py")
        command = [sys.executable, program]
        if workers is not None:
            command = [sys.executable, "-m", "ouzel", "run", program]
            command += ["--workers", str(workers), "--"]
        command += ["--in", f"127.0.0.1:{self.port}", "--framing", framing]
        command += ["--out", f"127.0.0.1:{self.listener.getsockname()[1]}"]
        self.process = subprocess.Popen(command + ["--native"] * native)

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.listener)
            stack.enter_context(stopping(self.process))
            self.feed = stack.enter_context(connect(self.process, self.port))
            self.feed.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            taker, _ = self.listener.accept()
            taker.settimeout(SECONDS)
            self.taker = stack.enter_context(taker)
            self.results = stack.enter_context(taker.makefile("r", encoding="utf-8", newline="\n"))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *about):
        self._stack.close()

    def read(self, count):
        """The next results."""
        return [self.results.readline().removesuffix("\n") for _ in range(count)]

    def terminate(self):
        """Asks it to end; returns what it still gave."""
        self.process.send_signal(signal.SIGTERM)
        rest = self.results.read()
        assert self.process.wait(SECONDS) == 0
        return rest


@pytest.mark.parametrize("native", [False, True], ids=["plain", "native"])
@pytest.mark.parametrize("framing", ["lines", "u32"])
def test_word_count(framing, native):
    """A text cut anywhere; all results, in order; a second peer goes on with the same counts."""
    lines = text_lines()
    half = len(lines) // 2
    expected = list(results(lines))
    first = len(list(results(lines[:half])))
    with WordCount(framing, native) as job:
        for piece in pieces_of(framed(lines[:half], framing)):
            job.feed.sendall(piece)
        assert job.read(first) == expected[:first]
        job.feed.close()
        with connect(job.process, job.port) as feed:
            feed.sendall(framed(lines[half:], framing))
            assert job.read(len(expected) - first) == expected[first:]
            assert job.terminate() == ""


@pytest.mark.parametrize("native", [False, True], ids=["plain", "native"])
def test_word_count_answers_each_message_at_once(native):
    with WordCount("lines", native) as job:
        for count in range(1, 50):
            job.feed.sendall(b"Word!\n")
            assert job.read(1) == [f"word => {count}"]
        assert job.terminate() == ""


def by_word(results):
    """The results of each word in their order: words of different workers have none."""
    found = {}
    for result in results:
        found.setdefault(result.split(" => ")[0], []).append(result)
    return found


@pytest.mark.parametrize("native", [False, True], ids=["plain", "native"])
def test_word_count_with_three_workers(native):
    lines = text_lines()
    expected = list(results(lines))
    with WordCount("lines", native, workers=3) as job:
        for piece in pieces_of(framed(lines, "lines")):
            job.feed.sendall(piece)
        assert by_word(job.read(len(expected))) == by_word(expected)
        for count in range(1, 50):  # each is answered at once, by whichever worker has it
            job.feed.sendall(b"one-of-49\n")
            assert job.read(1) == [f"one-of-49 => {count}"]
        assert job.terminate() == ""


def test_word_count_drains_what_it_has_read():
    """Stopped amid a stream: whole results, none left out between the first and the last."""
    lines = text_lines() * 20
    expected = list(results(lines))
    with WordCount("lines", False) as job:
        data = framed(lines, "lines")
        sender = threading.Thread(target=send_until_refused, args=(job.feed, data))
        sender.start()
        got = job.read(1)
        got += job.terminate().split("\n")
        sender.join(SECONDS)
        assert got.pop() == ""
        assert got == expected[: len(got)]


def send_until_refused(feed, data):
    with contextlib.suppress(OSError):
        feed.sendall(data)


def test_word_count_skips_what_is_not_text():
    with WordCount("lines", False) as job:
        job.feed.sendall(b"good\n\xff\xfe bad\ngood\n")
        assert job.read(2) == ["good => 1", "good => 2"]
        assert job.terminate() == ""


def test_demo():
    """It checks itself."""
    command = [sys.executable, str(ROOT / "examples/demo.py"), str(ROOT / "LICENSE")]
    done = subprocess.run(
        [*command, "--seconds", "0.2"], capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "agree with an independent count" in done.stdout


# ---------------------------------------------------------------------------------- C


@pytest.mark.skipif("OUZEL_SANITIZER" in os.environ, reason="has a sanitizer of its own")
def test_c_examples():
    """Built through pkg-config, run with leak detection, output compared."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools/run-examples")],
        capture_output=True,
        text=True,
        timeout=4 * SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
