"""A running total leaves 64 bits and comes back."""

import operator


def plan(a):
    return a.accumulate(operator.add)
