"""Word count of a Zipf text: 200 MB, 34.8 M words, 200,000 of them different.

Every contestant opens the file, makes each line lower case, splits it at white space and counts;
the clock runs from opening to the finished table. Outside the clock the table is compared with a
known digest.
"""

import collections
import hashlib
import itertools
import os
import pathlib
import subprocess

import build
from contest import Contest, Stated, Target, Worker, mb_per_second, run_program

# The fast C program of another machine as a multiple of the plain one beside it.
STATED_FAST = 830 / 186
LINES = 2_900_000
WORDS_A_LINE = 12
# lines: first digits of SHA-256 of the text, and of its sorted lines "word<TAB>count".
DIGESTS = {
    29_000: ("ab2e8845e33fd7f5", "b6abcdd41e2103b7"),
    290_000: ("c8757567fbb5520a", "bc6a64c12ae42803"),
    2_900_000: ("29c450d6ebe94c73", "82964c411726197d"),
}


def text(lines):
    """The path of the text, written when it is missing, checked by its digest."""
    path = build.OUTPUT / f"zipf-{lines}.txt"
    if not path.exists():
        part = path.with_suffix(".part")
        with open(part, "wb") as out:
            subprocess.run([build.program("gen_text"), str(lines)], stdout=out, check=True)
        part.rename(path)
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if not found.startswith(DIGESTS[lines][0]):
        raise SystemExit(f"{path} has SHA-256 {found}; delete it")
    return path


def check_table(table, lines):
    """Compares lines b"word<TAB>count" with the known digest."""
    found = hashlib.sha256(b"".join(sorted(table))).hexdigest()
    if not found.startswith(DIGESTS[lines][1]):
        raise ValueError(f"the counts have SHA-256 {found}")


def checked(counts, path, lines):
    """What a contestant returns: the words it counted, and a check of its (word, count) pairs."""

    def check():
        check_table((f"{word}\t{count}\n".encode() for word, count in counts), lines)
        return {"bytes": os.path.getsize(path)}

    return lines * WORDS_A_LINE, check


# Contestants. Each prepares a run and returns it; see worker.py.


def ouzel(path, lines, python=False):
    import ouzel as oz

    lower = (lambda word: word.lower()) if python else str.lower
    words = oz.from_text(path).flat_map(str.split).map(lower)
    return lambda: checked(words.key_by().count().final().to_dict().items(), path, lines)


def counter(path, lines):
    def run():
        counts = collections.Counter()
        with open(path, encoding="utf-8") as file:
            for line in file:
                counts.update(line.lower().split())
        return checked(counts.items(), path, lines)

    return run


def plain_python(path, lines):
    """The program with a Python function in the middle, by nothing but iterators made in C."""
    lower = lambda word: word.lower()  # noqa: E731

    def run():
        with open(path, encoding="utf-8") as file:
            words = itertools.chain.from_iterable(map(str.split, file))
            counts = collections.Counter(map(lower, words))
        return checked(counts.items(), path, lines)

    return run


def duckdb(path, lines):
    import duckdb as db

    link = db.connect(config={"threads": 1})
    query = """
        SELECT word, count(*) FROM (
            SELECT unnest(string_split(lower(line), ' ')) AS word
            FROM read_csv(?, columns = {'line': 'VARCHAR'}, header = false, delim = '\x01',
                          quote = '', escape = '', auto_detect = false))
        WHERE word <> '' GROUP BY word"""
    return lambda: checked(link.execute(query, [path]).fetchall(), path, lines)


def polars(path, lines):
    import polars as pl

    def run():
        options = {"has_header": False, "separator": "\x01", "quote_char": None}
        rows = pl.scan_csv(path, new_columns=["word"], **options)
        words = rows.select(pl.col("word").str.to_lowercase().str.split(" ")).explode("word")
        table = words.group_by("word").len().collect(engine="streaming")
        return checked(table.iter_rows(), path, lines)

    return run


