"""slice passes rows by their place, like itertools.islice."""


def plan(a):
    return a.slice(1, 6, 2)
