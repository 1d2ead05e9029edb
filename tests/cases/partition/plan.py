"""partition gathers n rows into a tuple; the end delivers what is left."""


def plan(a):
    return a.partition(2)
