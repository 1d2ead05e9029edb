"""Of independent sources only the order of each is kept."""

COMPARE = "multiset"


def plan(a, b):
    return a.union(b.map(str))
