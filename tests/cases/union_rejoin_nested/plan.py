"""Forks within forks: each row goes depth first, branches as drawn."""


def plan(a):
    left = a.map(lambda x: x * 10)
    inner = left.map(lambda x: x + 1).union(left.map(lambda x: x + 2))
    return a.union(inner, left)
