"""A branch that wants no more does not end the others."""


def plan(a):
    return a.first(1).map(lambda x: ("first", x)).union(a)
