"""Rows of independent sources, compared key by key."""

COMPARE = "per_key"


def plan(a, b):
    left = a.map(lambda x: ("a", x))
    right = b.map(lambda x: ("b", x))
    return left.union(right)
