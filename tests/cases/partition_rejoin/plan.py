"""A tuple leaves with the row that fills it, before the next branch sees that row."""


def plan(a):
    return a.partition(2).union(a)
