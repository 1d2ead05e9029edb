"""Branches of one source zipped: a branch that drops rows falls behind."""


def plan(a):
    return a.zip(a.filter(lambda x: x % 2), a.map(str))
