"""Each key has a state of its own, made by init when the key is new."""


def number(state, x):
    state.append(x)
    return f"{x}#{len(state)}"


def plan(a):
    return a.key_by(str.lower).stateful(number, init=list)
