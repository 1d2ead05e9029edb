"""flatten gives the items of each row, of lists, tuples, text and empty ones."""


def plan(a):
    return a.flatten()
