"""Processes that serve on a TCP port: starting, waiting until they listen, stopping."""

import contextlib
import socket
import subprocess
import time

from contest import ENGINE_CORE, Absent, environment, pin

PATIENCE = 10.0  # seconds


def free_port():
    """A port of the loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def listens(port):
    """Whether somebody listens, by the kernel's table: a connection to find out would be a peer."""
    wanted = f":{port:04X} 00000000:0000 0A"
    with open("/proc/net/tcp", encoding="ascii") as table:
        return wanted in table.read()


def wait_for(process, port):
    """Returns when the process listens; Absent, with its last words, when it ends instead."""
    end = time.monotonic() + PATIENCE
    while not listens(port):
        if process.poll() is not None:
            words = process.stderr.read().strip().splitlines()
            raise Absent(words[-1] if words else f"ended with {process.returncode}")
        if time.monotonic() > end:
            raise Absent(f"did not listen within {PATIENCE:g} s")
        time.sleep(0.01)


@contextlib.contextmanager
def serving(command, port):
    """A server on the engine's core that listens on the port; stopped by SIGTERM at the end."""
    process = subprocess.Popen(
        [str(word) for word in command],
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        preexec_fn=pin(ENGINE_CORE),
    )
    try:
        wait_for(process, port)
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
