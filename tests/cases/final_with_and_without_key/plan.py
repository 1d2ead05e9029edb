"""Rows with and without a key are aggregated apart, also at the end."""

COMPARE = "multiset"


def plan(a):
    return a.key_by(lambda x: x % 2).union(a).sum().final()
