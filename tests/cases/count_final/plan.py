"""final() gives one row a key at the end of the input."""

COMPARE = "per_key"


def plan(a):
    return a.flat_map(str.split).key_by().count().final()
