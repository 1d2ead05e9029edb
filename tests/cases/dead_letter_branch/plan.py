"""A predicate that fails sends the row neither way."""


def plan(a):
    yes, no = a.branch(lambda x: x > 1, on_error="dead_letter")
    bad = yes.dead_letters.map(lambda x: ("bad", x))
    return yes.union(no.map(lambda x: ("no", x)), bad)
