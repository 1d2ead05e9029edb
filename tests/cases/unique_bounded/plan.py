"""With maxsize the values that came last are remembered."""


def plan(a):
    return a.unique(maxsize=2)
