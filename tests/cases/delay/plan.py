"""delay lets each row go later, in order; the end of the input waits for them."""


def plan(a):
    return a.delay("1ms").map(lambda x: x * 2)
