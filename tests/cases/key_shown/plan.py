"""A final row shows the key as it first came, as a dict would."""

COMPARE = "per_key"


def plan(a):
    return a.key_by().count().final()
