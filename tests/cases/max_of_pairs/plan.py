"""Rows that a join made are compared as the tuples that they are."""


def plan(a):
    return a.zip(a.map(lambda x: -x)).max().final()
