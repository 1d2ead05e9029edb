"""The sum of each key, once, at the end."""

COMPARE = "per_key"


def plan(a):
    return a.key_by(lambda x: x % 3).sum().final()
