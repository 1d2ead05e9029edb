"""By default the first bad record ends it; the rows before it were delivered."""


def plan(a):
    return a.map(lambda x: 10 // x, name="invert").map(lambda x: x + 1)
