"""event_time judges each row by the watermark after the row before it; late ones leave apart."""


def plan(a):
    timed = a.event_time(lateness=1)
    late = timed.late.map(lambda x: ("late", x))
    return timed.map(lambda x: ("in time", x)).union(late)
