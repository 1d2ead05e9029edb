"""Each item of a flat_map passes all branches before the next one does."""


def plan(a):
    items = a.flat_map(range)
    return items.map(lambda x: ("left", x)).union(items.map(lambda x: ("right", x)))
