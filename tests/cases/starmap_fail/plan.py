"""starmap wants tuples or lists."""


def plan(a):
    return a.starmap(lambda *args: len(args))
