"""The command `ouzel`; also `python -m ouzel`."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import subprocess
import sys
from typing import Any

from ._autoscale import bounds_of
from ._guarantees import ASKED, GUARANTEES, guarantee_of
from ._ouzel import OuzelError, StateError, operators
from ._scaling import SEATS
from ._watch import PATIENCE_S, bytes_of


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; returns the exit status."""
    parser = _parser()
    words = list(sys.argv[1:] if arguments is None else arguments)
    end = words.index("--") if "--" in words else len(words)
    given = parser.parse_args(words[:end])
    given.arguments = words[end + 1 :]
    if given.command is None:
        parser.print_help()
        return 0
    try:
        code: int = given.call(given)
    except OuzelError as error:
        print(f"ouzel: {error}", file=sys.stderr)
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ouzel",
        description="Stream processing in Python on an engine in C.",
        epilog="Exit codes: 0 the job has ended or was stopped; 1 a step failed; 2 the command "
        "makes no sense; 3 a worker died and the job could not go on.",
    )
    version = importlib.metadata.version("ouzel")
    parser.add_argument("--version", action="version", version=f"ouzel {version}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_run(commands)
    for name, call, text in (
        ("status", _status, "say how far the job in a state folder is"),
        ("checkpoint", _checkpoint, "ask it for a checkpoint now"),
        ("stop", _stop, "stop it after a last checkpoint, and wait until it has ended"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("state", metavar="STATE", help="its state folder")
        command.set_defaults(call=call)
    _add_scale(commands)
    _add_graph(commands)
    _add_inspect(commands)
    text = "copy what the job in a state folder has written, after a checkpoint if it runs"
    savepoint = commands.add_parser("savepoint", help=text, description=text)
    savepoint.add_argument("state", metavar="STATE", help="its state folder")
    savepoint.add_argument("to", metavar="TO", help="a new folder")
    savepoint.set_defaults(call=_savepoint)
    listing = commands.add_parser("operators", help="list the operators of this build")
    listing.set_defaults(call=_operators)
    return parser


def _program(path: str) -> str:
    if not os.path.exists(path):
        raise argparse.ArgumentTypeError(f"there is no file {path!r}")
    return path


def _add_run(commands: Any) -> None:
    text = "run a program that calls run() as a job of several workers"
    run = commands.add_parser(
        "run",
        help=text,
        description=text,
        usage="ouzel run PROGRAM [options] [-- ARGUMENT ...]",
        epilog="What follows -- is the sys.argv of the program.",
    )
    run.add_argument("program", type=_program, metavar="PROGRAM", help="a Python file")
    run.add_argument("--workers", type=int, default=1, metavar="N", help="processes (1)")
    run.add_argument("--state", metavar="DIR", help="the folder in which the job survives")
    run.add_argument(
        "--from",
        dest="begin",
        metavar="SAVEPOINT",
        help="begin from what `ouzel savepoint` has copied, in a state folder that is new",
    )
    run.add_argument(
        "--checkpoint", type=float, default=1.0, metavar="SECONDS", help="between two (1)"
    )
    run.add_argument("--fresh", action="store_true", help="forget what is in the folder")
    run.add_argument(
        "--allow-dropped-state",
        action="store_true",
        help="let go of the state of steps that the program no longer has",
    )
    run.add_argument(
        "--drain", type=float, default=10.0, metavar="SECONDS", help="for the end (10)"
    )
    run.add_argument(
        "--patience",
        type=float,
        default=PATIENCE_S,
        metavar="SECONDS",
        help="a step that takes longer is taken for hung, with --state; 0: never (300)",
    )
    run.add_argument(
        "--memory", type=_size, default=0, metavar="SIZE", help="of a worker: 500M, 2.5G (any)"
    )
    run.add_argument(
        "--workers-max",
        type=int,
        default=0,
        metavar="N",
        help=f"that `ouzel scale` may ask for ({SEATS} for a job of several with --state)",
    )
    run.add_argument(
        "--autoscale",
        type=_bounds,
        metavar="MIN-MAX",
        help="have more workers when all are busy, and less when they are not, with --state",
    )
    run.add_argument(
        "--guarantee",
        choices=sorted(GUARANTEES),
        help="refuse to begin when a source or sink gives less",
    )
    run.set_defaults(call=_run)


def _add_scale(commands: Any) -> None:
    text = "let the job in a state folder go on with another number of workers"
    scale = commands.add_parser("scale", help=text, description=text)
    scale.add_argument("state", metavar="STATE", help="its state folder")
    scale.add_argument("workers", type=int, metavar="N", help="how many")
    scale.set_defaults(call=_scale)


def _bounds(text: str) -> tuple[int, int]:
    try:
        return bounds_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _size(text: str) -> int:
    try:
        return bytes_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _add_graph(commands: Any) -> None:
    text = "show what a program would run, and what each source and sink guarantees"
    graph = commands.add_parser(
        "graph",
        help=text,
        description=text,
        usage="ouzel graph PROGRAM [options] [-- ARGUMENT ...]",
    )
    graph.add_argument("program", type=_program, metavar="PROGRAM", help="a Python file")
    graph.add_argument(
        "--format", choices=["text", "dot", "mermaid", "json"], default="text", help="(text)"
    )
    graph.set_defaults(call=_graph)


def _add_inspect(commands: Any) -> None:
    text = "show what is in a state folder, whether its job runs or not"
    inspect = commands.add_parser("inspect", help=text, description=text)
    inspect.add_argument("state", metavar="STATE", help="the folder")
    inspect.add_argument("--json", action="store_true", help="for programs")
    inspect.add_argument("--table", metavar="NAME", help="its entries, a line each")
    inspect.add_argument("--step", metavar="NAME", help="of which step, where several have it")
    inspect.add_argument("--key", help="only of the key that is shown so")
    inspect.add_argument(
        "--unpickle", action="store_true", help="open pickled objects, which may run any code"
    )
    inspect.set_defaults(call=_inspect)


def _run(given: argparse.Namespace) -> int:
    from ._supervisor import Settings, supervise

    if given.begin is not None:
        if given.state is None:
            raise StateError("--from needs --state: the folder in which the job goes on")
        from ._savepoint import savepoint

        savepoint(given.begin, given.state)
    if given.autoscale is not None and given.state is None:
        raise StateError("--autoscale needs --state: keys go from worker to worker by way of it")
    settings = Settings(
        given.workers,
        given.state,
        given.checkpoint,
        given.fresh,
        given.allow_dropped_state,
        0,
        given.drain,
        guarantee_of(given.guarantee),
        given.patience,
        given.memory,
        given.workers_max,
        given.autoscale,
    )
    outcome = supervise([sys.executable, given.program, *given.arguments], settings)
    if outcome.message:
        print(f"ouzel: {outcome.message}", file=sys.stderr)
    return outcome.code


def _graph(given: argparse.Namespace) -> int:
    """The program runs up to its first run(), which prints instead, and says so in a pipe."""
    command = [sys.executable, given.program, *given.arguments]
    reads, writes = os.pipe()
    asked = {**os.environ, ASKED: f"{given.format} {writes}"}
    try:
        shown = subprocess.run(command, env=asked, pass_fds=[writes])
        os.close(writes)
        if shown.returncode == 0 and not os.read(reads, 1):
            print(f"ouzel: {given.program} has ended without calling run()", file=sys.stderr)
            return 1
    finally:
        os.close(reads)
    return shown.returncode


def _status(given: argparse.Namespace) -> int:
    from ._control import request

    print(json.dumps(request(given.state, "status"), indent=2))
    return 0


def _checkpoint(given: argparse.Namespace) -> int:
    from ._control import request

    request(given.state, "checkpoint")
    return 0


def _stop(given: argparse.Namespace) -> int:
    from ._control import request

    request(given.state, "stop", wait=True)
    return 0


def _scale(given: argparse.Namespace) -> int:
    from ._scaling import scale

    print(scale(given.state, given.workers))
    return 0


def _inspect(given: argparse.Namespace) -> int:
    from ._inspect import as_json, inspect, summary

    found = inspect(given.state, unpickle=given.unpickle)
    if given.table is None:
        print(json.dumps(as_json(found), indent=2) if given.json else summary(found))
        return 0
    try:
        entries = found.table(given.table, given.step)
    except KeyError as error:
        print(f"ouzel: {error.args[0]}", file=sys.stderr)
        return 2
    if given.key is not None:
        entries = {k: v for k, v in entries.items() if given.key in (str(k), repr(k))}
    for key, value in entries.items():
        print(f"{key!r}: {value!r}")
    return 0 if entries or given.key is None else 1


def _savepoint(given: argparse.Namespace) -> int:
    from ._savepoint import savepoint

    print(f"epoch {savepoint(given.state, given.to).epoch} is in {given.to}")
    return 0


def _operators(given: argparse.Namespace) -> int:
    for name in sorted(operators()):
        print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
