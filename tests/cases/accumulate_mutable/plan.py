"""A state changed in place is seen downstream as it was after each row."""


def collect(seen, x):
    seen.append(x)
    return seen


def plan(a):
    return a.accumulate(collect, start=[]).map(lambda seen: (len(seen), tuple(seen)))
