"""A source that raises ends it after the rows before."""


def rows(items):
    for item in items:
        if item == "bad":
            raise OSError("the disk is gone")
        yield item


def plan(a):
    return a.flat_map(lambda items: rows(items))
