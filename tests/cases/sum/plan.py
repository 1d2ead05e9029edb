"""sum adds in order from 0: ints stay ints, a float makes it a float."""


def plan(a):
    return a.sum()
