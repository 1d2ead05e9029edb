"""After key_by a list holds the rows of one key."""


def plan(a):
    return a.key_by(lambda x: x % 2).timed_window("1h")
