"""What cannot be added, or compared, is a bad record of the aggregate."""


def plan(a):
    good = a.sum(on_error="skip")
    return good.zip(a.max(on_error="skip"))
