"""Of two steps that fail, the one that fails on the earlier row is told."""


def plan(a):
    return a.map(int).map(lambda x: 1 // x)
