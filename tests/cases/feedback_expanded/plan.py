"""Each item of a flat_map goes round before the next one enters the loop."""


def plan(a):
    items = a.flat_map(range)
    items.map(lambda x: x - 10).filter(lambda x: x > -30).feedback(items)
    return items
