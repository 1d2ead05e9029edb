"""A branch that fails does not take back what another gave before."""


def plan(a):
    return a.union(a.map(lambda x: 6 // x))
