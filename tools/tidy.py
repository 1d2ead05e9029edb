#!/usr/bin/env python3
"""Keeps the rules of the house. A test: silent and 0 when all is well, else `file:line: message`.

    tools/tidy.py               checks the whole tree
    tools/tidy.py --list        says what is checked
    tools/tidy.py --shrink      brings tools/tidy_exempt.txt up to date where lengths went down

Only files that git tracks, or would (not ignored), are looked at. A check is a function with the
@check mark that takes a Tree and yields (path, line, message); tidy_test.py plants a fault for
each of them.
"""

import ast
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

LINE_MAX = 100
FUNCTION_MAX = 70
FILE_MAX = {".c": 800, ".py": 800, ".h": 1200}
EXEMPT = "tools/tidy_exempt.txt"
README_LINES = range(10, 41)
CODE = (".c", ".h", ".py")
DRIVERS = {"input", "sink"}  # operators by which every case is driven
DATA = ("tests/cases/", "tests/fuzz/corpus/", "tests/data/")
INCLUDE = r"(?m)^[ \t]*#[ \t]*include\s*[<\"]([^>\"]+)"
CHECKS = []


def check(function):
    """Marks a function as a check."""
    CHECKS.append(function)
    return function


# ---------------------------------------------------------------------------------- the tree


class Tree:
    """The files of one checkout, read once."""

    def __init__(self, root):
        self.root = Path(root)
        self.files = sorted(f for f in self._list() if (self.root / f).is_file())
        self.set = set(self.files)
        self.text = lru_cache(None)(self._text)
        self.code = lru_cache(None)(lambda path: blank(self.text(path)))
        self.functions = lru_cache(None)(self._functions)

    def _list(self):
        """What git tracks or would track; without git (a source archive), everything visible."""
        if (self.root / ".git").exists():
            command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
            out = subprocess.run(command, cwd=self.root, check=True, capture_output=True).stdout
            return set(out.decode().split("\0")) - {""}
        hidden = re.compile(r"(^|/)(\.venv|\.git|build|dist|__pycache__)")
        paths = (p.relative_to(self.root).as_posix() for p in self.root.rglob("*"))
        return {p for p in paths if not hidden.search(p)}

    def _text(self, path):
        """The file as text, "" when it is not text."""
        try:
            text = (self.root / path).read_bytes().decode("utf-8")
        except (UnicodeDecodeError, OSError):  # data, or a file that vanished meanwhile
            return ""
        return "" if "\0" in text else text

    def _functions(self, path):
        """[(name, first line, length)] of a C or Python file."""
        if path.endswith(".py"):
            return python_functions(self.text(path))
        return c_functions(self.code(path))

    def select(self, *suffixes, under=("",), but=()):
        """Paths by suffix and folder."""
        for path in self.files:
            if path.endswith(suffixes) and path.startswith(tuple(under)):
                if not path.startswith(tuple(but)):
                    yield path

    def operators(self):
        """The files that are operators: all of src/ops, and the connectors with a descriptor."""
        for path in self.select(".c", under=["src/ops/", "src/connectors/"]):
            if not is_test(path):
                if path.startswith("src/ops/") or f"ozi_op_{Path(path).stem} =" in self.text(path):
                    yield path


def is_test(path):
    """True for unit tests and everything under tests/."""
    return path.endswith(("_test.c", "_test.py")) or path.startswith("tests/")


def blank(text):
    """C code with comments and literals replaced by spaces; lines and columns stay."""
    pattern = r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
    return re.sub(pattern, lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)


def c_functions(code):
    """A function is what lies between a brace in column 0 and the next closing one."""
    found, lines = [], code.split("\n")
    for at, line in enumerate(lines):
        if line != "{":
            continue
        first = at
        while first > 0 and re.match(r"[\w\s]", lines[first - 1]) and lines[first - 1].strip():
            first -= 1
        name = re.search(r"(\w+)\(", " ".join(lines[first:at]))
        last = next((n for n in range(at, len(lines)) if lines[n].startswith("}")), at)
        found.append((name.group(1) if name else "?", first + 1, last - first + 1))
    return found


