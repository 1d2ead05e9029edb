"""What a user gives to a step as its function: checked when the step is drawn."""

from __future__ import annotations

from types import FunctionType, MethodType

from ._ouzel import Function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

_COROUTINE = 0x80  # inspect.CO_COROUTINE, without the cost of importing inspect
_VARARGS = 0x04  # inspect.CO_VARARGS


def wrap(
    step: str,
    func: Callable[..., Any] | None,
    given: int | None,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    **flags: Any,
) -> Function:
    """The function of a step that calls it with `given` values (None: any number) and the rest.

    >>> from ouzel._functions import wrap
    >>> wrap("map", str.lower, 1).name
    'str.lower'
    """
    if func is not None and not callable(func):
        raise TypeError(f"{step}() takes a function, not {func!r}")
    if given is not None and func is not None:
        check_arity(step, func, given + len(args), kwargs or {})
    return Function(func, tuple(args), dict(kwargs or {}), **flags)


def check_arity(
    step: str, func: Callable[..., Any], given: int, kwargs: Mapping[str, Any]
) -> None:
    """Raises TypeError when a plain Python function cannot be called so.

    >>> check_arity("map", lambda x: x, 1, {})
    """
    bound = 0
    plain: Any = func
    if type(plain) is MethodType:
        bound, plain = 1, plain.__func__
    if type(plain) is not FunctionType:
        return
    code = plain.__code__
    names = code.co_varnames[: code.co_argcount]
    positional = given + bound
    by_name = [name for name in kwargs if name in names[positional:]]
    required = code.co_argcount - len(plain.__defaults__ or ())
    needed = names[positional:required]
    is_few = any(name not in kwargs for name in needed)
    is_many = positional > code.co_argcount and not code.co_flags & _VARARGS
    if is_few or is_many:
        name = getattr(func, "__qualname__", repr(func))
        takes = _takes(code.co_argcount - bound, required - bound, bool(code.co_flags & _VARARGS))
        also = f" and {', '.join(by_name)}" if by_name else ""
        raise TypeError(
            f"{step}() calls {name} with {given} argument{'s' * (given != 1)}{also}, "
            f"but it takes {takes}"
        )


def _takes(most: int, least: int, is_open: bool) -> str:
    if is_open:
        return f"{least} or more"
    return str(most) if least == most else f"{least} to {most}"


def is_coroutine(func: object) -> bool:
    """Whether calling `func` gives a coroutine, as far as that can be told beforehand.

    >>> async def fetch(url): ...
    >>> is_coroutine(fetch), is_coroutine(len)
    (True, False)
    """
    while (inner := getattr(func, "func", None)) is not None and hasattr(func, "keywords"):
        func = inner  # functools.partial
    if type(func) is MethodType:
        func = func.__func__
    code = getattr(func, "__code__", None)
    if code is None and not isinstance(func, type):
        code = getattr(getattr(type(func), "__call__", None), "__code__", None)
    return code is not None and bool(code.co_flags & _COROUTINE)
