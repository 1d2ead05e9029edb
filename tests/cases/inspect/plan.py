"""inspect calls a function with each row and passes the row on unchanged."""


def plan(a):
    seen = []
    return a.inspect(seen.append).map(lambda x: (x, x in seen))
