"""A sum beyond 64 bits is exact, like any int."""


def plan(a):
    return a.key_by(lambda x: x < 0).sum()
