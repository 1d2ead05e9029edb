"""timed_window gives a list of what came; the end of the input delivers what is left."""


def plan(a):
    return a.timed_window("1h")
