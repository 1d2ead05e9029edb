"""NaN compares as in Python: it stays when it came first and never replaces a number."""


def plan(a):
    return a.key_by(lambda x: x != x or x > 1).min().map(lambda pair: pair[1])
