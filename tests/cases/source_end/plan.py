"""EOF ends the source of this run; ABORT and PAUSE pass unnoticed where nothing dies."""


def plan(a):
    return a.partition(2)
