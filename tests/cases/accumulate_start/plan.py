"""accumulate with a start calls the function for the first row too."""


def plan(a):
    return a.accumulate(lambda total, x: f"{total}{x}", start=None)
