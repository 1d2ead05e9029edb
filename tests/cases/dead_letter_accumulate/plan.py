"""A failing row does not change the state of accumulate."""


def plan(a):
    total = a.accumulate(lambda total, x: total + x, start=0, on_error="dead_letter")
    return total.union(total.dead_letters)
