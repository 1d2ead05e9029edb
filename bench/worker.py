"""Runs one contestant in a process of its own: worker.py MODULE FUNCTION

Each line of input is a JSON object of arguments. FUNCTION(**arguments) prepares a run outside the
clock and returns a function; the clock runs over one call of it. That call returns how many events
went through and a function that checks the result, called outside the clock; what this returns
goes into the answer, one line of JSON.
"""

import gc
import importlib
import json
import os
import sys
import time


def peak_mb():
    """The most memory this process has had; the kernel's ru_maxrss would count its parent in."""
    with open("/proc/self/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return round(int(line.split()[1]) / 1024, 1)


def measure(prepare, arguments):
    run = prepare(**arguments)
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    events, check = run()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    found = check() or {}
    return {"seconds": wall, "cpu": cpu, "events": events, "peak_mb": peak_mb(), **found}


def main(module, function):
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a rival prints must not be taken for an answer
    prepare = getattr(importlib.import_module(module), function)
    for line in sys.stdin:
        try:
            answer = measure(prepare, json.loads(line))
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
