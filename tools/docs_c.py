"""Reads constant tables out of C sources: as much of C as the house style needs."""

import ast
import re
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIELDS = {
    "oz_port": ("name", "routing", "many", "help"),
    "oz_option": ("name", "kind", "offset", "by_default", "minimum", "maximum", "choices", "help"),
    "oz_counter": ("name", "unit", "help"),
    "oz_table_decl": ("name", "kind", "keyed", "fields", "help"),
    "oz_kernel": ("name", "kind", "input", "run"),
    "PyMethodDef": ("name", "function", "flags", "help"),
    "PyGetSetDef": ("name", "get", "set", "help", "closure"),
}


@lru_cache(None)
def read(path):
    """The text of a file of the tree."""
    return (ROOT / path).read_text(encoding="utf-8")


def strip_comments(text):
    """C without comments; strings stay."""
    pattern = r"/\*.*?\*/|//[^\n]*|(\"(?:\\.|[^\"\\\n])*\")"
    return re.sub(pattern, lambda m: m.group(1) or " ", text, flags=re.S)


def macros_of(text):
    """{name: (parameters or None, body)} of the macros that a text defines."""
    found = {}
    joined = strip_comments(text).replace("\\\n", " ")
    for match in re.finditer(r"(?m)^#define (\w+)(\(([^)]*)\))? +(.+)$", joined):
        parameters = None
        if match.group(2):
            parameters = [p.strip() for p in match.group(3).split(",")]
        found[match.group(1)] = (parameters, match.group(4).strip())
    return found


@lru_cache(None)
def shared_macros():
    """The macros of all headers."""
    headers = [p for folder in ("include", "src") for p in sorted((ROOT / folder).rglob("*.h"))]
    found = {}
    for header in headers:
        found.update(macros_of(header.read_text(encoding="utf-8")))
    return found


@lru_cache(None)
def constants():
    """{name: value} of the enumerated constants of all headers that have a value of their own."""
    found = {}
    for header in sorted((ROOT / "include").rglob("*.h")):
        text = strip_comments(header.read_text(encoding="utf-8"))
        for name, value in re.findall(r"\b(OZ\w+) = ([\d x<]+)\b", text):
            found[name] = value
    return found


def arguments_at(text, at):
    """(arguments, end) of the call whose parenthesis opens at `at`."""
    depth, begin, found = 0, at + 1, []
    for place, part in tokens(text, at):
        if part in "([{":
            depth += 1
        elif part in ")]}":
            depth -= 1
            if depth == 0:
                found.append(text[begin:place].strip())
                return found, place + 1
        elif part == "," and depth == 1:
            found.append(text[begin:place].strip())
            begin = place + 1
    raise ValueError(f"no closing parenthesis: {text[at : at + 40]}")


def tokens(text, at=0):
    """(place, token): strings as a whole, words, and single characters."""
    for match in re.compile(r'"(?:\\.|[^"\\])*"|\w+|\S').finditer(text, at):
        yield match.start(), match.group()


def expand(text, macros):
    """The text with all macros replaced, those in their bodies too."""
    parts, done = [], 0
    for place, part in tokens(text):
        if place < done or part not in macros:
            continue
        parameters, body = macros[part]
        end = place + len(part)
        if parameters is not None:
            if text[end : end + 1] != "(":
                continue
            given, end = arguments_at(text, end)
            body = substitute(body, dict(zip(parameters, given)))
        inner = {name: macro for name, macro in macros.items() if name != part}
        parts += [text[done:place], expand(body, inner)]
        done = end
    return "".join([*parts, text[done:]])


def substitute(body, given):
    """The body of a macro with its arguments."""
    return re.sub(r"\w+", lambda match: given.get(match.group(), match.group()), body)


def items_of(text):
    """The parts of a braced initialiser, as text."""
    given, _ = arguments_at(text, text.index("{"))
    return [part for part in given if part]


def value_of(text):
    """An initialiser: a string, {field: value} or its text."""
    if text.startswith("{"):
        return struct_of(text, ())
    parts = [part for _, part in tokens(text)]
    if parts and all(part.startswith('"') for part in parts):
        return "".join(ast.literal_eval(part) for part in parts)
    return text


def struct_of(text, fields):
    """{field: value} of a braced initialiser, by name or in the order of `fields`."""
    found = {}
    for place, part in enumerate(items_of(text)):
        named = re.match(r"\.(\w+)\s*=\s*(.*)", part, re.S)
        if named:
            found[named.group(1)] = value_of(named.group(2).strip())
        else:
            found[fields[place] if place < len(fields) else place] = value_of(part)
    return found


class Source:
    """One C source: its first comment, and the constant tables in it."""

    def __init__(self, path):
        self.path = path
        self.text = read(path)
        self.macros = {**shared_macros(), **macros_of(self.text)}
        self.code = strip_comments(self.text)

    def initialiser(self, name):
        """What follows `NAME =` or `NAME[] =`, macros expanded; None when it is not here."""
        match = re.search(rf"(?m)^(?:static )?(?:const )?\w+ {name}(\[\])? =\s*{{", self.code)
        if match is None:
            return None
        begin = match.end() - 1
        _, end = arguments_at(self.code, begin)
        return expand(self.code[begin:end], self.macros)

    def table(self, kind, name):
        """[{field: value}] of a table that ends with a NULL name."""
        text = self.initialiser(name) if name else None
        rows = [struct_of(item, FIELDS[kind]) for item in items_of(text)] if text else []
        return [row for row in rows if row.get("name") not in (None, "NULL")]


def macro_rows(header, name):
    """The arguments of the lines X(...) of a table macro."""
    _, body = macros_of(read(header))[name]
    found, at = [], body.find("X(")
    while at >= 0:
        given, end = arguments_at(body, at + 1)
        found.append([value_of(part) for part in given])
        at = body.find("X(", end)
    return found
