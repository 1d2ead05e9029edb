"""A crawl: links lead back, and unique ends the loop."""


LINKS = {"a": ["b", "c"], "b": ["c", "d"], "c": ["a"], "d": []}


def plan(a):
    pages = a.unique()
    pages.flat_map(LINKS.__getitem__).feedback(a)
    return pages
