"""skip leaves bad records out; the rows around them pass in order."""


def plan(a):
    return a.map(int, on_error="skip").filter(lambda x: 10 % x, on_error="skip")
