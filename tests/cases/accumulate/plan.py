"""accumulate without a start takes the first row as state and first result."""


def plan(a):
    return a.accumulate(lambda total, x: total * 10 + x)
