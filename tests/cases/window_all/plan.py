"""Without keys there is one window at a time."""


def show(row):
    return (row["start"].timestamp(), row["end"].timestamp(), row["value"])


def plan(a):
    rows = a.event_time(lateness=20)
    return rows.tumbling(10).count().final().map(show)
