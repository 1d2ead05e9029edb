"""unique by a key function; after key_by the rows of each key are apart."""


def plan(a):
    return a.key_by(len).unique(key=lambda s: s[0].lower())
