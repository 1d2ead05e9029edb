"""A model of how two workers fall asleep and wake each other at a lane, looked at in every order.

Each step below is one access to memory of src/exchange/lane.c, job.c or src/run/joint.c. A store
goes through a buffer of its thread, first in, first out, and may leave it at any time before a
fence or an exchange (x86-TSO: Sewell et al., "x86-TSO", CACM 53(7), 2010). All orders of all steps
are tried; in none may both be stuck before everything has arrived. With a step taken out of the
protocol, as people do by mistake, there is such an order: so the model does notice.
"""

from __future__ import annotations

from collections import deque

import pytest

ITEMS = 3

# (operation, arguments): registers are lower case, memory is upper case.
#   load r X | store X r-or-number | fence | swap r X number | add r number | bell NAME | wait NAME
#   if r op r-or-number label | goto label | label:

WRITER = """
    start:      if sent == items done
                load head HEAD
                room room sent head
                if room > 0 publish
                store WANTS 1
                fence                       # ask_for_room: before it looks again
                load head HEAD
                room room sent head
                if room > 0 publish
                store W_ASLEEP 1
                fence                       # ozi_joint_sleep: before it looks again
                store WANTS 1               # ask again: the reader may have answered before
                fence
                load head HEAD
                room room sent head
                if room > 0 awake
                wait W_BELL
    awake:      store W_ASLEEP 0
                goto start
    publish:    add sent 1
                store TAIL sent
                fence                       # ozi_job_wake: before it asks
                load asleep R_ASLEEP
                if asleep == 0 start
                swap asleep R_ASLEEP 0
                if asleep == 0 start
                bell R_BELL
                goto start
    done:
"""

READER = """
    start:      if got == items done
                load tail TAIL
                if tail > got take
                store R_ASLEEP 1
                fence                       # ozi_joint_sleep: before it looks again
                load tail TAIL
                if tail > got awake
                wait R_BELL
    awake:      store R_ASLEEP 0
                goto start
    take:       add got 1
                store HEAD got
                fence                       # ozi_lane_must_wake_writer: before it asks
                load wants WANTS
                if wants == 0 start
                swap wants WANTS 0
                if wants == 0 start
                fence                       # ozi_job_wake: before it asks
                load asleep W_ASLEEP
                if asleep == 0 start
                swap asleep W_ASLEEP 0
                if asleep == 0 start
                bell W_BELL
                goto start
    done:
"""

# What somebody might leave out, or put elsewhere: text of a program, what stands there instead.
MISTAKES = {
    "the writer does not look again before it sleeps": (
        "if room > 0 awake\n                wait W_BELL",
        "wait W_BELL",
    ),
    "the writer does not ask for room again": (
        "store WANTS 1               # ask again: the reader may have answered before\n",
        "goto look\n    look:",
    ),
    "the writer does not fence before it looks again": (
        "fence\n                load head HEAD\n                room room sent head\n"
        "                if room > 0 awake",
        "load head HEAD\n                room room sent head\n                if room > 0 awake",
    ),
    "the reader does not look again before it sleeps": (
        "load tail TAIL\n                if tail > got awake",
        "goto sleep\n    sleep:",
    ),
    "the reader does not fence before it looks again": (
        "fence                       # ozi_joint_sleep: before it looks again\n"
        "                load tail TAIL\n                if tail > got awake",
        "load tail TAIL\n                if tail > got awake",
    ),
    "the reader does not fence before it asks": (
        "fence                       # ozi_lane_must_wake_writer: before it asks\n",
        "",
    ),
    "nobody rings for the writer": ("bell W_BELL", "goto start"),
    "the writer does not fence before it asks": (
        "fence                       # ozi_job_wake: before it asks\n"
        "                load asleep R_ASLEEP",
        "load asleep R_ASLEEP",
    ),
}


def assemble(text):
    """Instructions, with labels as numbers of instructions."""
    code, labels = [], {}
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if words and words[0].endswith(":"):
            labels[words.pop(0)[:-1]] = len(code)
        if words:
            code.append(words)
    return [[labels.get(word, word) if at else word for at, word in enumerate(w)] for w in code]


class Model:
    """All states of two threads, their store buffers, the memory and the bells."""

    def __init__(self, room, writer=WRITER, reader=READER):
        self.room = room
        self.programs = (assemble(writer), assemble(reader))

    def value(self, registers, word):
        return registers.get(word, 0) if word in registers or word.isalpha() else int(word)

    def after(self, state, number):
        """The state when thread `number` has made its next step; None when it cannot."""
        threads, memory = list(state[0]), dict(state[1])
        at, registers, buffer = threads[number]
        code = self.programs[number]
        if at == len(code):
            return None
        registers, (name, *rest), next_at = dict(registers), code[at], at + 1
        if name in ("fence", "swap") and buffer:
            return None  # the buffer must drain first
        if name == "wait":
            if memory.get(rest[0], 0) == 0:
                return None
            memory[rest[0]] = 0
        elif name == "bell":
            memory[rest[0]] = 1
        elif name == "load":
            mine = [value for where, value in buffer if where == rest[1]]
            registers[rest[0]] = mine[-1] if mine else memory.get(rest[1], 0)
        elif name == "store":
            buffer = (*buffer, (rest[0], self.value(registers, rest[1])))
        elif name == "swap":
            registers[rest[0]] = memory.get(rest[1], 0)
            memory[rest[1]] = int(rest[2])
        elif name == "add":
            registers[rest[0]] = registers.get(rest[0], 0) + int(rest[1])
        elif name == "room":
            taken = self.value(registers, rest[1]) - self.value(registers, rest[2])
            registers[rest[0]] = self.room - taken
        elif name == "goto":
            next_at = rest[0]
        elif name == "if":
            left, right = self.value(registers, rest[0]), self.value(registers, rest[2])
            holds = left == right if rest[1] == "==" else left > right
            next_at = rest[3] if holds else next_at
        threads[number] = (next_at, frozenset(registers.items()), buffer)
        return tuple(threads), frozenset(memory.items())

    def drained(self, state, number):
        """The state when the oldest store of a thread has reached memory."""
        threads, memory = list(state[0]), dict(state[1])
        at, registers, buffer = threads[number]
        if not buffer:
            return None
        memory[buffer[0][0]] = buffer[0][1]
        threads[number] = (at, registers, buffer[1:])
        return tuple(threads), frozenset(memory.items())

    def stuck(self):
        """How many states there are, and one from which nothing goes on, though it is not done."""
        begin = frozenset({"items": ITEMS}.items())
        first = (((0, begin, ()), (0, begin, ())), frozenset())
        seen, todo = {first}, deque([first])
        while todo:
            state = todo.popleft()
            follow = [f(state, n) for f in (self.after, self.drained) for n in (0, 1)]
            follow = [after for after in follow if after is not None]
            are_done = [t[0] == len(code) for t, code in zip(state[0], self.programs)]
            if not follow and not all(are_done):
                return len(seen), state
            for after in follow:
                if after not in seen:
                    seen.add(after)
                    todo.append(after)
        return len(seen), None


@pytest.mark.parametrize("room", [1, 2])
def test_in_no_order_are_both_asleep(room):
    states, stuck = Model(room).stuck()
    assert stuck is None
    assert states > 1000


@pytest.mark.parametrize("mistake", sorted(MISTAKES))
def test_a_mistake_is_noticed(mistake):
    out, into = MISTAKES[mistake]
    assert (out in WRITER) + (out in READER) == 1
    programs = WRITER.replace(out, into), READER.replace(out, into)
    assert any(Model(room, *programs).stuck()[1] is not None for room in (1, 2))
