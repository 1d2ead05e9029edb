"""CONTRIBUTING.md can be followed: its ten steps, in a copy of the tree, with a light build.

What the page tells to type is done here, but only what one operator needs is compiled, and it is
linked with what the build that is tested has made already.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import textwrap
from pathlib import Path

import pytest

import ouzel

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = Path(ouzel.__file__).parent.parent.parent
NEEDED = ("src", "include", "python", "tools", "tests/kit", "tests/cases")
FLAGS = ["-std=c11", "-O1", "-fPIC", "-fvisibility=hidden", "-pthread"]
STEP = re.compile(r"(?ms)^(\d+)\. \*\*(.*?)(?=^\d+\. \*\*|^## )")

pytestmark = [
    pytest.mark.skipif("OUZEL_SANITIZER" in os.environ, reason="links a build without sanitizer"),
    pytest.mark.skipif(not (BUILD / "src/libouzel.a").exists(), reason="not in a build folder"),
]


def fences(text, kind):
    """The fenced blocks of one kind, without their indentation."""
    for block in re.findall(rf"(?ms)^ *```{kind}\n(.*?)^ *```", text):
        yield textwrap.dedent(block)


def steps():
    """[(number, text)] of the ten steps."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return [(int(match.group(1)), match.group()) for match in STEP.finditer(page)]


class Copy:
    """A copy of the tree, in which an operator is added."""

    def __init__(self, folder):
        self.folder = folder
        self.objects = folder / "objects"
        self.objects.mkdir()
        for name in NEEDED:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        (folder / "docs").mkdir()

    def run(self, *command, **environment):
        """Runs a command there; fails with what it said."""
        done = subprocess.run(
            [str(part) for part in command],
            cwd=self.folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{command[:3]}\n{done.stdout}{done.stderr}"
        return done.stdout

    def python(self, *command, **environment):
        """The same with the Python of this test."""
        return self.run(sys.executable, *command, **environment)

    def compile(self, *sources, flags=()):
        """Object files of some sources."""
        made = []
        for source in sources:
            target = self.objects / (source.replace("/", "_") + ".o")
            folders = [f"-I{self.folder / name}" for name in ("include", "src", "tests")]
            self.run("cc", *FLAGS, *flags, *folders, "-c", source, "-o", target)
            made.append(target)
        return made

    # ---- what the page tells to type -------------------------------------------------------------

    def lists(self):
        """make lists"""
        self.python("tools/gen-lists")
        self.python("tools/gen-ops")
        assert "OZI_OP(double)" in (self.folder / "src/engine/operators.def").read_text()

    def make(self):
        """make: the operator, the table of operators, and an extension that has them."""
        sources = ("src/ops/double.c", "src/engine/operators.c")
        made = self.compile(*sources, flags=["-Wall", "-Werror"])
        extension = next((BUILD / "python").glob("_ouzel*.so"))
        native = sorted((BUILD / "python" / (extension.name + ".p")).glob("*.o"))
        self.site = self.folder / "site"
        shutil.copytree(self.folder / "python/ouzel", self.site / "ouzel")
        target = self.site / "ouzel" / extension.name
        self.run("cc", "-shared", "-pthread", *native, *made, self.library, "-lm", "-o", target)

    @property
    def library(self):
        """The engine that is built; a file of the copy takes the place of the one in it."""
        return BUILD / "src/libouzel.a"

    def unit_test(self):
        """meson test: the unit test alone, with the kit."""
        kit = [f"tests/kit/{f.name}" for f in sorted((self.folder / "tests/kit").glob("*.c"))]
        sources = [source for source in kit if not source.endswith("_test.c")]
        made = self.compile(*sources, "src/ops/double_test.c", flags=["-UNDEBUG", "-O0"])
        made += sorted(self.objects.glob("src_ops_double.c.o"))
        made += sorted(self.objects.glob("src_engine_operators.c.o"))
        program = self.objects / "test-ops-double"
        self.run("cc", *made, self.library, "-lcmocka", "-lm", "-pthread", "-o", program)
        self.run(program)

    def cases(self, pattern):
        """make cases CASE=..., and the example of the method."""
        said = self.python("tools/run-cases", pattern, PYTHONPATH=str(self.site))
        count = len(list((self.folder / "tests/cases").glob(pattern)))
        assert count > 1 and said.endswith(f"{count} passed, 0 failed\n")

    def method(self, text):
        """Puts the method into the class of its kind; the page shows it without that."""
        file = self.folder / "python/ouzel/_rows.py"
        code = file.read_text(encoding="utf-8")
        place = code.index("    def starmap(")
        code = code[:place] + textwrap.indent(text, "    ") + "\n" + code[place:]
        for target in (file, self.site / "ouzel/_rows.py"):
            target.write_text(code, encoding="utf-8")
        program = "import doctest, ouzel._rows as m; print(doctest.testmod(m).failed)"
        assert self.python("-c", program, PYTHONPATH=str(self.site)) == "0\n"

    def docs(self):
        """make docs: the card and the method are on the page."""
        self.python("tools/gen-docs")
        page = (self.folder / "docs/operators.md").read_text(encoding="utf-8")
        assert "### double\n" in page and "`.double(func, *args, **kwargs)`" in page


def type_in(copy, command):
    """Does what a line of the page says."""
    words = shlex.split(command)
    if words[0] == "tools/new-op":
        said = copy.python(*words)
        assert "new: src/ops/double.c" in said and "new: tests/cases/double/plan.py" in said
    elif words == ["make", "lists"]:
        copy.lists()
    elif words == ["make"]:
        copy.make()
    elif words[1:] == ["test", "-C", "build", "--suite", "ops", "double"]:
        copy.unit_test()
    elif words[:2] == ["make", "cases"]:
        copy.cases(words[2].removeprefix("CASE="))
    elif words == ["make", "docs"]:
        copy.docs()
    else:
        assert words in (["make", "format"], ["make", "test"]), command


def test_the_ten_steps(tmp_path):
    if sysconfig.get_config_var("Py_DEBUG"):
        pytest.skip("the extension has another name")
    page = steps()
    assert [number for number, _ in page] == list(range(1, 11))
    copy = Copy(tmp_path)
    typed = []
    for _, text in page:
        for block in fences(text, "python"):
            copy.method(block)
        for block in fences(text, "sh"):
            for command in block.strip().split("\n"):
                type_in(copy, command)
                typed.append(command.split()[0])
    assert typed.count("make") == 6 and "tools/new-op" in typed


def test_the_card_is_the_first_thing_of_the_twin(tmp_path):
    copy = Copy(tmp_path)
    copy.python("tools/new-op", "double", "map")
    text = (tmp_path / "src/ops/double.c").read_text(encoding="utf-8")
    assert text.startswith("/*\n * double: ")
    assert text.rstrip().endswith("};") and "const oz_operator ozi_op_double = {" in text
