"""pluck takes an item by key or place, or several of them as a tuple."""


def plan(a):
    return a.pluck(["b", "a"]).pluck(1).union(a.pluck("b"))
