"""Each key has a state of its own, made from a copy of the start."""


def collect(seen, x):
    seen.append(x)
    return seen


def plan(a):
    return a.key_by(lambda x: x % 2).accumulate(collect, start=[]).map(tuple)
