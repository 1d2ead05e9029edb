"""Branches of one source that rejoin give what rows passing one at a time give."""


def plan(a):
    return a.map(lambda x: -x).union(a, a.filter(lambda x: x % 2))
