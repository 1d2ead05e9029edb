"""rate_limit lets rows go apart, in order."""


def plan(a):
    return a.rate_limit("1ms").map(lambda x: x * 2)
