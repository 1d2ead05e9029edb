"""What stateful changed in place before it failed stays changed."""


def step(state, x):
    state.append(x)
    return 12 // x, len(state)


def plan(a):
    return a.stateful(step, init=list, on_error="skip")
