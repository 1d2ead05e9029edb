"""flat_map takes any iterable: a generator, a string, a dict, a range."""


def numbers(row):
    yield row
    yield from "ab"[:row]


def plan(a):
    return a.flat_map(numbers).flat_map(lambda x: {x: 0} if isinstance(x, str) else range(x))
