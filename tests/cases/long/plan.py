"""More rows than one batch holds, forked and joined again."""


def plan(a):
    rows = a.flat_map(range)
    odd, even = rows.branch(lambda x: x % 2)
    joined = odd.map(lambda x: -x).union(even)
    return joined.partition(1000).map(lambda part: (len(part), part[0], part[-1], sum(part)))
