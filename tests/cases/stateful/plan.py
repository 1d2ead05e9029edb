"""stateful gives what the function returned; its state is changed in place."""


def seen_before(state, x):
    known = x in state
    state.add(x)
    return known


def plan(a):
    return a.stateful(seen_before, init=set)
