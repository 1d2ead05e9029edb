"""Measures Ouzel against its rivals and prints one table.

    bench/run [name ...] [--quick] [--json FILE]

The names are those of the workloads, all by default. Ratios are ouzel to rival, from runs in
alternating order: ratio of medians (lowest..highest pair). The README explains the columns.
"""

import argparse
import importlib
import os
import sys

import build
import contest
import machine

WORKLOADS = (
    "chain",
    "wordcount",
    "tcp_words",
    "tcp_reply",
    "keyed",
    "survive",
    "rescale",
    "workers",
    "sender",
    "sql",
    "startup",
)


def print_table(session):
    """The rows in columns, the notes below."""
    head = ("what", "ouzel", "rival", "ratio (lowest..highest)", "target", "met?")
    lines = [head, *session.rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for number, line in enumerate(lines):
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))
    for note in session.notes:
        print(f"* {note}")
    for reason, names in session.failures.items():
        print(f"* no figure of {', '.join(names)}: {reason}")


def parse():
    """The arguments of the command line."""
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(WORKLOADS))
    parser.add_argument("--quick", action="store_true", help="small and few: a smoke test")
    parser.add_argument("--json", metavar="FILE", type=argparse.FileType("w"), help="every run")
    arguments = parser.parse_args()
    for name in arguments.names:
        if name not in WORKLOADS:
            parser.error(f"no workload {name}; there are {', '.join(WORKLOADS)}")
    return arguments


def main():
    arguments = parse()
    build.build()
    os.sched_setaffinity(0, {contest.HARNESS_CORE})
    session = contest.Session(arguments.quick, arguments.json)
    facts, before = machine.describe(), machine.load()
    session.record(machine=facts, quick=arguments.quick, load=before)
    for name in arguments.names or WORKLOADS:
        importlib.import_module(name).run(session)
    after = machine.load()
    session.record(load=after)
    for name, value in facts.items():
        print(f"{name}: {value}")
    print(f"load: {before} before, {after} after\n")
    print_table(session)
    return 0


if __name__ == "__main__":
    sys.exit(main())
