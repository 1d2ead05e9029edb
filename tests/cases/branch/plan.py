"""branch sends each row one of two ways."""


def plan(a):
    odd, even = a.branch(lambda x: x % 2)
    return odd.map(lambda x: ("odd", x)).union(even.map(lambda x: ("even", x)))
