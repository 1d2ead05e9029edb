"""reduce without a key, once, at the end."""


def plan(a):
    return a.reduce("{1}{0}".format).final()
