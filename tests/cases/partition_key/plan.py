"""partition with a key function of its own."""


def plan(a):
    return a.partition(2, key=len).map("+".join)
