"""A row goes all the way down one branch, all its items, before the next branch gets it."""


def plan(a):
    return a.flat_map(lambda x: [x * 10, x * 100]).union(a)
