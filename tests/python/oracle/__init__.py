"""The oracle: a slow interpreter of drawn graphs, one element at a time, in plain Python.

It reads the records that drawing leaves behind (operator, settings, upstreams) and says what must
come out: nothing is batched, shared or native, so that each line can be checked against the cards
of the operators. The tests compare the engine with it.

    drawn.py     the drawn streams as nodes of a small graph
    values.py    when two values are the same; keys
    steps.py     what each operator does with a row, an end, a flush
    machine.py   how rows and ends travel; pushing and pulling
    recipes.py   random graphs and inputs, as data from which a graph can be drawn again and again
"""

from .drawn import Drawing
from .machine import Failed, Machine, pull, run
from .values import snapshot

__all__ = ["Drawing", "Failed", "Machine", "pull", "run", "snapshot"]
