"""Rows go round after the element that gave them, until nothing goes round."""


def plan(a):
    a.map(lambda x: x + 1).filter(lambda x: x < 4).feedback(a)
    return a
