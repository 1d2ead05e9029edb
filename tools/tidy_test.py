#!/usr/bin/env python3
"""Unit tests of tidy.py: each check is silent on a good tree and fires on one planted fault."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import tidy  # noqa: E402

LAYERS = """\
# level unit rule
0 include/ouzel/status.h
0 src/base
1 include/ouzel/batch.h
1 src/batch
1 src/log
4 src/ops
5 src/graph not src/ops
7 src/engine
8 python/native only include
"""

README = "# A folder\n" + "A line.\n" * 10


def header(name, text):
    """A header with its guard."""
    return f"/* {name} */\n#ifndef {name}_H\n#define {name}_H\n\n{text}\n#endif\n"


GOOD = {
    "LAYERS": LAYERS,
    "include/ouzel/status.h": header("STATUS", "typedef int oz_status;\n"),
    "include/ouzel/batch.h": header("BATCH", '#include "ouzel/status.h"\n'),
    "include/ouzel/meson.build": "h = files('status.h', 'batch.h')\n",
    "src/base/README.md": README,
    "src/base/meson.build": "s += files('vec.c')\n",
    "src/base/vec.h": header("VEC", "int ozi_vec(void);\n"),
    "src/base/vec.c": '#include "base/vec.h"\n\nint\nozi_vec(void)\n{\n    return 1;\n}\n',
    "src/ops/README.md": README,
    "src/ops/meson.build": "s += files('map.c', 'map_test.c')\n",
    "src/ops/map.c": '/*\n * map: calls.\n */\n#include "ouzel/batch.h"\n',
    "src/ops/map_test.c": '#include "kit/kit.h"\n#include "base/vec.h"\n',
    "tests/kit/kit.h": header("KIT", "int kit;\n"),
    "tests/cases/map_str/plan.txt": "from_list | map str\n",
    "tests/python/test_map.py": "async def test():\n    await asyncio.sleep(0)\n",
    "tools/tidy_exempt.txt": "# nothing\n",
}


class TidyTest(unittest.TestCase):
    """Each test plants one fault in a good tree."""

    def faults(self, check, changes=None):
        """What one check says about the good tree with some files changed."""
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**GOOD, **(changes or {})}.items():
                path = Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                if text is not None:
                    path.write_bytes(text if isinstance(text, bytes) else text.encode())
            return [f"{p}:{n}: {m}" for p, n, m in check(tidy.Tree(folder))]

    def fires(self, check, changes, expected):
        """Exactly one fault, which contains `expected`."""
        found = self.faults(check, changes)
        self.assertEqual(len(found), 1, found)
        self.assertIn(expected, found[0])

    def test_good_tree_is_clean(self):
        for check in tidy.CHECKS:
            self.assertEqual(self.faults(check), [], check.__name__)

    def test_every_check_is_tested(self):
        source = Path(__file__).read_text(encoding="utf-8")
        for check in tidy.CHECKS:
            self.assertIn(f"fires(tidy.{check.__name__}", source.replace("\n            ", ""))

    # ---- layers

    def test_upward_include(self):
        text = '#include "ops/map.h"\n'
        changes = {"src/base/vec.c": text, "src/ops/map.h": ""}
        self.fires(tidy.check_layers, changes, "src/base/vec.c:1: includes ops/map.h: src/base (l")

    def test_include_of_a_sibling_folder(self):
        changes = {"src/log/log.h": "", "src/batch/a.c": '\n#include "log/log.h"\n'}
        self.fires(tidy.check_layers, changes, "src/batch/a.c:2: includes log/log.h: src/batch and")

    def test_include_of_a_lower_folder_that_is_refused(self):
        changes = {"src/ops/x.h": "", "src/graph/a.c": '#include "ops/x.h"\n'}
        self.fires(tidy.check_layers, changes, "may not include src/ops")

    def test_include_upward_from_a_unit_test(self):
        changes = {"src/base/vec_test.c": '#include "ouzel/batch.h"\n'}
        self.fires(tidy.check_layers, changes, "lies below include/ouzel/batch.h")

    def test_extension_sees_public_headers_only(self):
        changes = {"python/native/a.c": '#include "base/vec.h"\n#include "ouzel/batch.h"\n'}
        self.fires(tidy.check_layers, changes, "a.c:1: includes base/vec.h: python/native may")

    def test_public_header_sees_public_headers_only(self):
        changes = {"include/ouzel/batch.h": '#include "base/vec.h"\n'}
        self.fires(tidy.check_layers, changes, "a public header may include")

    def test_operator_includes_another(self):
        changes = {"src/ops/map_test.c": '#include "ops/map.c"\n#include "ops/zip.c"\n'}
        changes["src/ops/zip.c"] = ""
        self.fires(tidy.check_layers, changes, "map_test.c:2: includes ops/zip.c: is another")

    def test_folder_without_a_level(self):
        self.fires(tidy.check_layers, {"src/new/a.c": ""}, "src/new/a.c:1: has no level")

    def test_unit_listed_twice(self):
        self.fires(tidy.check_layers, {"LAYERS": LAYERS + "2 src/base\n"}, "listed twice")

    def test_python_in_the_engine(self):
        changes = {"src/base/vec.c": "#include <Python.h>\n"}
        self.fires(tidy.check_python_header, changes, "src/base/vec.c:1")

    def test_header_without_guard(self):
        self.fires(tidy.check_guard, {"src/base/vec.h": "int a;\n"}, "has no include guard")

    def test_header_with_the_guard_of_another(self):
        self.fires(tidy.check_guard, {"src/base/vec.h": header("BATCH", "")}, "guard of include/")

    # ---- lengths

    def test_long_c_function(self):
        body = "    f();\n" * 70
        text = f"static int\nlong_one(int a,\n         int b)\n{{\n{body}}}\n"
        changes = {"src/base/vec.c": text}
        self.fires(tidy.check_length, changes, "vec.c:1: long_one has 75 lines, the limit is 70")

    def test_long_python_function(self):
        changes = {"tools/a.py": "def f():\n" + "    g()\n" * 70}
        self.fires(tidy.check_length, changes, "tools/a.py:1: f has 71 lines")

    def test_long_docstring_is_no_fault(self):
        changes = {"tools/a.py": 'def f():\n    """' + "text\n" * 80 + '    """\n'}
        self.assertEqual(self.faults(tidy.check_length, changes), [])

    def test_long_file(self):
        changes = {"src/base/vec.c": "int a;\n" * 801}
        self.fires(tidy.check_length, changes, "file has 801 lines, the limit is 800")

    def exempt(self, listed, lines):
        return {
            tidy.EXEMPT: f"# head\nsrc/base/vec.c file {listed}\n",
            "src/base/vec.c": "int a;\n" * lines,
        }

    def test_exact_exemption_is_silent(self):
        self.assertEqual(self.faults(tidy.check_length, self.exempt(900, 900)), [])

    def test_grown_exemption(self):
        self.fires(tidy.check_length, self.exempt(900, 901), "grew from 900 to 901")

    def test_exemption_to_be_lowered(self):
        self.fires(tidy.check_length, self.exempt(900, 850), "exempt.txt:2: src/base/vec.c file h")

    def test_stale_exemption(self):
        self.fires(tidy.check_length, self.exempt(900, 100), "no longer too long")

    # ---- calls

    def test_malloc_outside_the_allocator(self):
        changes = {"src/base/vec.c": "void *p = malloc(1); /* malloc() */\nalloc->free(p);\n"}
        self.fires(tidy.check_banned, changes, "src/base/vec.c:1: malloc()")

    def test_malloc_in_the_allocator_and_in_tests(self):
        changes = {"src/base/alloc.c": "malloc(1);\n", "src/base/vec_test.c": "free(p);\n"}
        self.assertEqual(self.faults(tidy.check_banned, changes), [])

    def test_unsafe_call(self):
        changes = {"src/ops/map_test.c": 'strcpy(a, b);\nputs("strcpy(a)");\n'}
        self.fires(tidy.check_banned, changes, "map_test.c:1: strcpy()")

    def test_exit_in_the_library(self):
        self.fires(tidy.check_banned, {"src/ops/map.c": "exit(1);\n"}, "exit(): a library")

    def test_sleeping_c_test(self):
        self.fires(tidy.check_banned, {"tests/kit/a.c": "\nusleep(1);\n"}, "a.c:2: usleep()")

    def test_clock_beside_the_io_table(self):
        changes = {"src/ops/map.c": "clock_gettime(0, &t);\n", "src/base/io.c": "fopen(a, b);\n"}
        self.fires(tidy.check_banned, changes, "src/ops/map.c:1: clock_gettime()")

    def test_star_import(self):
        self.fires(tidy.check_python, {"tools/a.py": "from os import *\n"}, "tools/a.py:1: import")

    def test_sleeping_python_test(self):
        changes = {"tests/python/test_a.py": "import time\ntime.sleep(1)\n"}
        self.fires(tidy.check_python, changes, "test_a.py:2: time.sleep()")

    # ---- operators

    def test_card_of_another_operator(self):
        changes = {"src/ops/map.c": "/*\n * filter: leaves out.\n */\n"}
        self.fires(tidy.check_operators, changes, "must begin with the word map")

    def test_operator_without_unit_test(self):
        self.fires(tidy.check_operators, {"src/ops/map_test.c": None}, "has no unit test")

    def test_operator_without_case(self):
        changes = {"tests/cases/map_str/plan.txt": "flat_map\n"}
        self.fires(tidy.check_operators, changes, "no plan of a case folder")

    # ---- files

    def test_source_in_no_list(self):
        self.fires(tidy.check_dead, {"src/base/lost.c": ""}, "src/base/lost.c:1: dead")

    def test_public_header_not_installed(self):
        changes = {"include/ouzel/new.h": header("NEW", "")}
        self.fires(tidy.check_dead, changes, "include/ouzel/new.h:1: not installed")

    def test_header_that_nobody_includes(self):
        self.fires(tidy.check_dead, {"src/base/lost.h": ""}, "nobody includes it")

    def test_folder_without_readme(self):
        self.fires(tidy.check_readme, {"src/base/README.md": None}, "has 0 lines")

    def test_stale_generated_file(self):
        text = "import sys\nprint('src/ops/ops.def is stale')\nsys.exit(1)\n"
        self.fires(tidy.check_generated, {"tools/gen-x": text}, "ops.def is stale")

    # ---- text

    def test_tab(self):
        self.fires(tidy.check_text, {"src/base/vec.c": "int a;\n\tint b;\n"}, "vec.c:2: tab")

    def test_trailing_blank(self):
        self.fires(tidy.check_text, {"tools/a.py": "a = 1 \n"}, "a.py:1: blanks")

    def test_long_line(self):
        changes = {"src/base/vec.c": "//" + "x" * 99 + "\n"}
        self.fires(tidy.check_text, changes, "vec.c:1: 101 columns")

    def test_no_last_newline(self):
        self.fires(tidy.check_text, {"src/base/vec.c": "int a;"}, "no newline at the end")

    def test_path_of_the_machine(self):
        changes = {"tools/a.py": 'A = "' + "/ho" + 'me/me/x"\n', "src/base/b.bin": b"\xff/work/a"}
        self.fires(tidy.check_machine, changes, "tools/a.py:1: path of one machine")

    def test_scratch_path_in_code(self):
        path = "/tm" + "p/x"
        changes = {"src/base/vec.c": f'"{path}"\n', "docs/a.md": path, "tests/b.py": f'"{path}"\n'}
        self.fires(tidy.check_machine, changes, "src/base/vec.c:1: path of one machine")

    def test_registry_host(self):
        changes = {"README.md": "https://" + "pypi" + ".org/x\n"}
        self.fires(tidy.check_machine, changes, "README.md:1: names a registry")


if __name__ == "__main__":
    unittest.main()
