"""A known predicate in filter, with letters and digits of all scripts."""


def plan(a):
    return a.filter(str.isalpha)
