"""current() takes final() back."""


def plan(a):
    return a.count().final().current()
