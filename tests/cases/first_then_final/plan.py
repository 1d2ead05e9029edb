"""What waits for the end of the input gets it from first."""


def plan(a):
    return a.first(3).sum().final()
