"""The stub of the extension names exactly what is there."""

import ast
import pathlib

import ouzel
from ouzel import _ouzel

IGNORED = {"__doc__", "__file__", "__loader__", "__name__", "__package__", "__spec__"}


def stub():
    path = pathlib.Path(ouzel.__file__).parent / "_ouzel.pyi"
    return ast.parse(path.read_text())


def names_in(body):
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.AnnAssign):
            yield node.target.id


def test_the_module():
    assert set(names_in(stub().body)) == set(dir(_ouzel)) - IGNORED


def test_the_types():
    for node in stub().body:
        if not isinstance(node, ast.ClassDef) or node.name == "StepError":
            continue
        there = getattr(_ouzel, node.name)
        assert there.__doc__, node.name
        for name in names_in(node.body):
            assert hasattr(there, name), f"{node.name}.{name} is in the stub only"
        if there.__base__ is object and there.__flags__ & (1 << 8):
            public = {name for name in vars(there) if not name.startswith("_")}
            assert public <= set(names_in(node.body)), node.name


def test_all_is_complete():
    assert sorted(ouzel.__all__, key=str.lower) == sorted(
        (name for name in ouzel.__all__ if hasattr(ouzel, name)), key=str.lower
    )
