"""A row without an event time fails in a window."""


def plan(a):
    return a.tumbling(10).count()
