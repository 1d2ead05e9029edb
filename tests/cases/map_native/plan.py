"""A known function in map treats all of Unicode as Python does."""


def plan(a):
    return a.map(str.lower).map(str.strip)
