"""Late rows that pass are taken for a grace after the end of a window, then leave as late."""


def plan(a):
    timed = a.event_time(late="pass")
    counts = timed.tumbling(10, grace=5).count().final()
    late = counts.late.map(lambda x: ("late", x))
    return counts.map(lambda w: (w["start"].timestamp(), w["value"])).union(late)
