"""An aggregate of no rows at all gives nothing, also at the end."""


def plan(a):
    return a.filter(lambda x: False).count().final()
