"""With emit_on only the rows of that stream give a result."""


def plan(a):
    sizes = a.filter(lambda x: x > 2)
    return a.combine_latest(sizes, emit_on=sizes)