def bytewax(path, lines):
    import bytewax.operators as op
    from bytewax.connectors.files import FileSource
    from bytewax.dataflow import Dataflow
    from bytewax.testing import TestingSink, run_main

    found, flow = [], Dataflow("words")
    stream = op.input("in", flow, FileSource(path, batch_size=1000))
    stream = op.flat_map("words", stream, lambda line: line.lower().split())
    op.output("out", op.count_final("count", stream, lambda word: word), TestingSink(found))

    def run():
        run_main(flow)
        return checked(found, path, lines)

    return run


def pathway(path, lines):
    """Measured where it is installed: its requirements are 1.5 GB."""
    import pathway as pw
    from pathway.internals.parse_graph import G

    found = {}
    G.clear()  # of the run before

    def update(key, row, time, is_addition):
        if is_addition:
            found[row["word"]] = row["count"]

    rows = pw.io.plaintext.read(path, mode="static")
    split = pw.apply_with_type(lambda line: line.lower().split(), list[str], pw.this.data)
    words = rows.select(word=split).flatten(pw.this.word)
    counts = words.groupby(pw.this.word).reduce(pw.this.word, count=pw.reducers.count())
    pw.io.subscribe(counts, update)

    def run():
        pw.run(monitoring_level=pw.MonitoringLevel.NONE)
        return checked(found.items(), path, lines)

    return run


def c_program(name, path, lines):
    """A runner of a hand-written C program; its table goes through a file."""
    table = build.OUTPUT / f"{name}.table"

    def run():
        found = run_program(build.program(name), path, table)
        with open(table, "rb") as file:
            check_table(file, lines)
        return found

    return run


# The contests.

MB = (mb_per_second, "MB/s")
ONE_THREAD = {"POLARS_MAX_THREADS": "1"}
SLOW_LIBRARIES = ("bytewax", "pathway")


def start(names):
    return {name: Worker("wordcount", name, **ONE_THREAD) for name in names}


def native_rows(session, workers, path, lines):
    """Known functions only, against C and the batch engines."""
    where = {"path": str(path), "lines": lines}
    runners = {name: c_program(name, path, lines) for name in ("words_fast", "words_plain")}
    for name in ("ouzel", "duckdb", "polars", "counter"):
        runners[name] = workers[name].runner(**where)
    contest = Contest(session, "word count", runners).play(3 if session.quick else 5)
    stated = Stated("words_plain", STATED_FAST)
    contest.row("word count", "ouzel", "words_fast", *MB, Target(0.5, True), stated)
    contest.row("word count", "ouzel", "words_plain", *MB)
    contest.row("word count", "ouzel", "duckdb", *MB, Target(4, True))
    contest.row("word count", "ouzel", "polars", *MB, Target(4, True))
    contest.row("word count", "ouzel", "counter", *MB)
    contest.row("(the fast C program, to Counter)", "words_fast", "counter", *MB)


def python_rows(session, workers, path, lines):
    """One Python function in the middle."""
    where = {"path": str(path), "lines": lines}
    runners = {
        "ouzel": workers["ouzel"].runner(python=True, **where),
        "plain_python": workers["plain_python"].runner(**where),
    }
    contest = Contest(session, "word count, lambda", runners).play(3)
    contest.row("word count, one Python function", "ouzel", "plain_python", *MB, Target(2, True))


def library_rows(session, workers, path, lines):
    """Stream libraries in Python, on a part of the text: they are slow."""
    where = {"path": str(path), "lines": lines}
    runners = {name: workers[name].runner(**where) for name in ("ouzel", *SLOW_LIBRARIES)}
    contest = Contest(session, "word count, libraries", runners).play(1 if session.quick else 3)
    for name in SLOW_LIBRARIES:
        contest.row(f"word count, {lines:,} lines", "ouzel", name, *MB, Target(100, True))


def run(session):
    """All rows of this workload."""
    lines = LINES // 10 if session.quick else LINES
    part = lines // 10
    workers = start(("ouzel", "duckdb", "polars", "counter", "plain_python", *SLOW_LIBRARIES))
    native_rows(session, workers, text(lines), lines)
    python_rows(session, workers, text(lines), lines)
    library_rows(session, workers, text(part), part)
    for worker in workers.values():
        worker.close()