def python_functions(text):
    """Length without the docstring: a long explanation is no fault."""
    try:
        nodes = ast.walk(ast.parse(text))
    except SyntaxError:
        return []
    found = []
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            doc = ast.get_docstring(node, clean=False)
            length = node.end_lineno - node.lineno + 1 - (doc.count("\n") + 1 if doc else 0)
            found.append((node.name, node.lineno, length))
    return found


def matches(text, pattern):
    """(line number, match) for each match."""
    for match in re.finditer(pattern, text):
        yield text.count("\n", 0, match.start()) + 1, match


# ---------------------------------------------------------------------------------- layers


def read_layers(tree):
    """LAYERS as {unit: (level, words after it)}."""
    units = {}
    for line in tree.text("LAYERS").splitlines():
        words = line.split("#")[0].split()
        if words:
            units[words[1]] = (words[0], words[2:])
    return units


def unit_of(path, units):
    """The unit that owns a path: the longest entry of LAYERS that it lies in."""
    found = [u for u in units if path == u or path.startswith(u + "/")]
    return max(found, key=len, default=None)


def resolve(tree, path, name):
    """The file of the tree that an #include means, or None for a foreign header."""
    here = Path(path).parent.as_posix() + "/"
    for folder in (here, "src/", "include/", "tests/", "python/native/", ""):
        if folder + name in tree.set:
            return folder + name
    return None


@check
def check_layers(tree):
    """Includes point downward in LAYERS; every folder and public header has a level there."""
    units = read_layers(tree)
    names = re.findall(r"(?m)^ *\d\w* +(\S+)", tree.text("LAYERS"))
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield "LAYERS", 1, f"{name} is listed twice"
    for path in tree.select(".c", ".h", under=["src/", "include/", "python/native/"]):
        if unit_of(path, units) is None:
            yield path, 1, "has no level in LAYERS"
            continue
        for number, match in matches(tree.text(path), INCLUDE):
            target = resolve(tree, path, match.group(1))
            fault = layer_fault(path, target, units) if target else None
            if fault:
                yield path, number, f"includes {match.group(1)}: {fault}"


def layer_fault(path, target, units):
    """Why `path` may not include `target`, or None."""
    source, goal = unit_of(path, units), unit_of(target, units)
    if goal is None or source == goal:
        return operator_fault(path, target)
    if is_test(path) and target.startswith("tests/"):
        return None
    level, rule = units[source]
    goal_level = units[goal][0]
    if rule[:1] == ["only"] and not target.startswith(tuple(w + "/" for w in rule[1:])):
        return f"{source} may include only {' '.join(rule[1:])}"
    if rule[:1] == ["not"] and goal in rule[1:]:
        return f"{source} may not include {goal}"
    if source.startswith("include/") and not goal.startswith("include/"):
        return "a public header may include public headers only"
    if goal_level > level:
        return f"{source} (level {level}) lies below {goal} (level {goal_level})"
    if goal_level == level and not goal.startswith("include/"):
        return f"{source} and {goal} share level {level}"
    return None


def operator_fault(path, target):
    """An operator never includes another."""
    name = Path(target).stem
    if path.startswith("src/ops/") and target.startswith("src/ops/") and target.endswith(".c"):
        return None if Path(path).stem in (name, name + "_test") else "is another operator"
    return None


@check
def check_python_header(tree):
    """Python.h is known to the extension alone."""
    for path in tree.select(".c", ".h", under=["src/", "include/"]):
        for number, _ in matches(tree.text(path), r"(?m)^[ \t]*#[ \t]*include\s*<Python\.h>"):
            yield path, number, "the engine does not know Python"


@check
def check_guard(tree):
    """Each header begins with an include guard of its own."""
    seen = {}
    for path in tree.select(".h", under=["src/", "include/", "python/native/", "tests/kit/"]):
        guard = re.match(r"\s*#ifndef (\w+)\n#define \1\n", tree.code(path))
        if guard is None:
            yield path, 1, "has no include guard"
        elif seen.setdefault(guard.group(1), path) != path:
            yield path, 1, f"has the include guard of {seen[guard.group(1)]}"


# ---------------------------------------------------------------------------------- lengths


