"""After key_by a tuple holds rows of one key; tails leave first opened first."""


def plan(a):
    return a.key_by(lambda x: x % 3).partition(2)
