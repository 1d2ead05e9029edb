"""The next key_by takes the place of the key before."""


def plan(a):
    return a.key_by(len).key_by(lambda s: s[0]).count()
