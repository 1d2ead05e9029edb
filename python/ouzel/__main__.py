"""The command `ouzel`; also `python -m ouzel`."""

from __future__ import annotations

import argparse
import importlib.metadata
import sys

from ._ouzel import operators


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="ouzel", description="Stream processing in Python on an engine in C."
    )
    version = importlib.metadata.version("ouzel")
    parser.add_argument("--version", action="version", version=f"ouzel {version}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("operators", help="list the operators of this build")
    given = parser.parse_args(arguments)
    if given.command == "operators":
        for name in sorted(operators()):
            print(name)
        return 0
    parser.print_help()
    return 0


if __name__ == "__main__":
    sys.exit(main())
