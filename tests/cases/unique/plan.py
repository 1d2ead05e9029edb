"""unique passes a row unless an equal one came before; 1, 1.0 and True are equal."""


def plan(a):
    return a.unique()
