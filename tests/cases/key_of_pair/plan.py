"""What an aggregate gives is a tuple to steps that see values."""


def plan(a):
    return a.key_by(lambda x: x % 2).sum().map(repr)
