"""mean is the sum so far divided by the count, always a float."""


def plan(a):
    return a.mean()
