"""The hop need not divide the size."""


def show(row):
    return (row["key"], row["start"].timestamp(), row["end"].timestamp(), row["value"])


def plan(a):
    rows = a.event_time(lambda row: row[1]).key_by(lambda row: row[0])
    return rows.map(lambda row: row[1]).hopping(10, 4).max().final().map(show)
