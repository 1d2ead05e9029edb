"""Rows of which all windows are closed leave on late."""


def plan(a):
    rows = a.event_time(lambda row: row[1], late="pass").key_by(lambda row: row[0])
    return rows.hopping(20, 10).count().final().late
