"""A row whose key is not hashable, or whose key function fails, is a bad record."""


def plan(a):
    return a.key_by(lambda x: x[0], on_error="skip").count()
