"""The mean of each key at the end."""

COMPARE = "per_key"


def plan(a):
    return a.key_by(lambda x: x > 2).mean().final()
