"""After key_by places are counted for each key."""


def plan(a):
    return a.key_by(lambda s: s[0]).slice(1, 2)
