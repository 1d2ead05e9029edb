"""A tumbling window counts rows by key, once, when event time has passed its end."""


def plan(a):
    rows = a.event_time(lambda row: row[0]).key_by(lambda row: row[1])
    return rows.tumbling(10).count().final().map(seconds)


def seconds(window):
    return window["key"], window["start"].timestamp(), window["end"].timestamp(), window["value"]
