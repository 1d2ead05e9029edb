"""The mean of large ints is rounded once, as Python's division is."""


def plan(a):
    return a.mean()
