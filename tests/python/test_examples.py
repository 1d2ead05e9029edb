"""Every example in the documentation strings runs and gives what it says."""

import doctest
import importlib
import pkgutil

import pytest

import ouzel

MODULES = [m.name for m in pkgutil.walk_packages(ouzel.__path__, "ouzel.") if "._ouzel" not in m.name]


@pytest.mark.parametrize("name", ["ouzel", *MODULES])
def test_examples(name):
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
