"""map gives one result a row, in order, None and containers among them."""


def plan(a):
    return a.map(lambda x: (x, [x]))
