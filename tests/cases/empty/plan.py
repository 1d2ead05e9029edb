"""No input: nothing comes out, and it ends."""


def plan(a):
    return a.partition(2).union(a.sum().final(), a.zip(a))
