"""With returns_state the result is another object than the state."""


def delta(last, x):
    return x, x - last


def plan(a):
    return a.accumulate(delta, start=0, returns_state=True)
