"""min keeps the least row, of equal ones the first."""


def plan(a):
    return a.min()
