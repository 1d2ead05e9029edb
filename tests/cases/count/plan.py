"""count gives the number of rows so far."""


def plan(a):
    return a.count()
