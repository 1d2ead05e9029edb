"""Names everything a figure depends on: processor, kernel, compiler, interpreter, load."""

import importlib.metadata
import os
import pathlib
import platform
import subprocess
import sysconfig

import build

PACKAGES = ("streamz", "reactivex", "bytewax", "pathway", "duckdb", "polars", "pyarrow", "uvloop")


def processor():
    """The model name of the first processor and how many there are."""
    text = pathlib.Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    fields = [line.split(":", 1) for line in text.splitlines() if ":" in line]
    first = {}
    for name, value in fields:
        first.setdefault(name.strip(), value.strip())
    name = first.get("model name", platform.machine())
    family = f"family {first.get('cpu family', '?')} model {first.get('model', '?')}"
    return f"{name} ({family}), {os.cpu_count()} cores"


def interpreter():
    """Version, optimised or not, shared or static, with or without the GIL."""
    arguments = sysconfig.get_config_var("CONFIG_ARGS") or ""
    optimised = [flag for flag in ("enable-optimizations", "with-lto") if flag in arguments]
    build = "optimised (" + ", ".join(optimised) + ")" if optimised else "not optimised"
    library = "shared" if sysconfig.get_config_var("Py_ENABLE_SHARED") else "static"
    gil = "free-threaded" if sysconfig.get_config_var("Py_GIL_DISABLED") else "GIL"
    return f"CPython {platform.python_version()}, {build}, {library}, {gil}"


def first_line(*command):
    """The first line a command prints, or that it is missing."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return (done.stdout.splitlines() or ["?"])[0]


def packages():
    """The installed rivals with their versions."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def load():
    """The load average of the last minute."""
    return round(os.getloadavg()[0], 2)


def describe():
    """Everything that goes with the figures of a run."""
    return {
        "processor": processor(),
        "kernel": platform.release(),
        "compiler": f"{first_line(*build.compiler(), '--version')}, {build.FLAGS}",
        "interpreter": interpreter(),
        "commit": first_line("git", "describe", "--always", "--dirty"),
        "packages": packages(),
    }
