"""reduce takes the first row of a key as its first value."""

import operator


def plan(a):
    return a.key_by(lambda x: x % 2).reduce(operator.mul)
