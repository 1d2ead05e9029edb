"""Further arguments of map go to the function after the row."""


def plan(a):
    return a.map(pow, 2).map(int.__add__, 1).map("{0}{0}".format).map(int, base=16)
