"""filter passes rows for which the predicate is true, remove the others."""


def plan(a):
    return a.filter(None).remove(lambda x: x == 3)
