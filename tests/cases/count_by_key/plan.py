"""count by key gives (key, count) for each row."""


def plan(a):
    return a.flat_map(str.split).key_by().count()
