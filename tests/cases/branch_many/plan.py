"""Several predicates: the first that is true takes the row, the last stream the rest."""


def plan(a):
    small, text, rest = a.branch(lambda x: x == 1, lambda x: isinstance(x, str))
    return rest.map(lambda x: ("rest", x)).union(text, small.map(lambda x: [x]))
