"""flat_map gives each item of what the function returns; nothing for nothing."""


def plan(a):
    return a.flat_map(str.split)
