"""Keys that are equal in Python are one key: 1, 1.0 and True; 0, False and -0.0."""


def plan(a):
    return a.key_by().count().map(lambda pair: pair[1])