def over_limit(tree):
    """{(path, "file" or function): (line, length, limit)} of all that is too long."""
    found = {}
    for path in tree.select(*CODE, but=DATA):
        length = tree.text(path).count("\n")
        limit = FILE_MAX[Path(path).suffix]
        if length > limit:
            found[path, "file"] = (1, length, limit)
        for name, line, size in tree.functions(path):
            if size > FUNCTION_MAX:
                found[path, name] = (line, size, FUNCTION_MAX)
    return found


@check
def check_length(tree):
    """Files and functions keep their limits; exemptions give the exact length and only shrink."""
    found, listed = over_limit(tree), set()
    for number, line in enumerate(tree.text(EXEMPT).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        path, name, length = line.split()
        listed.add((path, name))
        actual = found.get((path, name), (0, None, 0))[1]
        if actual is None:
            yield EXEMPT, number, f"{path} {name} is no longer too long: remove the line"
        elif actual < int(length):
            yield EXEMPT, number, f"{path} {name} has {actual} lines now: lower the number"
        elif actual > int(length):
            yield EXEMPT, number, f"{path} {name} grew from {length} to {actual} lines"
    for (path, name), (line, length, limit) in found.items():
        if (path, name) not in listed:
            yield path, line, f"{name} has {length} lines, the limit is {limit}"


# ---------------------------------------------------------------------------------- calls

# Names, where they are refused, where they are allowed all the same, and what to do instead.
BANNED = [
    ("malloc calloc realloc free strdup strndup asprintf vasprintf", ["src/"],
     ["src/base/alloc"], "memory comes from the oz_alloc that was handed in"),
    ("strcpy strcat sprintf vsprintf gets strtok system", ["src/", "python/", "tests/"],
     [], "no bound, or global state: use the bounded call"),
    ("atoi atol atoll atof", ["src/", "python/"], [], "cannot report an error: use a parser"),
    ("exit _exit _Exit abort", ["src/"], ["src/base/assert", "src/base/status"],
     "a library returns a status; a bug is an assertion"),
    ("sleep usleep nanosleep", ["src/", "tests/"], [], "wait on a condition or step the clock"),
    ("clock_gettime gettimeofday rand random getrandom fopen socket", ["src/"], ["src/base/"],
     "the world is reached through the io table"),
]


@check
def check_banned(tree):
    """Calls that the house refuses (the table BANNED)."""
    for names, where, allowed, why in BANNED:
        pattern = rf"(?<![\w.>])({'|'.join(names.split())})\s*\("
        for path in tree.select(".c", ".h", under=where, but=allowed):
            if is_test(path) and names.startswith(("malloc", "exit", "clock")):
                continue
            for number, match in matches(tree.code(path), pattern):
                yield path, number, f"{match.group(1)}(): {why}"


@check
def check_python(tree):
    """Python: no star import; no test sleeps."""
    for path in tree.select(".py"):
        text = tree.text(path)
        for number, _ in matches(text, r"(?m)^[ \t]*from[ \t]+\S+[ \t]+import\s+\*"):
            yield path, number, "import names, not *"
        if path.startswith("tests/"):
            for number, match in matches(text, r"\b(time\.sleep|asyncio\.sleep)\((?!0\))"):
                yield path, number, f"{match.group(1)}(): wait on a condition or step the clock"


# ---------------------------------------------------------------------------------- operators


@check
def check_operators(tree):
    """Each operator has a card that begins with its name, a unit test, and a case that uses it."""
    plans = [p for p in tree.select("", under=["tests/cases/"]) if Path(p).name.startswith("plan")]
    used = set(re.findall(r"\w+", "\n".join(tree.text(p) for p in plans)))
    for path in tree.operators():
        name = Path(path).stem
        card = re.match(r"/\*[\s*]*(\w+)", tree.text(path))
        if card is None or card.group(1) != name:
            yield path, 1, f"the card (first comment) must begin with the word {name}"
        if path.replace(".c", "_test.c") not in tree.set:
            yield path, 1, f"has no unit test {name}_test.c beside it"
        if path.startswith("src/ops/") and name not in used | DRIVERS:
            yield path, 1, f"no plan of a case folder in tests/cases uses {name}"


# ---------------------------------------------------------------------------------- files


@check
def check_dead(tree):
    """Every C source is in the meson.build of its folder, every public header is installed."""
    for path in tree.select(".c", under=["src/", "python/native/", "tests/"], but=DATA):
        build = Path(path).parent.as_posix() + "/meson.build"
        if f"'{Path(path).name}'" not in tree.text(build):
            yield path, 1, f"dead: not in {build} (`make lists` adds it)"
    for path in tree.select(".h", under=["include/"]):
        build = Path(path).parent.as_posix() + "/meson.build"
        if f"'{Path(path).name}'" not in tree.text(build):
            yield path, 1, f"not installed: not in {build} (`make lists` adds it)"
    for path in tree.select(".h", under=["src/", "python/native/", "tests/kit/"]):
        name = rf"[\"/]{re.escape(Path(path).name)}\""
        users = tree.select(".c", ".h", under=["src/", "python/", "tests/"])
        if not any(re.search(name, tree.text(u)) for u in users if u != path):
            yield path, 1, "dead: nobody includes it"


@check
def check_readme(tree):
    """Each folder of src has a README.md of 10 to 40 lines."""
    folders = {"/".join(p.split("/")[:2]) for p in tree.select(".c", under=["src/"])}
    for folder in sorted(folders):
        length = len(tree.text(f"{folder}/README.md").splitlines())
        if length not in README_LINES:
            yield f"{folder}/README.md", 1, f"has {length} lines, wanted are 10 to 40"


@check
def check_generated(tree):
    """Generated files are fresh: each tools/gen-* --check says so."""
    for path in tree.select("", under=["tools/gen-"]):
        command = [sys.executable, path, "--check"]
        run = subprocess.run(command, cwd=tree.root, capture_output=True, text=True)
        if run.returncode:
            said = (run.stdout + run.stderr).strip().splitlines() or ["failed"]
            for line in said:
                yield path, 1, line


# ---------------------------------------------------------------------------------- text


@check
def check_text(tree):
    """No tabs, trailing blanks, lines over 100 columns, or missing last newline in code."""
    for path in tree.select(*CODE, "meson.build", ".toml", but=DATA):
        lines = tree.text(path).split("\n")
        if lines[-1]:
            yield path, len(lines), "no newline at the end"
        for number, line in enumerate(lines, 1):
            if "\t" in line or "\r" in line:
                yield path, number, "tab or carriage return: indent with spaces, end with LF"
            if line != line.rstrip():
                yield path, number, "blanks at the end of the line"
            if len(line) > LINE_MAX and path.endswith(CODE):
                yield path, number, f"{len(line)} columns, the limit is {LINE_MAX}"


@check
def check_machine(tree):
    """No path of the building machine and no registry host is written into the tree."""
    folders = r"(?<![\w.~*-])/(?:work|root|home)/\w"
    scratch = r"(?<![\w.~*-])/(?:tmp)/\w"
    hosts = r"\b(?:pypi\.org|pythonhosted\.org|crates\.io|npmjs\.(?:org|com)|debian\.org)\b"
    for path in tree.select("", but=DATA):
        loose = path.startswith(("docs/", "tests/")) or path.endswith(".md")
        for number, match in matches(tree.text(path), folders if loose else f"{folders}|{scratch}"):
            yield path, number, f"path of one machine: {match.group()}..."
        for number, match in matches(tree.text(path), hosts):
            yield path, number, f"names a registry: {match.group()}"


# ---------------------------------------------------------------------------------- the program


def shrink_exempt(tree):
    """Lowers or removes exemptions; never adds or raises one."""
    found, kept = over_limit(tree), []
    for line in tree.text(EXEMPT).splitlines():
        if line.strip() and not line.startswith("#"):
            path, name, length = line.split()
            if (path, name) not in found:
                continue
            line = f"{path} {name} {min(int(length), found[path, name][1])}"
        kept.append(line + "\n")
    (tree.root / EXEMPT).write_text("".join(kept))


def main(arguments):
    """Runs all checks; returns the exit status."""
    tree = Tree(Path(__file__).resolve().parent.parent)
    if arguments == ["--list"]:
        print("\n".join(f"{c.__name__[6:]:15} {c.__doc__}" for c in CHECKS))
        return 0
    if arguments == ["--shrink"]:
        shrink_exempt(tree)
        return 0
    found = sorted(set(fault for function in CHECKS for fault in function(tree)))
    for path, line, message in found:
        print(f"{path}:{line}: {message}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
