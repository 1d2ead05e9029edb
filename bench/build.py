"""Builds the hand-written C programs of ceilings/ into build/bench/ with the system's compiler."""

import os
import pathlib
import shlex
import subprocess
import sys
import sysconfig

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = HERE / "ceilings"
OUTPUT = HERE.parent / "build" / "bench"

FLAGS = "-std=c11 -D_GNU_SOURCE -O3 -march=native -Wall -Wextra -Wconversion -Werror"
PROGRAMS = {
    "gen_text": ["gen_text.c"],
    "words_fast": ["words_main.c", "words_fast.c", "words_table.c"],
    "words_plain": ["words_main.c", "words_plain.c"],
    "keyed": ["keyed.c"],
    "tcp_load": ["tcp_load.c"],
}
LIBRARY = HERE.parent / "build" / "src" / "libouzel.a"
LINKED = {"sender": ["sender.c"]}  # with the engine's own library
EXTENSIONS = ["chain_ceiling", "epoll_server"]


def program(name):
    """The path of a built program."""
    return str(OUTPUT / name)


def compiler():
    """The compiler as words of a command."""
    return shlex.split(os.environ.get("CC", "gcc"))


def command(output, sources, *more):
    """The words that build an output."""
    paths = [str(SOURCES / source) for source in sources]
    return [*compiler(), *FLAGS.split(), *paths, "-o", str(output), *more]


def commands():
    """Each output with the command that makes it."""
    for name, sources in PROGRAMS.items():
        yield OUTPUT / name, command(OUTPUT / name, sources, "-lm")
    for name, sources in LINKED.items():
        more = ["-isystem", str(HERE.parent / "include"), str(LIBRARY), "-lm", "-pthread"]
        yield OUTPUT / name, command(OUTPUT / name, sources, *more)
    include = sysconfig.get_path("include")
    for name in EXTENSIONS:
        output = OUTPUT / (name + sysconfig.get_config_var("EXT_SUFFIX"))
        yield output, command(output, [name + ".c"], "-shared", "-fPIC", "-isystem", include)


def is_fresh(output, words):
    """Whether an output is younger than all sources and was made by this command."""
    stamp = output.with_name(output.name + ".command")
    if not output.exists() or not stamp.exists() or stamp.read_text() != shlex.join(words):
        return False
    parts = [*SOURCES.iterdir(), LIBRARY]
    return all(part.stat().st_mtime <= output.stat().st_mtime for part in parts)


def build():
    """Builds what is missing or stale."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    for output, words in commands():
        if not is_fresh(output, words):
            subprocess.run(words, check=True)
            output.with_name(output.name + ".command").write_text(shlex.join(words))


if __name__ == "__main__":
    sys.exit(build())
