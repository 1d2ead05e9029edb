"""Results of windows are rows of the last time in them, under the same key."""


def plan(a):
    rows = a.event_time(lambda row: row[1]).key_by(lambda row: row[0])
    small = rows.tumbling(10).count().final().map(lambda row: row["value"])
    large = small.tumbling(30).sum().final()
    return large.map(lambda row: (row["key"], row["end"].timestamp(), row["value"]))
