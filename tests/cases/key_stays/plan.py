"""A key stays on the row through map, filter and flat_map, which see the value."""


def plan(a):
    keyed = a.key_by(len)
    return keyed.map(str.upper).filter(lambda s: s != "X").flat_map(list).count()
