"""combine_latest over branches of one source, with a branch that skips rows."""


def plan(a):
    return a.combine_latest(a.filter(lambda x: x % 2 == 0))
