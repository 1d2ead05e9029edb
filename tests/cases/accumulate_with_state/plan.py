"""With with_state each result comes with the state after it."""


def delta(last, x):
    return x, x - last


def plan(a):
    return a.accumulate(delta, start=0, returns_state=True, with_state=True)
